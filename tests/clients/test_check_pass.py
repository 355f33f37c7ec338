"""billing_check asks the rules of usage only where one pass doubts. Every number that is stored of a
usage is changed here in turn: each of these files has an error, and the whole one asks no rule."""

import unittest

from cases import WithWorld, errors, rows

# Team u: a lot that suffices, a usage that two lots pay, a debt, its payment by two later lots.
MORE = """
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES
  (3, 'u', 'flex_token', 5, '2025-04-01 00:00:00'), (4, 'u', 'flex_token', 7, '2025-05-01 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at, outcome) VALUES
  (5, 'd', 'model-derivative', 'rvt', 190, '2025-02-02 00:00:00', 'success'),
  (6, 'd', 'model-derivative', 'rvt', 30, '2025-02-03 00:00:00', 'success'),
  (7, 'd', 'model-derivative', 'rvt', 20, '2025-02-04 00:00:00', 'success'),
  (8, 'd', 'model-derivative', 'rvt', 20, '2025-02-05 00:00:00', 'failed'),
  (9, 'nobody', 'model-derivative', 'rvt', 1, '2025-02-03 00:00:00', 'success');
SELECT settle();
"""

STORED = {
    "ledger_entry": ("charged_ms", "lot_used", "usage_id", "units", "part", "is_offset", "lot_id"),
    "_billing_debt": ("wallet_id", "at_ms", "usage_id", "since_ms", "units", "rated", "parts"),
    "_billing_free_usage": ("usage_id",),
    "_billing_unrated": ("usage_id",),
    "_billing_wallet_state": ("wallet_id", "at_ms", "debt_units", "negative_since_ms",
                              "grace_ends_ms"),
}
# Of the steps of a debt the rules read these of the last one.
OF_LAST_STEP = {"rated", "parts"}
IS_LAST = (" AND since_ms = (SELECT max(since_ms) FROM _billing_debt n"
           " WHERE n.usage_id = _billing_debt.usage_id)")
RULES = ("usage_sum", "usage_price", "usage_place", "usage_parts", "lot_holder", "usage_class",
         "standing")


def rules_asked(db):
    """The names of rules whose statement a billing_check runs."""
    ran = []
    db.set_trace_callback(ran.append)
    rows(db, "SELECT * FROM billing_check")
    db.set_trace_callback(None)
    return {rule for rule in RULES for text in ran if "'%s'" % rule in text}


class Undone:
    """A transaction that is rolled back."""

    def __init__(self, db):
        self.db = db

    def __enter__(self):
        self.db.execute("BEGIN")

    def __exit__(self, *_):
        self.db.execute("ROLLBACK")


class CheckPass(WithWorld):
    def setUp(self):
        super().setUp()
        self.db.executescript(MORE)

    def test_whole_file_asks_no_rule(self):
        self.assertEqual(errors(self.db), [])
        self.assertEqual(rules_asked(self.db), set())
        self.db.execute("INSERT INTO period_close VALUES ('t', '2025-02-20 00:00:00')")
        self.assertEqual(rules_asked(self.db), set())

    def test_each_number(self):
        for table, columns in STORED.items():
            keys = [name for (name,) in rows(self.db, "SELECT name FROM pragma_table_info(?)"
                                             " WHERE pk", table)]
            where = " AND ".join("%s = ?" % key for key in keys)
            for key in rows(self.db, "SELECT %s FROM %s" % (", ".join(keys), table)):
                for column in columns:
                    for change in ("+ 1", "- 1000000"):
                        self.changed(table, column, change, where, key)

    def changed(self, table, column, change, where, key):
        with self.subTest(table=table, column=column, change=change, key=key), Undone(self.db):
            if column in OF_LAST_STEP:
                where += IS_LAST
            self.db.execute("UPDATE OR IGNORE %s SET %s = %s %s WHERE %s"
                            % (table, column, column, change, where), key)
            same = rows(self.db, "SELECT count(*) FROM %s WHERE %s IS NULL" % (table, column))
            if rows(self.db, "SELECT changes()") == [(1,)] and same == [(0,)]:
                self.assertNotEqual(errors(self.db), [])

    def test_payment_of_another_debt(self):
        """The wallet owes the same, and so its states are right."""
        with Undone(self.db):
            self.db.execute("UPDATE _billing_debt SET units = units + iif(usage_id = 6, 1, -1)"
                            " WHERE since_ms = billing_ms('2025-05-01 00:00:00')")
            self.assertEqual(rows(self.db, "SELECT changes()"), [(2,)])
            self.assertEqual({row[0] for row in errors(self.db)}, {"usage_sum", "usage_price"})

    def test_each_row(self):
        for table in STORED:
            for number in range(rows(self.db, "SELECT count(*) FROM " + table)[0][0]):
                keys = ", ".join(name for (name,) in rows(
                    self.db, "SELECT name FROM pragma_table_info(?) WHERE pk", table))
                with self.subTest(table=table, number=number), Undone(self.db):
                    self.db.execute("DELETE FROM %s WHERE (%s) = (SELECT %s FROM %s LIMIT 1 OFFSET"
                                    " %d)" % (table, keys, keys, table, number))
                    self.assertNotEqual(errors(self.db), [])


if __name__ == "__main__":
    unittest.main()
