#!/usr/bin/python3
"""Random histories (histories.py): alerts, token events, budgets and forecasts against brute force.

    /usr/bin/python3 tests/model/derived.py [--seeds 40] [--first 1] [--extension build/billing]

At random instants of each history, from wallet_balance, lot_balance and the stored ledger, asked at
every instant at which anything changed: since when a balance is low or a usage uncharged, which
lots lapse, what a day consumed. token_events adds up to wallet_balance. The outbox is filled by
billing_alerts(1) all the way; a mailer picks alerts up at random, and each comes once.
"""

import argparse
import collections
import os
import random
import sqlite3
import statistics
import sys
import tempfile
import traceback
from datetime import datetime, timedelta, timezone

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from histories import script_of  # noqa: E402
from sql_side import Failure, Player, make_template  # noqa: E402

DAY = 86400000
TOKEN = 3600000
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
FOREVER = 2 ** 63 - 1
TOLD = ('negative_balance', 'uncharged_usage')


# Of what has happened; the end of a lot's year is no event.
LAST_EVENT = """
WITH event(at) AS (
  SELECT charged_at FROM ledger WHERE team_id = :team
  UNION ALL SELECT at FROM token_events WHERE team_id = :team AND event <> 'lapsed'
  UNION ALL SELECT occurred_at FROM usage_status WHERE team_id = :team AND uncharged > 0)
SELECT (SELECT max(at) FROM event WHERE at <= strftime('%Y-%m-%d %H:%M:%f', 'now')),
  (SELECT max(max(at, ifnull(over_at, ''))) FROM alert_outbox WHERE team_id = :team)
"""


def text_of(ms):
    whole = EPOCH + timedelta(milliseconds=ms)
    text = whole.strftime('%Y-%m-%d %H:%M:%S').rjust(19, '0')
    return text if ms % 1000 == 0 else f'{text}.{ms % 1000:03d}'


def ms_of(text):
    whole = datetime.strptime(text[:19], '%Y-%m-%d %H:%M:%S').replace(tzinfo=timezone.utc)
    return round((whole - EPOCH).total_seconds()) * 1000 + int(text[20:] or 0)


def same(what, told, found):
    if told != found:
        raise Failure(what.split(' ')[0], f'{what}\n  told {told}\n  found {found}')


def close(what, told, found):
    if abs(told - found) > 1e-6 * max(1.0, abs(found)):
        raise Failure(what.split(' ')[0], f'{what}\n  told {told}\n  found {found}')


class World:
    """What is settled, in plain lists, and wallet_balance at every instant at which it changes."""

    def __init__(self, db):
        self.db = db
        self.policy = dict(db.execute('SELECT name, value FROM policy'))
        self.wallets = dict(db.execute('SELECT team_id, wallet_id FROM _billing_wallet'
                                       ' JOIN team USING (team_id)'))
        self.stays = db.execute('SELECT wallet_id, lot_id, from_ms, to_ms, units, start_ms, '
                                'end_ms, kind'
                                ' FROM _billing_holding'
                                ' JOIN _billing_settled_lot USING (lot_id)').fetchall()
        self.entries = db.execute('SELECT lot_id, charged_ms, usage_id, units, is_offset'
                                  ' FROM ledger_entry').fetchall()
        self.debts = db.execute('SELECT wallet_id, at_ms, usage_id, since_ms, units'
                                ' FROM _billing_debt').fetchall()
        self.limited = {row[0] for row in db.execute('SELECT kind FROM kind_api')}
        self.balances = {}

    def wallet(self, team, at_ms):
        key = team, at_ms
        if key not in self.balances:
            row = self.db.execute(
                'SELECT balance, uncharged, negative_since, access, grace_ends_at, min_purchase,'
                ' purchased_ever, moved, lapsed_ever, available, used_ever'
                ' FROM wallet_balance WHERE team_id = ? AND at = ?',
                (team, text_of(at_ms))).fetchone()
            self.balances[key] = row
        return self.balances[key]

    def changes(self, team, at_ms):
        """Instants up to at_ms at which the wallet changes, and the instants just before them."""
        wallet = self.wallets[team]
        found = set()
        for owner, lot, from_ms, to_ms, _, start_ms, end_ms, _ in self.stays:
            if owner == wallet:
                found |= {from_ms, to_ms, start_ms, end_ms}
                found |= {e[1] for e in self.entries if e[0] == lot}
        found |= {d[1] for d in self.debts if d[0] == wallet} | {d[3] for d in self.debts
                                                                 if d[0] == wallet}
        return sorted(ms for ms in found if ms <= at_ms)

    def held_at(self, lot_id, at_ms):
        return next((s[0] for s in self.stays if s[1] == lot_id and s[2] <= at_ms < s[3]), None)

    def consumed(self, team, from_ms, to_ms, unlimited_only=False):
        """Units that usage in [from, to) cost the team, paid or not."""
        wallet = self.wallets[team]
        kinds = {s[1]: s[7] for s in self.stays}
        total = sum(e[3] for e in self.entries
                    if not e[4] and from_ms <= e[1] < to_ms and self.held_at(e[0], e[1]) == wallet
                    and not (unlimited_only and kinds[e[0]] in self.limited))
        return total + sum(d[4] for d in self.debts
                           if d[0] == wallet and d[3] == d[1] and from_ms <= d[1] < to_ms)

    def since(self, team, at_ms, holds):
        """Since when holds(wallet row) has held without a break, given that it does at at_ms."""
        times = self.changes(team, at_ms)
        while times and holds(self.wallet(team, times[-1])):
            last = times.pop()
        return last


class Checks:
    """Everything that is asked of one settled database."""

    def __init__(self, db, rng, seen):
        self.db, self.rng, self.seen, self.world = db, rng, seen, World(db)

    def all(self):
        times = sorted({e[1] for e in self.world.entries} | {d[3] for d in self.world.debts} |
                       {s[i] for s in self.world.stays for i in (2, 5, 6) if abs(s[i]) < 2 ** 47})
        times = [ms for ms in times if ms > -5 * 10 ** 13]
        for _ in range(6 if times else 0):
            at_ms = self.rng.choice(times) + self.rng.choice((0, 0, -1, 1, DAY // 2, DAY, 10 * DAY))
            for team in self.world.wallets:
                self.events(team, at_ms)
                self.alerts(team, at_ms)
                self.budget(team, at_ms)
                self.forecast(team, at_ms)

    def events(self, team, at_ms):
        sums = collections.Counter()
        for at, event, tokens in self.db.execute(
                'SELECT at, event, tokens FROM token_events(?, ?)', (team, text_of(at_ms))):
            if at > text_of(at_ms):
                raise Failure('event', f'{team} {at} is after {text_of(at_ms)}')
            sums[event] += tokens
            self.seen[event] += 1
        purchased, moved, lapsed = self.world.wallet(team, at_ms)[6:9]
        available, used = self.world.wallet(team, at_ms)[9:11]
        what = f'events {team} {text_of(at_ms)}'
        close(what + ' purchased', sums['purchased'], purchased)
        close(what + ' moved', sums['moved'], moved)
        close(what + ' lapsed', -sums['lapsed'] - sums['voided'], lapsed)
        close(what + ' rest', sum(sums.values()) - sums['offset'], available + used)
        offset = self.db.execute("SELECT total(tokens) FROM ledger(?) WHERE entry = 'offset'"
                                 ' AND charged_at <= ?', (team, text_of(at_ms))).fetchone()[0]
        close(what + ' offset', -sums['offset'], offset)

    def alerts(self, team, at_ms):
        told = {row[0]: row[1:] for row in self.db.execute(
            'SELECT alert, since, tokens, message FROM billing_alert(?, ?)'
            " WHERE alert <> 'lots_lapsing'", (team, text_of(at_ms)))}
        balance, uncharged, negative, access, grace_ends, least = self.world.wallet(team, at_ms)[:6]
        what = f'{team} {text_of(at_ms)}'
        self.seen.update(told.keys())
        expected = {}
        if negative:
            expected['negative_balance'] = (negative, balance)
        if uncharged > 0:
            since = self.world.since(team, at_ms, lambda row: row[1] > 0)
            expected['uncharged_usage'] = (text_of(since), uncharged)
        if access == 'grace':
            expected['grace_ending'] = (negative, least)
            if grace_ends not in told['grace_ending'][2]:
                raise Failure('grace', what)
        if access == 'limited':
            expected['limited'] = (told['limited'][0], least)
            if not negative or told['limited'][0] != grace_ends:
                since = ms_of(told['limited'][0])
                states = self.world.wallet(team, since)[3], self.world.wallet(team, since - 1)[3]
                wrong = ('limited',) if self.world.policy['grace_days'] == 0 else (
                    'full', 'limited')
                if states[0] in ('full', 'grace') or states[1] in wrong:
                    raise Failure('limited', f'{what} {states}')
        for alert, ends in (('trial_ending', 'trial'), ('subscription_ending', None)):
            self.ending(team, told.pop(alert, None), ends, what)
        self.low(team, at_ms, balance, access, expected)
        self.spend(team, at_ms, expected)
        for alert in set(told) - {'unrated_usage'} | set(expected):
            if alert not in told or alert not in expected:
                raise Failure('alert', f'{what} {alert}\n  told {told.get(alert)}\n'
                              f'  found {expected.get(alert)}')
            same(f'{alert} {what} since', told[alert][0], expected[alert][0])
            close(f'{alert} {what} tokens', told[alert][1], expected[alert][1])
        self.lapsing(team, at_ms)

    def ending(self, team, told, ends, what):
        """Fourteen days before access changes, by what access is just before the end and at it."""
        if told is None:
            return
        end = ms_of(told[0]) + 14 * DAY
        before, then = (self.db.execute('SELECT access(?, ?)', (team, text_of(ms))).fetchone()[0]
                        for ms in (end - 1, end))
        if before in ('none', 'excluded') or then == before or (before if ends
                                                                else then) != (ends or 'none'):
            raise Failure('ending', f'{what} {told} {before} {then}')

    def low(self, team, at_ms, balance, access, expected):
        low = self.world.policy['low_balance_tokens']
        wallet = self.world.wallets[team]
        begun = [max(s[2], s[5]) for s in self.world.stays
                 if s[0] == wallet and max(s[2], s[5]) < min(s[3], s[6])
                 and max(s[2], s[5]) <= at_ms]
        if 0 <= balance <= low and begun and access != 'excluded':
            times = self.world.changes(team, at_ms)
            while times and self.world.wallet(team, times[-1])[0] <= low:
                last = times.pop()
            since = last if times else min(begun)
            expected['low_balance'] = (text_of(since), balance)

    def spend(self, team, at_ms, expected):
        midnight = at_ms - at_ms % DAY
        days = [self.world.consumed(team, midnight - (n + 1) * DAY, midnight - n * DAY)
                for n in range(29)]
        usual = statistics.median([d for d in days[1:] if d] or [0])
        if days[0] >= self.world.policy['unusual_spend_tokens'] * TOKEN and \
                days[0] > self.world.policy['unusual_spend_factor'] * usual:
            expected['unusual_spend'] = (text_of(midnight - DAY), days[0] / TOKEN)

    def lapsing(self, team, at_ms):
        told = dict(self.db.execute(
            "SELECT since, tokens FROM billing_alert(?, ?) WHERE alert = 'lots_lapsing'",
            (team, text_of(at_ms))))
        notice = self.world.policy['lapse_notice_days'] * DAY
        ends = {s[1]: s[6] for s in self.world.stays}
        found = collections.Counter()
        for lot_id, left in self.db.execute(
                "SELECT lot_id, remaining FROM lot_balance(?, ?) WHERE state = 'open'",
                (team, text_of(at_ms))):
            if ends[lot_id] - at_ms <= notice:
                found[text_of(ends[lot_id] - notice)] += left
        same(f'lapsing {team} {text_of(at_ms)}', sorted(told), sorted(found))
        for since, tokens in found.items():
            close(f'lapsing {team} {text_of(at_ms)} {since}', told[since], tokens)
            self.seen['lots_lapsing'] += 1

    def budget(self, team, at_ms):
        """A budget of the whole team, and of one app of it, in a transaction that is undone."""
        from_ms = at_ms - self.rng.choice((1, DAY, 30 * DAY, 400 * DAY))
        to_ms = self.rng.choice((None, from_ms + 10 * DAY))
        client = self.rng.choice(['app'] + [r[0] for r in self.db.execute(
            'SELECT client_id' ' FROM app')])
        if not self.db.execute('SELECT 1 FROM app WHERE client_id = ?', (client,)).fetchone():
            client = None
        self.db.execute('SAVEPOINT budget')
        for scope in (None, client):
            self.db.execute('INSERT INTO budget(team_id, client_id, tokens, starts_at, ends_at)'
                            ' VALUES (?, ?, 1, ?, ?)', (team, scope, text_of(from_ms),
                                                        to_ms and text_of(to_ms)))
        spent = [r[0] for r in self.db.execute(
            'SELECT spent FROM budget_status(?, ?) ORDER BY budget_id', (team, text_of(at_ms)))]
        self.db.execute('ROLLBACK TO budget')
        self.db.execute('RELEASE budget')
        until = min(to_ms or at_ms + 1, at_ms + 1)
        found = self.world.consumed(team, from_ms, until) / TOKEN if from_ms < until else 0
        close(f'budget {team} {text_of(from_ms)} {text_of(at_ms)}', spent[0], found)
        if client:
            clients = dict(self.db.execute('SELECT usage_id, client_id FROM usage'))
            part = World.__new__(World)
            part.__dict__.update(self.world.__dict__)
            part.entries = [e for e in self.world.entries if clients.get(e[2]) == client]
            part.debts = [d for d in self.world.debts if clients.get(d[2]) == client]
            found = part.consumed(team, from_ms, until) / TOKEN if from_ms < until else 0
            close(f'budget {team} {client} {text_of(from_ms)} {text_of(at_ms)}', spent[1], found)
        self.seen['budgets'] += 2

    def forecast(self, team, at_ms):
        per_day, basis, use, debt, needed, purchase = self.db.execute(
            'SELECT per_day, basis_days, will_use, balance, needed, purchase'
            ' FROM wallet_forecast(?, ?, 7)', (team, text_of(at_ms))).fetchone()
        midnight = at_ms - at_ms % DAY
        found = self.world.consumed(team, midnight - basis * DAY, midnight, True)
        if abs(per_day - found / basis / TOKEN) > 0.0051:
            raise Failure('forecast', f'{team} {text_of(at_ms)} {per_day} {found / basis / TOKEN}')
        window = int(self.world.policy['forecast_days'])
        if basis < window and self.world.consumed(team, midnight - 2 * window * DAY,
                                                  midnight - basis * DAY, True):
            raise Failure('basis', f'{team} {text_of(at_ms)} {basis}')
        if purchase is not None and purchase < needed:
            raise Failure('purchase', f'{team} {text_of(at_ms)}')
        self.seen['forecasts'] += per_day > 0


class Mailer(Player):
    """Plays a script with the outbox on; picks alerts up at random, checks each settled state."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.seen, self.picked, self.closes = collections.Counter(), set(), False
        self.rng = random.Random(self.setup['recursive_triggers'])
        self.db.execute('SELECT billing_alerts(1)').fetchall()

    def pick(self, db):
        if db.in_transaction:   # it may be undone
            return
        for alert_id, *key in db.execute(
                "UPDATE alert_outbox SET picked_at = '2000-01-01 00:00:00' WHERE picked_at IS NULL"
                ' RETURNING alert_id, team_id, alert, since').fetchall():
            if tuple(key) in self.picked:
                raise Failure('picked twice', repr(key))
            self.picked.add(tuple(key))
            self.seen['picked'] += 1

    def meddle(self, db):
        """A close of a team, or the last one opened again; refused ones change nothing."""
        sql = self.rng.choice((
            'INSERT INTO period_close SELECT team_id, (SELECT occurred_at FROM usage'
            ' ORDER BY usage_id'
            f' LIMIT 1 OFFSET {self.rng.randint(0, 9)}) FROM team ORDER BY team_id LIMIT 1'
            f' OFFSET {self.rng.randint(0, 3)}',
            'DELETE FROM period_close WHERE closed_until = (SELECT max(closed_until)'
            ' FROM period_close)'))
        try:
            self.run(db, sql)
            self.seen['closes'] += 1
        except sqlite3.DatabaseError as error:
            self.trace.append(f'  -- refused: {error}')

    def do_settle(self, db, op):
        if self.closes:
            self.meddle(db)
        super().do_settle(db, op)
        self.outbox(db)
        if self.rng.random() < 0.3:
            self.pick(db)

    def do_check(self, db, op):
        self.run(db, 'SELECT settle()').fetchall()
        self.outbox(db)
        if self.rng.random() < 0.5:
            self.pick(db)
            self.outbox(db)
        Checks(db, self.rng, self.seen).all()

    def outbox(self, db):
        """What holds now is there, picked up or not; what waits does hold."""
        box = {row[:3]: row[3:] for row in db.execute(
            'SELECT team_id, alert, since, picked_at, over_at, tokens FROM alert_outbox')}
        now = {row[:3]: row[3] for row in db.execute(
            'SELECT team_id, alert, since, tokens FROM billing_alert')}
        for key in now:
            if key[1] not in TOLD or key in box:
                continue
            if not any(k[:2] == key[:2] and k[2] > key[2] and row[0] and not row[1]
                       for k, row in box.items()):
                raise Failure('not in the outbox', repr(key))
        for key, (picked, _, _) in box.items():
            if key[1] in TOLD and not picked and key not in now:
                raise Failure('waits in the outbox, but is over', repr(key))
        for key, at, tokens in [(row[:3], row[3], row[4]) for row in db.execute(
                'SELECT team_id, alert, since, at, tokens FROM alert_outbox'
                ' WHERE picked_at IS NULL')]:
            told = db.execute('SELECT tokens FROM billing_alert(?, ?) WHERE alert = ?'
                              ' AND since = ?',
                                   (key[0], at, key[1], key[2])).fetchone()
            # A lot of a kind that may not pay the debt can still be drawn from at that instant.
            if told and key[1] == 'negative_balance' and db.execute(
                    'SELECT 1 FROM ' 'kind_api').fetchone():
                continue
            if told is None or abs(told[0] - tokens) > 1e-9:
                raise Failure('tokens in the outbox', f'{key} {at} {tokens}, told {told}')
        self.open_rows(db)
        self.seen['outbox'] += len(box)

    def open_rows(self, db):
        """Open are the alerts that hold, one row each: debts now, a low balance as of the last
        event of the team."""
        found = collections.Counter(db.execute(
            'SELECT team_id, alert FROM alert_outbox WHERE over_at IS NULL'))
        held = set(db.execute('SELECT team_id, alert FROM billing_alert'))
        for key in held | set(found):
            if key[1] in TOLD:
                same(f'open {key}', found[key], int(key in held))
        for team, in db.execute('SELECT team_id FROM team').fetchall():
            at, spoken = db.execute(LAST_EVENT, {'team': team}).fetchone()
            if at is None or spoken is not None and spoken > at or self.closes:
                continue
            low = db.execute("SELECT count(*) FROM billing_alert(?, ?) WHERE alert = 'low_balance'",
                             (team, at)).fetchone()[0]
            same(f'open low_balance {team} {at}', found[(team, 'low_balance')], low)
            self.seen['low balances'] += low


def main():
    parser = argparse.ArgumentParser(description='alerts, events, budgets, forecasts')
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
            player = Mailer(options.extension, path, template, script['setup'], False)
            player.closes = seed % 2 == 0
            try:
                player.play(script['ops'])
                player.do_check(player.db, {})
            except (Failure, sqlite3.Error) as error:
                failed += 1
                print(f'FAIL seed {seed}: {error}')
                if not isinstance(error, Failure):
                    traceback.print_exc(limit=-3)
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
