"""What settling stores, as programs of this folder compare it."""

# Late units stand beside the ledger, so lot_used depends on the order of arrival: the sum does not.
LEDGER = ('SELECT lot_id, charged_ms, sum(units) OVER (PARTITION BY lot_id'
          ' ORDER BY charged_ms, lot_used), usage_id, units, part, is_offset FROM ledger_entry')


def kept(db, queries):
    """table -> its rows in an order of their own."""
    return {table: sorted(db.execute(sql).fetchall(), key=repr) for table, sql in queries.items()}


def differences(before, after, was, becomes):
    """A line for each row that only one of two kept() has; `was` and `becomes` name them."""
    lines = []
    for table in before:
        lines += [f'{table}: {was} {row}' for row in before[table] if row not in after[table]]
        lines += [f'{table}: {becomes} {row}' for row in after[table] if row not in before[table]]
    return lines
