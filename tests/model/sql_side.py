"""Plays a script on a real database through public SQL, and keeps the facts that must result.

`Shadow` is the same history told to plain Python lists: what the fact tables must hold afterwards.
"""
import os
import shutil
import sqlite3

from closing import Book
from exact import parse
from histories import KEYS, PARENTS, card_of
from pricing import TABLES

DEFAULTS = {'usage': {'quantity': 1, 'outcome': 'success', 'sku': None, 'user_id': None,
                      'label': None, 'source_id': None}}
READS = 'changes what a closed period reads'    # refused without any close of the model in the way
CLEARED = ('rate_card', 'sku_alias', 'outcome_rule', 'api_alias')


class Failure(Exception):
    """A finding: `kind` groups equal findings while shrinking."""

    def __init__(self, kind, detail):
        super().__init__(f'{kind}\n{detail}')
        self.kind, self.detail = kind, detail


def quoted(value):
    """A value as SQL, so that a failing script can be pasted into a shell."""
    if value is None:
        return 'NULL'
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)


def matches(row, where):
    return all(row.get(column) == value for column, value in where.items())


def copy_of(rows):
    """Of tables of rows; the values in them do not change."""
    return {table: [dict(row) for row in listed] for table, listed in rows.items()}


class Shadow:
    """The facts as they must be."""

    def __init__(self, rows, book=None):
        self.rows, self.book = rows, book or Book()

    def copy(self):
        return Shadow(copy_of(self.rows), self.book)

    def tell(self, name, *args):
        """A statement that was accepted: insert, update or delete."""
        before = copy_of(self.rows) if self.book.closes or 'period_close' in args else self.rows
        result = getattr(self, name)(*args)
        if self.book.closes and args[0] == 'lot_move':
            kept = {(m['lot_id'], m['team_id']) for m in self.rows['lot_move']}
            between = dict(before, lot_move=[m for m in before['lot_move']
                                             if (m['lot_id'], m['team_id']) in kept])
            self.book = self.book.told(before, between)     # a tie that goes, goes first
            before = between
        self.book = self.book.told(before, self.rows)
        return result

    def insert(self, table, row, verb):
        row = {**DEFAULTS.get(table, {}), **row}
        rows, source = self.rows[table], row.get('source_id')
        if verb == 'INSERT OR IGNORE' and any(source is not None and r['source_id'] == source
                                              for r in rows):
            return
        if verb == 'INSERT OR REPLACE':
            dropped = self.met(table, row)
            rows[:] = [r for r in rows if r not in dropped]
        rows.append(row)

    def met(self, table, row):
        """The rows that have the key or the source_id of this one."""
        source = row.get('source_id')
        return [r for r in self.rows[table] if all(r[k] == row[k] for k in KEYS[table])
                or source is not None and r['source_id'] == source]

    def update(self, table, where, values, verb='UPDATE'):
        hits = [r for r in self.rows[table] if matches(r, where)]
        for row in hits:
            if verb == 'UPDATE OR REPLACE':
                dropped = [r for r in self.met(table, {**row, **values}) if r is not row]
                self.rows[table] = [r for r in self.rows[table] if r not in dropped]
            row.update(values)
        return len(hits)

    def delete(self, table, where):
        hits = [r for r in self.rows[table] if matches(r, where)]
        self.rows[table] = [r for r in self.rows[table] if not matches(r, where)]
        return len(hits)

    def repeats(self, hits, op):
        """Whether an update gives a row the key of another one."""
        key = KEYS[op['t']]
        return op['op'] == 'update' and any(
            r is not old and all(r[k] == new[k] for k in key)
            for old, new in hits for r in self.rows[op['t']])

    def closed(self, op):
        """Whether a close forbids it: True, False, or None: it may, for nothing would change."""
        table = op['t']
        if op['op'] == 'insert':
            row = {**DEFAULTS.get(table, {}), **op['row']}
            if table == 'period_close':
                last = self.book.own(row['team_id'])
                return last is not None and parse(row['closed_until']) <= last
            if op.get('verb') != 'INSERT OR REPLACE':
                return False
            hits = [(r, row if all(r[k] == row[k] for k in KEYS[table]) else None)
                    for r in self.met(table, row)]
        else:
            hits = [(r, None if op['op'] == 'delete' else {**r, **op['set']})
                    for r in self.rows[table] if matches(r, op['where'])]
        if op.get('verb') == 'UPDATE OR REPLACE':
            hits += [(r, None) for old, new in hits for r in self.met(table, new) if r is not old]
        elif table == 'lot_move' and self.repeats(hits, op):
            return None     # refused in any case; that the other row is held may be said first
        answers = [self.book.keeps(table, old, new) for old, new in hits]
        return True if True in answers else None if None in answers else False

    def must_refuse(self, op):
        """Whether an insert repeats a key, names a parent that is not there, moves too early."""
        if op['op'] != 'insert':
            return False
        table, row = op['t'], op['row']
        if table == 'lot_move' and any(r['lot_id'] == row['lot_id'] and
                                       parse(r['purchased_at']) > parse(row['moved_at'])
                                       for r in self.rows['token_lot']):
            return True
        if table == 'rate_tier' and card_of(row) not in map(card_of, self.rows['rate_card']):
            return True
        twin = any(all(r[k] == row[k] for k in KEYS[table]) for r in self.rows[table])
        return twin or any(row[column] not in {r[KEYS[parent][0]] for r in self.rows[parent]}
                           for parent, column in PARENTS.get(table, ()))

    def dangling(self):
        """References without a parent; the checks must not let one arise."""
        found = []
        for table, parents in PARENTS.items():
            for parent, column in parents:
                there = {r[KEYS[parent][0]] for r in self.rows[parent]}
                found += [(table, column, r[column]) for r in self.rows[table]
                          if r[column] is not None and r[column] not in there]
        cards = {card_of(r) for r in self.rows['rate_card']}
        found += [('rate_tier', card_of(r)) for r in self.rows['rate_tier']
                  if card_of(r) not in cards]
        return found


class Player:
    """One database, one script."""

    def __init__(self, extension, path, template, setup, strict=True):
        self.extension, self.path, self.setup, self.strict = extension, path, setup, strict
        self.refused, self.trace, self.autosettled = {}, [], False
        shutil.copy(template, path)
        self.db = self.open()
        self.other = None
        self.shadow = Shadow(self.read_facts())
        if setup['catalogue'] == 'cleared':
            for table in CLEARED:
                self.run(self.db, f'DELETE FROM {table}')
                self.shadow.rows[table] = []
        if setup['autosettle']:
            self.autosettle(1)
            self.autosettled = True     # nothing is there that could be pending

    def open(self):
        db = connect(self.extension, self.path)
        for pragma in ('recursive_triggers', 'foreign_keys', 'trusted_schema'):
            db.execute(f'PRAGMA {pragma} = {self.setup[pragma]}')
        db.execute('PRAGMA synchronous = OFF')
        return db

    def close(self):
        for db in (self.db, self.other):
            if db is not None:
                db.close()

    def read_facts(self):
        """Every fact table as it stands; a table that does not exist yet is empty."""
        rows = {}
        for table in TABLES:
            try:
                cursor = self.db.execute(f'SELECT * FROM {table}')
            except sqlite3.OperationalError:
                rows[table] = []
                continue
            names = [d[0] for d in cursor.description]
            rows[table] = [dict(zip(names, values)) for values in cursor]
        return rows

    # ---- statements ------------------------------------------------------------------------

    def run(self, db, sql, values=()):
        """Execute; the trace keeps the same statement with its values written out."""
        text, rest = sql, list(values)
        parts = text.split('?')
        written = ''.join(p + (quoted(rest.pop(0)) if rest else '') for p in parts)
        self.trace.append(('' if db is self.db else '/* second connection */ ') + written + ';')
        return db.execute(sql, values)

    def attempt(self, db, op, sql, values):
        """A statement that the checks may refuse: the cursor, or None when refused."""
        inside = db.in_transaction
        closed = self.shadow.closed(op) if self.shadow.book.closes else False
        try:
            cursor = self.run(db, sql, values)
            if closed:
                raise Failure('closed', f'{self.trace[-1]}\n  accepted in a closed period')
            return cursor
        except sqlite3.DatabaseError as error:
            self.trace.append(f'  -- refused: {error}')
            if inside and not db.in_transaction:
                raise Failure('transaction lost', f'{self.trace[-2]}\n  {error}')
            if self.strict and closed is False and (
                    'closed period' in str(error)
                    or 'a later close' in str(error)) and READS not in str(error):
                raise Failure('not closed', f'{self.trace[-2]}\n  {error}')
            if closed is not False or READS in str(error):
                op = dict(op, maybe=True)
            if self.strict and not op.get('maybe') and not self.shadow.must_refuse(op):
                raise Failure('refused', f'{self.trace[-2]}\n  {type(error).__name__}: {error}')
            key = (op['op'], op['t'], str(error))
            self.refused[key] = self.refused.get(key, 0) + 1
            return None

    def play(self, ops, db=None):
        for op in ops:
            getattr(self, 'do_' + op['op'])(db or self.db, op)

    def do_insert(self, db, op):
        columns = ', '.join(op['row'])
        marks = ', '.join('?' * len(op['row']))
        verb = op.get('verb', 'INSERT')
        sql = f"{verb} INTO {op['t']}({columns}) VALUES ({marks})"
        if self.attempt(db, op, sql, list(op['row'].values())) is not None:
            self.shadow.tell('insert', op['t'], op['row'], verb)
            self.whole(op)

    def do_update(self, db, op):
        values = ', '.join(f'{c} = ?' for c in op['set'])
        verb = op.get('verb', 'UPDATE')
        self.change(db, op, f"{verb} {op['t']} SET {values}", list(op['set'].values()),
                    lambda: self.shadow.tell('update', op['t'], op['where'], op['set'], verb))

    def do_delete(self, db, op):
        self.change(db, op, f"DELETE FROM {op['t']}", [],
                    lambda: self.shadow.tell('delete', op['t'], op['where']))

    def change(self, db, op, sql, values, tell_shadow):
        where = ' AND '.join(f'{c} IS ?' for c in op['where'])
        cursor = self.attempt(db, op, f'{sql} WHERE {where}', values + list(op['where'].values()))
        if cursor is not None:
            expected = tell_shadow()
            if cursor.rowcount != expected:
                raise Failure('row count', f'{self.trace[-1]}\n  {cursor.rowcount} rows changed, '
                              f'{expected} expected')
            self.whole(op)

    def whole(self, op):
        found = self.shadow.dangling()
        if found:
            raise Failure('dangling reference', f'{self.trace[-1]}\n  accepted, leaves {found[:3]}')

    def do_settle(self, db, op):
        team = op['team']
        if team is not None and not any(r['team_id'] == team for r in self.shadow.rows['team']):
            return
        if op['how'] == 'insert':
            self.run(db, 'INSERT INTO settlement(team_id) VALUES (?)', (team,))
        else:
            self.counted(self.run(db, f"SELECT settle({'' if team is None else '?'})",
                                  () if team is None else (team,)).fetchone()[0])

    def counted(self, count):
        """What settle() returned: each usage once, for however many reasons it was settled."""
        if count > len(self.shadow.rows['usage']):
            raise Failure('count', f'{self.trace[-1]}\n  returned {count}')

    def autosettle(self, on):
        self.run(self.db, f'SELECT billing_autosettle({on})').fetchall()
        self.autosettled = False

    def do_autosettle(self, db, op):
        self.autosettle(op['on'])
        self.setup['autosettle'] = op['on']

    def do_check(self, db, op):
        """Settle here and compare; with the triggers on since the last time nothing is pending."""
        count = self.run(db, 'SELECT settle()').fetchone()[0]
        self.counted(count)
        if self.setup['autosettle'] and self.autosettled and count:
            raise Failure('autosettle left work', f'settle() returned {count}')
        self.autosettled = bool(self.setup['autosettle'])
        self.on_check(self)

    def do_reopen(self, db, op):
        self.trace.append('-- close and open again')
        self.close()
        self.db, self.other = self.open(), None

    def do_other(self, db, op):
        if self.other is None:
            self.other = self.open()
        self.play(op['body'], self.other)

    def do_tx(self, db, op):
        self.bracket(db, op, 'BEGIN', 'ROLLBACK', 'COMMIT')

    def do_savepoint(self, db, op):
        self.bracket(db, op, 'SAVEPOINT s', 'ROLLBACK TO s; RELEASE s', 'RELEASE s')

    def bracket(self, db, op, begin, undo, keep):
        before = self.shadow.copy()
        self.run(db, begin)
        self.play(op['body'], db)
        for statement in (undo if op['rollback'] else keep).split('; '):
            self.run(db, statement)
        if op['rollback']:
            self.shadow = before


def connect(extension, path):
    db = sqlite3.connect(path, isolation_level=None, cached_statements=64)
    db.enable_load_extension(True)
    db.load_extension(extension)
    db.enable_load_extension(False)
    return db


def make_template(extension, path):
    """An installed, empty database to copy for every script."""
    if os.path.exists(path):
        os.remove(path)
    db = connect(extension, path)
    db.execute('SELECT billing_install()').fetchall()
    db.close()
