#!/usr/bin/python3
"""Random histories (histories.py): settlement_preview and explain_charge are right.

    /usr/bin/python3 tests/model/explained.py [--seeds 40] [--first 1] [--extension build/billing]

Before every settle() settlement_preview tells which ledger rows will go and come, for all teams and
for one; it changes no table, not even by a bit. After it, for every usage: the steps of
explain_charge add up, its payer is payer(), its result is the status of usage_status, its reason
that of uncharged_usage. Every other seed closes periods and makes prices graduated on the way.
"""

import argparse
import collections
import os
import random
import sqlite3
import sys
import tempfile
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from histories import script_of  # noqa: E402
from sql_side import Failure, Player, make_template  # noqa: E402

END = '9999-12-31 00:00:00'
COLUMNS = ('team_id, usage_id, lot_id, client_id, api, sku, occurred_at, charged_at, entry, tokens,'
           ' units')


def tables(db):
    """Every row of every real table, as one text each."""
    names = [r[0] for r in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'"
                                      " AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name")]
    return {name: repr(db.execute(f'SELECT * FROM "{name}"').fetchall()) for name in names}


def ledger(db):
    return collections.Counter(db.execute(f'SELECT {COLUMNS} FROM ledger').fetchall())


def preview(db, team=None):
    rows = db.execute(f'SELECT change, {COLUMNS} FROM settlement_preview(?)', (team,)).fetchall()
    return collections.Counter(rows)


def same(what, told, found):
    if told != found:
        raise Failure(what, f'told {told}\n  found {found}')


def differences(before, after):
    """As settlement_preview shows them. A row that only changes its part is none."""
    gone = collections.Counter({('-',) + row: n for row, n in (before - after).items()})
    come = collections.Counter({('+',) + row: n for row, n in (after - before).items()})
    return gone + come


def shown(counter):
    """Without what a usage that changed shows otherwise before settle() than after."""
    return collections.Counter((r[0], r[1], r[2], r[3], *r[8:]) for r in counter.elements())


class Watcher(Player):
    """Plays a script and looks before and after each settle()."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.closes = False
        self.seen = collections.Counter()

    def watch(self, db, settle):
        rng = random.Random(len(self.trace))
        teams = [r[0] for r in db.execute('SELECT team_id FROM team')] or [None]
        team = rng.choice(teams)
        stored, before = tables(db), ledger(db)
        told, told_team = preview(db), preview(db, team)
        if tables(db) != stored:
            raise Failure('preview wrote', self.trace[-1])
        settle()
        found = differences(before, ledger(db))
        same('preview', shown(told), shown(found))
        same('preview of a team', told_team,
             collections.Counter(r for r in told.elements() if team in (None, r[1])))
        self.seen['previews'] += 1
        self.seen['changes'] += sum(told.values())
        if preview(db):
            raise Failure('preview after settle', repr(preview(db)))

    def meddle(self, db):
        """A close, or a tier; refused ones change nothing."""
        rng = random.Random(-len(self.trace))
        sql = rng.choice((
            'INSERT INTO period_close SELECT team_id, (SELECT occurred_at FROM usage'
            ' ORDER BY usage_id'
            f' LIMIT 1 OFFSET {rng.randint(0, 9)}) FROM team ORDER BY team_id LIMIT 1'
            f' OFFSET {rng.randint(0, 3)}',
            'INSERT INTO rate_tier SELECT api, sku, effective_from, 2, 0.25 FROM rate_card'
            f' ORDER BY api, sku, effective_from LIMIT 1 OFFSET {rng.randint(0, 9)}',
            'DELETE FROM period_close WHERE closed_until = (SELECT max(closed_until)'
            ' FROM period_close)'))
        try:
            self.run(db, sql)
            self.seen['meddled'] += 1
        except sqlite3.DatabaseError as error:
            self.trace.append(f'  -- refused: {error}')

    def do_settle(self, db, op):
        if self.closes:
            self.meddle(db)
        if op['team'] is None:
            self.watch(db, lambda: super(Watcher, self).do_settle(db, op))
        else:
            super().do_settle(db, op)

    def do_check(self, db, op):
        if self.closes:
            self.meddle(db)
        self.watch(db, lambda: self.run(db, 'SELECT settle()').fetchall())
        self.explain(db)

    def explain(self, db):
        status = {r[0]: r for r in db.execute(
            'SELECT usage_id, team_id, tokens, charged, uncharged, status, client_id, occurred_at'
            f" FROM usage_status WHERE at = '{END}'")}
        reasons = dict(db.execute(f"SELECT usage_id, reason FROM uncharged_usage"
                                  f" WHERE at = '{END}'"))
        told = collections.defaultdict(list)
        for row in db.execute('SELECT usage_id, step, what, subject, tokens, at, reason'
                              ' FROM explain_charge'):
            told[row[0]].append(row[1:])
        same('explained usage', sorted(told),
             sorted(r[0] for r in db.execute('SELECT usage_id FROM usage')))
        for usage_id, steps in told.items():
            self.explain_one(db, status.get(usage_id), steps, reasons.get(usage_id))

    def explain_one(self, db, status, steps, reason):
        if status is None:      # in a closed period, of a time beyond END …
            return
        same('step numbers', [s[0] for s in steps], list(range(1, len(steps) + 1)))
        by_what = collections.defaultdict(list)
        for step in steps:
            by_what[step[1]].append(step)
        what = repr((status, steps))
        self.seen['in closed periods'] += len(by_what['closed period'])
        self.seen['offsets'] += len(by_what['offset'])
        if len(by_what['payer']) > 1 or any(s[5] is None for s in steps):
            raise Failure('steps', what)
        payer = by_what['closed period'][0][2] if by_what['closed period'] else \
            db.execute('SELECT payer(?, ?)', (status[6], status[7])).fetchone()[0]
        same('payer ' + what, by_what['payer'][0][2] if by_what['payer'] else None, payer)
        kind = status[5]
        self.seen[kind] += 1
        if kind in ('unrated', 'unassigned', 'pending'):
            if not by_what[kind]:
                raise Failure('no such step', what)
            return
        if len(by_what['result']) != 1:
            raise Failure('no result', what)
        same('result ' + what, by_what['result'][0][2], kind)
        drawn = sum(s[3] for s in by_what['lot'] + by_what['offset'])
        close(what, by_what['result'][0][3], status[2])
        close(what, drawn, status[3])
        paid = db.execute("SELECT lot_id FROM ledger_entry WHERE usage_id = ? ORDER BY part",
                          (status[0],)).fetchall()
        lots = [s[2] for s in by_what['lot'] if s[3] > 0] + [s[2] for s in by_what['offset']]
        if not by_what['closed period']:    # ranks may have changed since
            same('order ' + what, lots, [f'lot {row[0]}' for row in paid])
        debt = sum(s[3] for s in by_what['debt'])
        close(what, debt - sum(s[3] for s in by_what['offset']), status[4])
        if reason:
            same('reason ' + what, by_what['debt'][0][5].split(':')[0], reason)
        if by_what['rate'] and by_what['rate'][0][3] is not None and not by_what['closed period']:
            price = (by_what['outcome'] or by_what['rate'])[0][3]
            close('price ' + what, price, status[2])


def close(what, told, found):
    if abs(told - found) > 1e-6 * max(1.0, abs(found)):
        raise Failure('sum', f'{what}\n  told {told}, found {found}')


def main():
    parser = argparse.ArgumentParser(description='settlement_preview and explain_charge')
    parser.add_argument('--seeds', type=int, default=40)
    parser.add_argument('--first', type=int, default=1)
    parser.add_argument('--extension', default='build/billing')
    options = parser.parse_args()
    seen, failed = collections.Counter(), 0
    with tempfile.TemporaryDirectory() as folder:
        template, path = os.path.join(folder, 'template.db'), os.path.join(folder, 'scratch.db')
        make_template(options.extension, template)
        for seed in range(options.first, options.first + options.seeds):
            script = script_of(seed)
            player = Watcher(options.extension, path, template, script['setup'], False)
            player.closes = seed % 2 == 0
            try:
                player.play(script['ops'])
                player.do_check(player.db, {})
            except (Failure, sqlite3.Error) as error:
                failed += 1
                print(f'FAIL seed {seed}: {error}')
                if not isinstance(error, Failure):
                    traceback.print_exc(limit=3)
            seen += player.seen
            player.close()
            for suffix in ('', '-journal', '-wal', '-shm'):
                if os.path.exists(path + suffix):
                    os.remove(path + suffix)
    print(', '.join(f'{count} {what}' for what, count in seen.most_common()))
    print(f'{options.seeds - failed} passed, {failed} failed')
    return failed > 0


if __name__ == '__main__':
    sys.exit(main())
