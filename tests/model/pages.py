#!/usr/bin/python3
"""Random histories (histories.py): pages say what the as-of tables say, and add up.

    /usr/bin/python3 tests/model/pages.py [--seeds 40] [--first 1] [--extension build/billing]

Whenever a history checks itself: a row of balance_series or lot_series at an instant is that of
wallet_balance or lot_balance; with step 'change' there is a row wherever one of them changed, and
nowhere else; usage_series, usage_page, usage_bars and charge_back make the sums of usage_status;
a month_statement adds up to the unit, ends where the next one begins, and its lines make the total.
"""

import argparse
import collections
import datetime
import os
import random
import sqlite3
import sys
import tempfile
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from histories import script_of  # noqa: E402
from sql_side import Failure, Player, make_template  # noqa: E402

BALANCE = 'balance, available, cloud_credits, flex_tokens, uncharged, access'
STATE = 'units(opening), units(purchased), units(moved), units(used), units(offset), units(lapsed)'
SUMS = ('ifnull(sum(units(tokens)), 0), ifnull(sum(units(charged)), 0), '
        'ifnull(sum(units(uncharged)), 0)')
ZONES = ('+00:00', 'Z', '+09:00', '-03:30')


def same(what, told, found):
    if told != found:
        raise Failure(what, f'told {told}\n  found {found}')


def read(text):
    form = '%Y-%m-%d %H:%M:%S.%f' if '.' in text else '%Y-%m-%d %H:%M:%S'
    return datetime.datetime.strptime(text, form)


def spell(time):
    text = time.strftime('%Y-%m-%d %H:%M:%S')
    return text + f'.{time.microsecond // 1000:03d}' if time.microsecond else text


def before(text):
    return spell(read(text) - datetime.timedelta(milliseconds=1))


class Reader(Player):
    """Plays a script and reads the pages after each settle()."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.seen = collections.Counter()

    def instants(self, db):
        """What stands in the facts and the ledger, and some time around it."""
        found = {row[0] for row in db.execute(
            'SELECT occurred_at FROM usage UNION SELECT charged_at FROM ledger_entry UNION SELECT'
            ' purchased_at FROM token_lot UNION SELECT moved_at FROM lot_move UNION SELECT'
            ' expires_at FROM lot_balance UNION SELECT voided_at FROM token_lot'
            ' UNION SELECT next_lapse_at FROM wallet_balance UNION SELECT grace_ends_at FROM'
            ' wallet_balance') if row[0] and '1900' < row[0] < '9000'}
        return sorted(found)

    def do_check(self, db, op):
        self.run(db, 'SELECT settle()').fetchall()
        instants = self.instants(db)
        if not instants:
            return
        rng = random.Random(len(self.trace))
        teams = [row[0] for row in db.execute('SELECT team_id FROM team')]
        for team in rng.sample(teams, min(2, len(teams))):
            self.series(db, rng, team, instants)
            self.changes(db, rng, team, instants)
            self.months(db, rng, team, instants)
        for team in [None] + teams:
            self.usage(db, rng, team, instants)

    def wallet(self, db, team, at):
        return db.execute(f'SELECT {BALANCE} FROM wallet_balance(?, ?)', (team, at)).fetchone()

    def lots(self, db, team, at):
        return db.execute('SELECT lot_id, kind, remaining, state FROM lot_balance(?, ?)'
                          ' ORDER BY lot_id', (team, at)).fetchall()

    def series(self, db, rng, team, instants):
        step = rng.choice(('hour', 'day', 'week', 'month'))
        days = {'hour': 2, 'day': 20, 'week': 100, 'month': 500}[step]
        since = rng.choice(instants)
        until = spell(read(since) + datetime.timedelta(days=rng.randint(0, days)))
        zone = rng.choice(ZONES)
        asked = (team, since, until, step, zone)
        rows = db.execute(f'SELECT at, {BALANCE} FROM balance_series(?, ?, ?, ?, ?)',
                          asked).fetchall()
        if rows or since < until:
            same(f'last row {asked}', rows[-1][0], until)
        for row in rows:
            same(f'balance_series {asked}', row[1:], self.wallet(db, team, row[0]))
        self.seen['rows of balance'] += len(rows)
        lots = collections.defaultdict(list)
        for at, *row in db.execute('SELECT at, lot_id, kind, remaining, state'
                                   ' FROM lot_series(?, ?, ?, ?, ?) ORDER BY at, lot_id', asked):
            lots[at].append(tuple(row))
        for row in rows:
            same(f'lot_series {asked} {row[0]}', lots[row[0]], self.lots(db, team, row[0]))
            self.seen['rows of lots'] += len(lots[row[0]])

    def changes(self, db, rng, team, instants):
        since, until = sorted((rng.choice(instants), rng.choice(instants)))
        if rng.random() < 0.5:
            since, until = instants[0], spell(read(instants[-1]) + datetime.timedelta(days=1))
        rows = dict((row[0], row[1:]) for row in db.execute(
            f"SELECT at, {BALANCE} FROM balance_series(?, ?, ?, 'change')", (team, since, until)))
        for at, row in rows.items():
            same(f'change {team} {at}', row, self.wallet(db, team, at))
            if row == self.wallet(db, team, before(at)):
                raise Failure('no change', f'{team} {at}')
        self.seen['changes of balance'] += len(rows)
        for at in instants:
            if since <= at < until and at not in rows:
                same(f'change not told {team} {at}', self.wallet(db, team, before(at)),
                     self.wallet(db, team, at))
        lots = set(db.execute("SELECT at, lot_id, kind, remaining, state"
                              " FROM lot_series(?, ?, ?, 'change')", (team, since, until)))
        for at in instants:
            if since <= at < until:
                changed = set(self.lots(db, team, at)) - set(self.lots(db, team, before(at)))
                same(f'lots changed {team} {at}', {row[1:] for row in lots if row[0] == at},
                     changed)
        self.seen['changes of lots'] += len(lots)

    def months(self, db, rng, team, instants):
        zone = rng.choice(ZONES)
        month = rng.choice(instants)[:7]
        total = db.execute(
            f"SELECT {STATE}, units(closing), units(uncharged_opening), units(uncharged_closing)"
            " FROM month_statement(?, ?, ?) WHERE line = 'total'", (team, month, zone)).fetchone()
        if total is None:       # it is still to come
            return
        opening, purchased, moved, used, offset, lapsed, closing, owed, owes = total
        what = f'month {team} {month} {zone} {total}'
        same(what, opening + purchased + moved - used - offset - lapsed, closing)
        for line in ('api', 'app'):
            same(f'{line} of {what}', db.execute(
                'SELECT ifnull(sum(units(used)), 0), ifnull(sum(units(offset)), 0),'
                ' ifnull(sum(units(uncharged_opening)), 0), ifnull(sum(units(uncharged_closing)), '
                '0) FROM month_statement(?, ?, ?) WHERE line = ?',
                (team, month, zone, line)).fetchone(), (used, offset, owed, owes))
        year, number = int(month[:4]), int(month[5:])
        after = f'{year + number // 12:04d}-{number % 12 + 1:02d}'
        row = db.execute("SELECT units(opening), units(uncharged_opening)"
                         " FROM month_statement(?, ?, ?)"
                         " WHERE line = 'total'", (team, after, zone)).fetchone()
        if row:
            same(f'month after {what}', row, (closing, owes))
        if zone in ('+00:00', 'Z'):
            same(f'opening of {what}', (opening, owed), db.execute(
                'SELECT units(available), units(uncharged) FROM wallet_balance(?, ?)',
                (team, before(f'{month}-01 00:00:00'))).fetchone())
        self.seen['months'] += 1
        self.seen['months with offsets'] += offset > 0
        self.seen['months with moves'] += moved != 0
        self.seen['months with lapses'] += lapsed > 0

    def usage(self, db, rng, team, instants):
        since, until = sorted((rng.choice(instants), rng.choice(instants)))
        if rng.random() < 0.5:
            since = instants[0]
        at = rng.choice(instants + ['9999-01-01 00:00:00'])
        which = 'team_id = ? AND' if team else '? IS NULL AND'
        found = db.execute(
            f'SELECT count(*), round(total(quantity), 6), {SUMS} FROM usage_status'
            f' WHERE at = ? AND {which} occurred_at >= ? AND occurred_at < ?',
            (at, team, since, until)).fetchone()
        step = rng.choice(('day', 'week', 'month'))
        for table, arguments in (('usage_series', (step, rng.choice(ZONES), 0, at)),
                                 ('usage_page', (0, at)), ('charge_back', (at,))):
            quantity = 'round(total(quantity), 6)' if table != 'charge_back' else 'NULL'
            marks = ', '.join('?' * (3 + len(arguments)))
            told = db.execute(f'SELECT ifnull(sum(events), 0), {quantity}, {SUMS}'
                              f' FROM {table}({marks})',
                              (team, since, until) + arguments).fetchone()
            if table == 'charge_back':
                told = (told[0], found[1]) + told[2:]
            if abs(told[1] - found[1]) < 1e-4:
                told = (told[0], found[1]) + told[2:]
            same(f'{table} {team} {since} {until} {arguments}', told, found)
        self.seen['usage in periods'] += found[0]
        if team and found[2] > 0:
            share = db.execute('SELECT sum(share) FROM charge_back(?, ?, ?, ?)',
                               (team, since, until, at)).fetchone()[0]
            if abs(share - 1) > 1e-9:
                raise Failure('shares', f'{team} {share}')
        if team and read(until) - read(since) < datetime.timedelta(days=400):
            self.bars(db, rng, team, since, until, at, found)

    def bars(self, db, rng, team, since, until, at, found):
        zone = rng.choice(ZONES)
        rows = db.execute('SELECT day, bar, units(charged), units(uncharged), events'
                          ' FROM usage_bars(?, ?, ?, ?, ?)',
                          (team, since, until, zone, at)).fetchall()
        days = [row[0] for row in rows]
        for one, two in zip(days, days[1:]):
            same('days', read(two + ' 00:00:00') - read(one + ' 00:00:00'),
                 datetime.timedelta(days=1))
        same(f'usage_bars {team} {since} {until} {zone}',
             (sum(row[4] for row in rows), sum(row[2] for row in rows),
              sum(row[3] for row in rows)),
             (found[0], found[3], found[4]))
        for row in rows:
            same(f'bar {row}', (row[1].count('█') > 0, row[1].count('░') > 0),
                 (row[2] > 0, row[3] > 0))
        grid = db.execute("SELECT count(*), count(DISTINCT start)"
                          " FROM usage_series(?, ?, ?, 'day', ?, 1, ?)"
                          " WHERE tokens IS NOT NULL GROUP BY client_id, api, sku, user_id, label",
                          (team, since, until, zone, at)).fetchall()
        for count in grid:
            same(f'grid {team} {since} {until} {zone}', count, (len(rows), len(rows)))
        self.seen['bars'] += sum(bool(row[1]) for row in rows)


def main():
    parser = argparse.ArgumentParser(description='pages against the as-of tables')
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
            player = Reader(options.extension, path, template, script['setup'], False)
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
