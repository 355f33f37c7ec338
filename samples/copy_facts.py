#!/usr/bin/env python3
"""Copies the facts of one billing file into a fresh one: copy_facts.py FROM TO [EXTENSION]

FROM is only read; TO is made by billing_install(). Tables are loaded in the order of TABLES, as the
reference documents it: each after those that it refers to, closes last. All or nothing.

Without closes the copy has the same ledger. A close also holds what was settled when it was made,
which no fact says: where a fact was recorded after the close for a time before it, or changed
since, the copy settles otherwise. Then the script says in how many entries, and ends with status 2.
For an exact copy of a file use VACUUM INTO. Settings (autosettle, guard, alerts) are not facts: the
copy has those of a fresh file.
"""

import collections
import os
import sqlite3
import sys

TABLES = ('token_kind policy policy_change api api_alias kind_api sku_alias rate_card rate_tier '
          'outcome_rule'
          ' account team app app_team app_owner account_agreement contact product_assignment '
          'country subscription token_lot lot_move unblock usage budget period_close').split()

# A policy can't be deleted, and names a kind: of these two, rows with a key of FROM are changed,
# not deleted.
CHANGED = ('token_kind', 'policy')

LEDGER = 'SELECT usage_id, lot_id, units, charged_at FROM ledger_entry'


def connect(path, extension, mode):
    db = sqlite3.connect('file:' + path.replace('%', '%25').replace('?', '%3f').replace('#', '%23')
                         + mode, isolation_level=None, uri=True)
    db.enable_load_extension(True)
    db.load_extension(extension)
    db.enable_load_extension(False)
    return db


def columns_of(db, table):
    """Names of the columns, and of those that are the key."""
    rows = db.execute(f'PRAGMA table_info({table})').fetchall()
    return [row[1] for row in rows], [row[1] for row in sorted(rows, key=lambda row: row[5])
                                      if row[5]]


class Table:
    """One table of facts in both files."""

    def __init__(self, source, target, name):
        self.target, self.name = target, name
        self.columns, self.key = columns_of(source, name)
        # The last close of a team holds it, so its closes come in time order.
        order = ' ORDER BY closed_until' if name == 'period_close' else ''
        self.wanted = source.execute(f"SELECT {', '.join(self.columns)}"
                                     f" FROM {name}{order}").fetchall()

    def present(self):
        return self.target.execute(f"SELECT {', '.join(self.columns)} FROM {self.name}").fetchall()

    def key_of(self, row):
        return tuple(row[self.columns.index(name)] for name in self.key)

    def delete(self, rows):
        where = ' AND '.join(f'{name} IS ?' for name in self.columns)
        self.target.executemany(f'DELETE FROM {self.name} WHERE {where}', rows)

    def delete_others(self):
        """What the catalogue brought and FROM does not have."""
        if self.name not in CHANGED:
            wanted = set(self.wanted)
            self.delete([row for row in self.present() if row not in wanted])

    def delete_other_keys(self):
        keys = {self.key_of(row) for row in self.wanted}
        self.delete([row for row in self.present() if self.key_of(row) not in keys])

    def change(self):
        """Rows whose key is there already."""
        there = {self.key_of(row): row for row in self.present()}
        changed = [row for row in self.wanted if there.get(self.key_of(row), row) != row]
        values = ', '.join(f'{name} = ?' for name in self.columns)
        where = ' AND '.join(f'{name} IS ?' for name in self.key)
        self.target.executemany(f'UPDATE {self.name} SET {values} WHERE {where}',
                                [row + self.key_of(row) for row in changed])

    def load(self):
        if self.name in CHANGED:
            self.change()
        there = collections.Counter(self.present())
        missing = list((collections.Counter(self.wanted)
                        - there).elements()) if there else self.wanted
        marks = ', '.join('?' * len(self.columns))
        self.target.executemany(f"INSERT INTO {self.name}({', '.join(self.columns)})"
                                f" VALUES ({marks})", missing)


def copy(source, target):
    """Both are connections; target is freshly installed. Returns in how many entries the ledgers
    differ."""
    there = {name for (name,) in source.execute("SELECT name FROM sqlite_schema"
                                                " WHERE type = 'table'")}
    tables = [Table(source, target, name) for name in TABLES if name in there]
    target.execute('SAVEPOINT copy_facts')
    try:
        for table in reversed(tables):
            table.delete_others()
        for table in tables:
            table.load()
        tables[0].delete_other_keys()
        target.execute('INSERT INTO settlement(team_id) VALUES (NULL)')
    except BaseException:
        target.execute('ROLLBACK TO copy_facts')
        raise
    finally:
        target.execute('RELEASE copy_facts')
    here, copied = (collections.Counter(db.execute(LEDGER).fetchall()) for db in (source, target))
    return sum(((here - copied) | (copied - here)).values())


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    if not os.path.exists(sys.argv[1]):
        sys.exit(f'copy_facts: no such file, {sys.argv[1]!r}, name a billing file')
    if os.path.exists(sys.argv[2]):
        sys.exit(f'copy_facts: there is a file already, {sys.argv[2]!r}, name a new one')
    extension = sys.argv[3] if len(sys.argv) > 3 else 'build/billing'
    source, target = connect(sys.argv[1], extension, '?mode=ro'), connect(
        sys.argv[2], extension, '?mode=rwc')
    target.execute('SELECT billing_install()').fetchall()
    source.execute('BEGIN')
    try:
        different = copy(source, target)
    except sqlite3.Error:
        target.close()
        os.remove(sys.argv[2])
        raise
    source.execute('COMMIT')
    if different:
        print(f'copy_facts: the ledger differs in {different} entries: settle'
              f' FROM first; what a close holds is'
              ' not copied', file=sys.stderr)
        sys.exit(2)


if __name__ == '__main__':
    main()
