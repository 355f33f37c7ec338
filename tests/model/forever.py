#!/usr/bin/python3
"""A closed period reads the same for ever, on random histories (histories.py).

    /usr/bin/python3 tests/model/forever.py [--seeds 40] [--first 1] [--facts 30] [--extension
    build/billing]

A history is played and settled, and some of its teams close periods. Then every column of every
reading table is read at instants before the closes, and facts are recorded at random: rows of all
fact tables come, change and go, dated before and after the closes. Each is refused, or leaves all
readings as they were. In the end everything is derived again, which changes nothing; and all is
opened and closed again, and read after more facts.

Names beside ids (a team's, an app's, an api's, a kind's) are read as the close found them.
"""

import argparse
import os
import random
import shutil
import sqlite3
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from closes import plain, statement  # noqa: E402
from histories import script_of  # noqa: E402
from sql_side import connect, make_template  # noqa: E402

TABLES = ('account team app app_team app_owner account_agreement product_assignment subscription '
          'token_kind kind_api'
          ' token_lot lot_move api api_alias sku_alias rate_card rate_tier outcome_rule usage '
          'country policy policy_change unblock contact budget').split()

# At :at, or in [:since, :at) of what is settled and paid at :at.
READ_AT = {
    'wallet_balance': 'wallet_balance(NULL, :at)',
    'lot_balance': 'lot_balance(NULL, :at)',
    'usage_status': 'usage_status(NULL, :at)',
    'usage_daily': 'usage_daily(NULL, :at)',
    'uncharged_usage': 'uncharged_usage(NULL, :at)',
    'billing_alert': 'billing_alert(NULL, :at)',
    'budget_status': 'budget_status(NULL, :at)',
    'token_events': 'token_events(NULL, :at)',
    'balances_page': 'balances_page(NULL, :at)',
    'usage_page': 'usage_page(NULL, :since, :at, 0, :at)',
    'usage_bars': 'usage_bars(NULL, :since, :at, NULL, :at)',
    'usage_series': "usage_series(NULL, :since, :at, 'month', NULL, 0, :at)",
    'charge_back': 'charge_back(NULL, :since, :at, :at)',
    'balance_series': "balance_series(NULL, :since, :at, 'week', NULL)",
    'lot_series': "lot_series(NULL, :since, :at, 'month', NULL)",
    'month_statement': "month_statement(NULL, strftime('%Y-%m', :at, 'start of month', "
    "'-1 month'), NULL)", 'wallet_forecast': 'wallet_forecast(NULL, :at, 60)',
    'forecast_series': 'forecast_series(NULL, :at, 30)',
}
# What waits for settle() has no date.
LEFT_OUT = {'pending'}

LEDGER = ('SELECT team_id, usage_id, lot_id, client_id, api, sku, occurred_at, charged_at, entry, '
          'units FROM ledger WHERE team_id = :team AND charged_at < :until')
EXPLAINED = ('SELECT * FROM explain_charge(:usage_id)')
FINAL = ('charged', 'uncharged', 'partial', 'free', 'trial', 'excluded')


class Story:
    """One history on a file."""

    def __init__(self, extension, template, path, seed):
        shutil.copyfile(template, path)
        self.db = connect(extension, path)
        self.db.execute('PRAGMA synchronous = OFF')
        self.rng, self.closes, self.log = random.Random(seed), {}, []
        self.columns = {table: [row[1] for row in self.db.execute(f'PRAGMA table_info({table})')]
                        for table in TABLES}

    def column(self, sql, values=()):
        return [row[0] for row in self.db.execute(sql, values)]

    def attempt(self, sql, values=()):
        """True: taken; a refusal undoes itself."""
        self.log.append((sql, values))
        try:
            self.db.execute(sql, values).fetchall()
            return True
        except sqlite3.IntegrityError as error:
            self.log[-1] += (f'refused: {error}',)
            return False

    # ---- before the close ----------------------------------------------------------------

    def begin(self, seed):
        theme = (None, 'dated', 'market', 'access', 'ties', 'lots')[seed % 6]
        for op in plain(script_of(seed, theme=theme)['ops']):
            if op['t'] != 'period_close':
                self.attempt(*statement(op))
        self.ids = {name: self.column(f'SELECT {name} FROM {table}') or ['x'] for name, table in (
            ('account_id', 'account'), ('team_id', 'team'), ('client_id', 'app'),
            ('kind', 'token_kind'),
            ('api', 'api'), ('lot_id', 'token_lot'), ('usage_id', 'usage'), ('country', 'country'))}
        self.ids['sku'] = self.column('SELECT DISTINCT sku FROM usage UNION SELECT sku'
                                      ' FROM rate_card')
        self.times = self.column('SELECT occurred_at FROM usage UNION SELECT purchased_at'
                                 ' FROM token_lot'
                                 ' UNION SELECT expires_at FROM token_lot'
                                 ' WHERE expires_at IS NOT NULL')
        for column in ('user_id', 'label'):
            for usage_id in self.rng.sample(self.ids['usage_id'], len(self.ids['usage_id']) // 2):
                self.attempt(f'UPDATE usage SET {column} = ? WHERE usage_id = ?',
                             (self.value('usage', column), usage_id))
        for _ in range(3):
            self.attempt(*self.insertion('budget'))
        if self.rng.random() < 0.5:
            self.attempt(*self.insertion('unblock'))
        self.db.execute('SELECT settle()').fetchall()

    def close(self):
        used = self.column('SELECT occurred_at FROM usage')
        for _ in range(self.rng.randint(1, 2)):
            for team in self.ids['team_id']:
                until = self.rng.choice(used or self.times)
                if self.rng.random() < 0.8 and self.attempt('INSERT INTO period_close'
                                                            ' VALUES (?, ?)', (team, until)):
                    self.closes[team] = max(until, self.closes.get(team, until))

    def reopen(self):
        for key in self.db.execute('SELECT team_id, closed_until FROM period_close'
                                   ' ORDER BY closed_until DESC').fetchall():
            self.db.execute('DELETE FROM period_close WHERE team_id = ? AND closed_until = ?', key)
        self.db.execute('SELECT settle()').fetchall()
        self.closes = {}

    # ---- what is read --------------------------------------------------------------------

    def instants(self):
        """Three before each close: of a fact, the last one, and any day."""
        found = set()
        for until in set(self.closes.values()):
            before = self.column('SELECT billing_time(billing_ms(?) - 1)', (until,))[0]
            days = f'-{self.rng.randrange(300)} days'
            found.update([before, *self.column('SELECT utc(datetime(?, ?))', (before, days))])
            found.update(self.rng.sample([t for t in self.times if t < until] or [before], 1))
        return sorted(found)

    def read(self, name, sql, at):
        since = self.column("SELECT utc(datetime(?, '-70 days'))", (at,))[0]
        cursor = self.db.execute(f'SELECT * FROM {sql}', {'at': at, 'since': since})
        names = [column[0] for column in cursor.description]
        picked = [n for n, column in enumerate(names) if column not in LEFT_OUT]
        team = names.index('team_id')
        # A lot that is not alive yet is not held: it may change, come late and go.
        state = names.index('state') if name.startswith('lot_') else team
        return sorted(repr([row[n] for n in picked]) for row in cursor
                      if self.closes.get(row[team], '') > at and row[state] != 'pending')

    @staticmethod
    def words(step):
        """Up to when the period is closed by now may be earlier, where lots tie teams no longer."""
        return step[2:5] + step[6:] if step[2] == 'closed period' else step[2:]

    def explained(self):
        """Steps of usage that a close holds. What pays its debts after the close, and the result
        then, is open."""
        found = {}
        for team, until in self.closes.items():
            at = self.column('SELECT billing_time(billing_ms(?) - 1)', (until,))[0]
            for usage_id, status in self.db.execute('SELECT usage_id, status'
                                                    ' FROM usage_status(?, ?)',
                                                    (team, at)).fetchall():
                if status in FINAL:
                    steps = self.db.execute(EXPLAINED, {'usage_id': usage_id}).fetchall()
                    found[f'explain_charge {usage_id}'] = [
                        repr(self.words(step)) for step in steps
                        if not (step[2] == 'offset' and step[5] >= until)
                        and (step[2] != 'result' or status not in ('uncharged', 'partial'))]
        return found

    def snapshot(self):
        found = self.explained()
        for at in self.at:
            for name, sql in READ_AT.items():
                found[f'{name} at {at}'] = self.read(name, sql, at)
            found[f'access at {at}'] = [repr(row) for row in self.db.execute(
                'SELECT team_id, access(team_id, ?) FROM team', (at,))
                if self.closes.get(row[0], '') > at]
        for team, until in self.closes.items():
            ledger = self.db.execute(LEDGER, {'team': team, 'until': until})
            found[f'ledger of {team}'] = sorted(map(repr, ledger))
        return found

    # ---- facts at random -----------------------------------------------------------------

    def time(self):
        rng = self.rng
        near = rng.choice([*self.closes.values(), *self.times] or ['2023-01-01 00:00:00'])
        return self.column('SELECT utc(datetime(?, ?))',
                           (near, f'{rng.choice((-400, -40, -5, -1, 0, 0, 1, 10, 100))} days'))[0]

    def value(self, table, column):
        rng = self.rng
        if column in ('closed_until',) or column.endswith('_at') or column in (
                'owned_from', 'effective_from'):
            return self.time() if rng.random() < 0.9 or table in ('token_lot',) else None
        if column == 'flex_from':
            return rng.choice((None, self.time()))
        if table in ('policy', 'policy_change') and column == 'name':
            return rng.choice(('grace_days', 'trial_days', 'lot_term', 'restore',
                               'low_balance_tokens',
                               'min_purchase_tokens', 'lapse_notice_days', 'red_percent',
                               'ending_notice_days', 'unusual_spend_tokens', 'flex_kind'))
        if column == 'value':
            return rng.choice((1, 7, 60, '+2 months', 'auto', 'support', 1000, 'cloud_credit'))
        if column in ('budget_id', 'contact_id'):
            return rng.randint(1, 5)
        if table == 'usage' and column == 'usage_id' or table == 'token_lot' and column == 'lot_id':
            return rng.randint(1, 3000)
        if column in ('team_id', 'client_id') and table == 'budget' and rng.random() < 0.5:
            return None
        if column == 'alias':
            return rng.choice(('*', 'rvt', 'dwg', 'automation', rng.choice(self.ids['sku'])))
        if column in self.ids:
            return rng.choice(self.ids[column])
        if column in ('user_id', 'label'):
            return rng.choice((None, 'ann', 'renamed'))
        return {'agreement': rng.choice(('flex', 'eba')), 'premium': rng.randint(0, 1),
                'per': rng.choice((1, 50)),
                'rank': rng.randint(0, 5), 'rounding': rng.choice(('none', 'up', 'down', 'carry')),
                'outcome': rng.choice(('success', 'failed', 'cancelled')),
                'address': 'a@example.com',
                'tokens': rng.choice((0, 1, 5, 100, 0.5)), 'quantity': rng.choice((1, 7, 3600)),
                'above': rng.choice((1, 10)), 'factor': rng.choice((0, 1, 0.5)),
                'minimum': rng.choice((0, 2))}.get(column, rng.choice((None, 'renamed')))

    def insertion(self, table):
        row = {column: self.value(table, column) for column in self.columns[table]}
        for column in ('source_id', 'note', 'expires_at', 'voided_at', 'revoked_at', 'ends_at',
                       'wants', 'name'):
            if column in row and table not in ('subscription',) and table[
                    :6] != 'policy' and self.rng.random() < 0.7:
                row[column] = None
        verb = self.rng.choice(('INSERT', 'INSERT', 'INSERT', 'INSERT OR REPLACE'))
        return (f"{verb} INTO {table}({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",
                tuple(row.values()))

    def later(self):
        """A statement on a fact table, and its values."""
        rng, table = self.rng, self.rng.choice(TABLES)
        there = self.db.execute(f'SELECT * FROM {table}').fetchall()
        roll = rng.random()
        if not there or roll < 0.45:
            return self.insertion(table)
        row = rng.choice(there)
        where = ' AND '.join(f'{column} IS ?' for column in self.columns[table])
        if roll < 0.9:
            column = rng.choice(self.columns[table])
            return f'UPDATE {table} SET {column} = ? WHERE {where}', (
                self.value(table, column), *row)
        return f'DELETE FROM {table} WHERE {where}', row

    def differences(self, before, what):
        after = self.snapshot()
        return [f'{what}: {name}\n    before '
                f'{[r for r in before[name] if r not in after.get(name, ())][:3]}'
                f'\n    after  {[r for r in after.get(name, ()) if r not in before[name]][:3]}'
                for name in before if before[name] != after.get(name)]

    def record(self, count, counts):
        """Facts after the closes; what each changed of the readings."""
        self.at = self.instants()
        before = self.snapshot()
        counts['readings'] += sum(map(len, before.values()))
        for _ in range(count):
            self.db.execute('SAVEPOINT later')
            fact = self.later()
            taken = self.attempt(*fact)
            counts['taken' if taken else 'refused'] += 1
            if taken:
                self.db.execute('SELECT settle()').fetchall()
                found = self.differences(before, f'{fact}')
                if found:
                    return found
                if self.rng.random() < 0.4:
                    self.db.execute('ROLLBACK TO later')
                    self.log[-1] += ('rolled back',)
            self.db.execute('RELEASE later')
        self.db.execute('SELECT billing_rebuild()').fetchall()
        found = self.differences(before, 'derived again')
        return found + [f'billing_check: {row}' for row in self.db.execute(
            "SELECT * FROM billing_check WHERE severity = 'error'")]


def one_seed(options, template, folder, seed, counts):
    story = Story(options.extension, template, os.path.join(folder, 'forever.db'), seed)
    try:
        story.begin(seed)
        if seed % 3 == 0:
            story.db.execute('SELECT billing_autosettle(1)').fetchall()
        story.close()
        found = story.record(options.facts, counts)
        if not found and seed % 2:
            story.reopen()
            story.close()
            found = story.record(options.facts // 2, counts)
        return found, story.log
    finally:
        story.db.close()


def main():
    parser = argparse.ArgumentParser(description='A closed period reads the same for ever')
    parser.add_argument('--seeds', type=int, default=40)
    parser.add_argument('--first', type=int, default=1)
    parser.add_argument('--facts', type=int, default=30)
    parser.add_argument('--extension', default='build/billing')
    parser.add_argument('--trace', action='store_true', help='print the statements of what fails')
    options = parser.parse_args()
    counts, failed = {'readings': 0, 'taken': 0, 'refused': 0}, 0
    with tempfile.TemporaryDirectory() as folder:
        template = os.path.join(folder, 'template.db')
        make_template(options.extension, template)
        for seed in range(options.first, options.first + options.seeds):
            found, log = one_seed(options, template, folder, seed, counts)
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
