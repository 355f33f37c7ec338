#!/usr/bin/python3
"""Closed periods on random histories (histories.py).

    /usr/bin/python3 tests/model/closes.py [--seeds 60] [--first 1] [--extension build/billing]

Each history is played twice, with autosettle and without, and teams close periods on the way, the
same ones at the same places. In the end: - both have settled the same, refused the same, and
billing_check has no error to tell; - for every close, what it made final prints as it did when it
was inserted: ledger, wallet, lots, and at
  three instants before it every reading table of the team, all columns, access, dates, names and
  reasons;
- when all closes are deleted again, both are as a history that never had one.
"""

import argparse
import os
import random
import shutil
import sqlite3
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from histories import script_of  # noqa: E402
from sql_side import connect, make_template  # noqa: E402

SETTLED = {
    'ledger': 'SELECT usage_id, lot_id, units, is_offset, charged_at FROM ledger_entry',
    'debt': 'SELECT w.team_id, at_ms, usage_id, since_ms, units, rated FROM _billing_debt'
            ' JOIN _billing_wallet w USING (wallet_id)',
    'standing': 'SELECT w.team_id, at_ms, debt_units, negative_since_ms, blocked_since_ms'
                ' FROM _billing_wallet_state JOIN _billing_wallet w USING (wallet_id)',
    'free': 'SELECT w.team_id, at_ms, usage_id, status FROM _billing_free_usage'
            ' JOIN _billing_wallet w USING (wallet_id)',
    'unrated': 'SELECT * FROM _billing_unrated',
    'stays': 'SELECT w.team_id, lot_id, from_ms, to_ms FROM _billing_holding'
    ' JOIN _billing_wallet w USING (wallet_id)',
    'lots': 'SELECT lot_id, kind, units, purchased_ms, expires_ms, voided_ms, start_ms, end_ms, '
    'used_from_ms, used_up_ms FROM _billing_settled_lot',
}

# What a close at :until of :team prints; the last instant before it is one millisecond earlier.
FINAL = {
    'ledger': 'SELECT usage_id, lot_id, charged_at, entry, units FROM ledger(:team)'
              ' WHERE charged_at < :until',
    'wallet': 'SELECT balance, available, uncharged, total, used, purchased_ever, used_ever,'
              ' lapsed_ever, moved, negative_since FROM wallet_balance(:team, :before)',
    'lots': "SELECT lot_id, used, lapsed, remaining, state FROM lot_balance(:team, :before)"
            " WHERE state <> 'pending'",
    'debts': 'SELECT usage_id, tokens, charged, uncharged FROM uncharged_usage(:team, :before)',
}

# Every column that a team reads at :at, an instant before its close. Lots and usage that came later
# for a time before the close count from it on: they are left out by what was there.
READING = {
    'wallet_balance': 'SELECT {wallet} FROM wallet_balance(:team, :at)',
    'lot_balance': "SELECT * FROM lot_balance(:team, :at) WHERE state <> 'pending'",
    'usage_status': 'SELECT * FROM usage_status(:team, :at)',
    'usage_daily': 'SELECT * FROM usage_daily(:team, :at)',
    'uncharged_usage': 'SELECT * FROM uncharged_usage(:team, :at)',
    'token_events': 'SELECT * FROM token_events(:team, :at)',
    'access': 'SELECT access(:team, :at)',
}
WALLET = ('balance, available, cloud_credits, flex_tokens, uncharged, total, used, purchased_ever, '
          'used_ever,'
          ' lapsed_ever, access, negative_since, grace_ends_at, min_purchase, next_lapse_at, '
          'next_lapse_tokens, moved')


def plain(ops):
    """Facts only: brackets opened, what is rolled back and what settles left out."""
    for op in ops:
        if op['op'] in ('tx', 'savepoint', 'other'):
            if not op.get('rollback'):
                yield from plain(op['body'])
        elif op['op'] in ('insert', 'update', 'delete'):
            yield op


def statement(op):
    where = ' AND '.join(f'{c} IS ?' for c in op.get('where', ()))
    if op['op'] == 'insert':
        row = op['row']
        marks = ', '.join('?' * len(row))
        verb = op.get('verb', 'INSERT')
        return f"{verb} INTO {op['t']}({', '.join(row)}) VALUES ({marks})", list(row.values())
    if op['op'] == 'update':
        columns = ', '.join(f'{c} = ?' for c in op['set'])
        return (f"{op.get('verb', 'UPDATE')} {op['t']} SET {columns} WHERE {where}",
                list(op['set'].values()) + list(op['where'].values()))
    return f"DELETE FROM {op['t']} WHERE {where}", list(op['where'].values())


def rows(db, sql, values=()):
    return sorted(map(repr, db.execute(sql, values).fetchall()))


class Story:
    """One playing of a history."""

    def __init__(self, extension, template, path, autosettle):
        shutil.copyfile(template, path)
        self.db = connect(extension, path)
        self.db.execute('PRAGMA synchronous = OFF')
        self.autosettle = autosettle
        self.refused, self.final, self.log = [], [], []
        if autosettle:
            self.db.execute('SELECT billing_autosettle(1)').fetchall()

    def run(self, number, sql, values):
        self.log.append((sql, values))
        try:
            self.db.execute(sql, values)
            return True
        except sqlite3.DatabaseError as error:
            self.refused.append((number, str(error)))
            self.log[-1] += (f'refused: {error}',)
            return False

    def close(self, number, rng):
        teams = [r[0] for r in self.db.execute('SELECT team_id FROM team ORDER BY 1')]
        times = [r[0] for r in self.db.execute('SELECT occurred_at FROM usage ORDER BY 1')]
        if not teams or not times:
            return
        team, until = rng.choice(teams), rng.choice(times)
        if not self.run(number, 'INSERT INTO period_close VALUES (?, ?)', (team, until)):
            return
        before = self.db.execute('SELECT billing_time(billing_ms(?) - 1)', (until,)).fetchone()[0]
        key = {'team': team, 'until': until, 'before': before}
        key['times'] = self.times_before(key, rng)
        self.final.append((key, self.printed(key)))

    def times_before(self, key, rng):
        """Three instants before the close: of usage, the last one, and any day."""
        times = [r[0] for r in self.db.execute(
            'SELECT occurred_at FROM usage WHERE occurred_at < ? ORDER BY 1', (key['until'],))]
        days = f'-{rng.randrange(400)} days'
        return [*rng.choices(times, k=min(1, len(times))), key['before'],
                self.db.execute('SELECT utc(datetime(?, ?))', (key['before'], days)).fetchone()[0]]

    def printed(self, key):
        names = {name: value for name, value in key.items() if name != 'times'}
        found = {name: rows(self.db, sql, names) for name, sql in FINAL.items()}
        for at in key['times']:
            for name, sql in READING.items():
                found[f'{name} at {at}'] = rows(self.db, sql.format(wallet=WALLET),
                                                dict(names, at=at))
        return found

    def settle(self):
        self.db.execute('SELECT settle()').fetchall()

    def state(self):
        return {name: rows(self.db, sql) for name, sql in SETTLED.items()}

    def errors(self):
        return rows(self.db, "SELECT * FROM billing_check WHERE severity = 'error'")

    def reopen(self):
        for key in self.db.execute('SELECT rowid_key.* FROM (SELECT team_id, closed_until'
                                   ' FROM period_close ORDER BY closed_until DESC) rowid_key'
                                   ).fetchall():
            self.db.execute('DELETE FROM period_close WHERE team_id = ? AND closed_until = ?', key)
        self.settle()

    def tell_anew(self):
        """Everything settled again from the beginning, by the facts alone."""
        self.db.execute('INSERT OR REPLACE INTO _billing_pending_wallet'
                        ' VALUES (0, -62167219200000)')
        self.settle()


def play(story, ops, places, seed):
    for number, op in enumerate(ops):
        if number in places:
            story.close(number, random.Random(seed * 1000 + number))
        story.run(number, *statement(op))
    story.settle()


def differences(name, one, other):
    return [f'{name}: {part}: only here {[r for r in one[part] if r not in other[part]][:3]},'
            f' only there {[r for r in other[part] if r not in one[part]][:3]}'
            for part in one if one[part] != other[part]]


def judge(story):
    found = [f'billing_check: {error}' for error in story.errors()]
    for key, printed in story.final:
        found += differences(f'final {key}', printed, story.printed(key))
    return found


def one_seed(extension, template, folder, seed, counts):
    ops = list(plain(script_of(seed, theme=None if seed % 2 else 'dated')['ops']))
    rng = random.Random(seed)
    places = set(rng.sample(range(len(ops)), min(3, len(ops))))
    stories = [Story(extension, template, os.path.join(folder, f'{on}.db'), on) for on in (0, 1)]
    try:
        for story in stories:
            play(story, ops, places, seed)
        off, on = stories
        counts['closes'] += len(off.final)
        counts['refused in closed periods'] += sum('closed' in r[1] for r in off.refused)
        found = judge(off) + judge(on) + differences('autosettle', off.state(), on.state())
        if off.refused != on.refused:
            found.append(f'refused: {off.refused} and {on.refused}')
        for story in stories:
            story.reopen()
        once = off.state()
        found += differences('re-opened', once, on.state())
        off.tell_anew()
        found += differences('settled again', once, off.state())
        return found, off.log
    finally:
        for story in stories:
            story.db.close()


def main():
    parser = argparse.ArgumentParser(description='Closed periods')
    parser.add_argument('--seeds', type=int, default=60)
    parser.add_argument('--first', type=int, default=1)
    parser.add_argument('--extension', default='build/billing')
    parser.add_argument('--trace', action='store_true', help='print the statements of what fails')
    options = parser.parse_args()
    counts, failed = {'closes': 0, 'refused in closed periods': 0}, 0
    with tempfile.TemporaryDirectory() as folder:
        template = os.path.join(folder, 'template.db')
        make_template(options.extension, template)
        for seed in range(options.first, options.first + options.seeds):
            found, log = one_seed(options.extension, template, folder, seed, counts)
            if found:
                failed += 1
                print(f'FAIL seed {seed}\n  ' + '\n  '.join(found[:4]))
                if options.trace:
                    print('\n'.join(map(str, log)))
    print(', '.join(f'{count} {name}' for name, count in counts.items()))
    print(f'{options.seeds - failed} passed, {failed} failed')
    return failed > 0


if __name__ == '__main__':
    sys.exit(main())
