#!/usr/bin/python3
"""Reads that ask for little of a large file, beside bare SQLite.

    /usr/bin/python3 tests/bench/reads.py DATABASE [--extension build/billing] [--rounds 9]

DATABASE is one that `build/bench/bench --figures none` has made: its path is what that prints. It
is settled here when it is not yet. Prints a table of medians, in processor time of this process,
since machines are shared.
"""

import argparse
import sqlite3
import statistics
from time import process_time as clock

MONTH = "BETWEEN '2023-03-01' AND '2023-03-31 23:59:59.999'"
ONE = 'WHERE usage_id = 500000'
LATE = ("INSERT INTO usage(client_id, api, sku, quantity, occurred_at)"
        " VALUES ('app-05000', 'design-automation', 'revit', 100, '2022-05-01 00:00:00')")
TEAM = "(SELECT payer('app-05000', '2022-05-01 00:00:00'))"
# work, floor: what each is called and asks; a floor that is None has no goal.
FIGURES = [
    (f'usage_status {ONE}', f'SELECT * FROM usage_status {ONE}', f'SELECT * FROM usage {ONE}'),
    (f'ledger {ONE}', f'SELECT * FROM ledger {ONE}', f'SELECT * FROM usage {ONE}'),
    (f'uncharged_usage {ONE}', f'SELECT * FROM uncharged_usage {ONE}',
     f'SELECT * FROM usage {ONE}'),
    (f'explain_charge {ONE}', f'SELECT * FROM explain_charge {ONE}', f'SELECT * FROM usage {ONE}'),
    ('usage_status, one month of two years', f'SELECT count(*) FROM usage_status'
     f' WHERE occurred_at {MONTH}', 'SELECT count(*) FROM usage_status'),
    ('usage_daily, one month of two years', f'SELECT count(*) FROM usage_daily WHERE day {MONTH}',
     'SELECT count(*) FROM usage_daily'),
    ('ledger, one month of two years', f'SELECT count(*) FROM ledger WHERE charged_at {MONTH}',
     'SELECT count(*) FROM ledger'),
    ('settlement_preview, one late row', 'SELECT count(*) FROM settlement_preview',
     f'SELECT count(*) FROM settlement_preview({TEAM})'),
    ("billing_check('team-0500')", "SELECT count(*) FROM billing_check('team-0500')",
     'SELECT count(*) FROM billing_check'),
]


def median(db, sql, rounds):
    """Seconds a call, after a first one that prepares statements; a call of seconds is made
    once."""
    start = clock()
    db.execute(sql).fetchall()
    if clock() - start > 1:
        return clock() - start
    took, calls = [], 1
    while len(took) < rounds:
        start = clock()
        for _ in range(calls):
            db.execute(sql).fetchall()
        took.append((clock() - start) / calls)
        if took[-1] * calls < 0.02 and calls < 10000:
            took, calls = [], calls * 10
    return statistics.median(took)


def shown(seconds):
    for unit, size in ('s', 1), ('ms', 1e-3), ('µs', 1e-6):
        if seconds >= size or unit == 'µs':
            return f'{seconds / size:.3g} {unit}'


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('database')
    parser.add_argument('--extension', default='build/billing')
    parser.add_argument('--rounds', type=int, default=9)
    options = parser.parse_args()
    db = sqlite3.connect(options.database, isolation_level=None)
    db.enable_load_extension(True)
    db.load_extension(options.extension)
    db.execute('PRAGMA cache_size = -65536')
    db.execute('SELECT billing_install()')
    db.execute('SELECT settle()')
    rows = db.execute('SELECT count(*) FROM usage').fetchone()[0]
    print(f'SQLite {sqlite3.sqlite_version}, {rows} usage rows\n\n| work | floor | takes | floor '
          f'takes | ratio |\n'
          '|---|---|--:|--:|--:|')
    for name, work, floor in FIGURES:
        late = 'late row' in name
        if late:
            db.execute('BEGIN')
            db.execute(LATE)
        takes, base = median(db, work, options.rounds), median(db, floor, options.rounds)
        if late:
            db.execute('ROLLBACK')
        print(f"| {name} | `{floor.split('FROM ')[1]}` | {shown(takes)} | {shown(base)} | "
              f"{takes / base:.3g} |", flush=True)


if __name__ == '__main__':
    main()
