#!/usr/bin/env python3
"""Copies the facts of one billing file into a fresh one: copy_facts.py FROM TO [EXTENSION]

TO is made by billing_install(). Tables are loaded in the order of TABLES, each after those that it refers to and
after what its checks ask for: policies before what they price and date, accounts before what they own, closes last.
What the catalogue brought and FROM has not is removed first.
"""

import os
import sqlite3
import sys

TABLES = ('token_kind api policy policy_change api_alias kind_api sku_alias rate_card rate_tier outcome_rule'
          ' account team app app_team app_owner account_agreement contact product_assignment'
          ' token_lot lot_move country subscription unblock usage budget period_close').split()


def connect(path, extension):
    db = sqlite3.connect(path, isolation_level=None)
    db.enable_load_extension(True)
    db.load_extension(extension)
    return db


def copy(source, target):
    """Both are connections; target is empty but for the catalogue. All or nothing."""
    there = [table for table in TABLES
             if source.execute("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", (table,)).fetchone()]
    target.execute('SAVEPOINT copy_facts')
    try:
        for table in reversed(there):
            names = [row[1] for row in source.execute(f'PRAGMA table_info({table})')]
            wanted = set(source.execute(f'SELECT * FROM {table}'))
            for row in target.execute(f'SELECT * FROM {table}').fetchall():
                if row not in wanted and table != 'token_kind' and table != 'api':
                    target.execute(f'DELETE FROM {table} WHERE ' + ' AND '.join(f'{name} IS ?' for name in names), row)
        for table in there:
            rows = source.execute(f'SELECT * FROM {table}').fetchall()
            marks = ', '.join('?' * len(rows[0])) if rows else ''
            have = set(target.execute(f'SELECT * FROM {table}'))
            target.executemany(f'INSERT OR REPLACE INTO {table} VALUES ({marks})' if table in ('token_kind', 'api')
                               else f'INSERT INTO {table} VALUES ({marks})',
                               [row for row in rows if row not in have])
        for table, key in (('api', 'api'), ('token_kind', 'kind')):
            wanted = {row[0] for row in source.execute(f'SELECT {key} FROM {table}')}
            for (name,) in target.execute(f'SELECT {key} FROM {table}').fetchall():
                if name not in wanted:
                    target.execute(f'DELETE FROM {table} WHERE {key} = ?', (name,))
        target.execute('SELECT settle()').fetchall()
    except BaseException:
        target.execute('ROLLBACK TO copy_facts')
        raise
    finally:
        target.execute('RELEASE copy_facts')


def main():
    if len(sys.argv) not in (3, 4) or os.path.exists(sys.argv[2]):
        sys.exit(__doc__)
    extension = sys.argv[3] if len(sys.argv) > 3 else 'build/billing'
    source, target = connect(sys.argv[1], extension), connect(sys.argv[2], extension)
    target.execute('SELECT billing_install()').fetchall()
    copy(source, target)


if __name__ == '__main__':
    main()
