"""rates.py --extension FILE: a changed price list settles again what it touches, and no less.

Random usage of a few teams, then rounds of changes of the catalogue: rates, tiers, aliases of skus
and apis, outcomes, premium flags; updated, deleted, replaced, moved in time; with payers that
change, late usage, closed periods and settle(team) in between. After each round what is stored must
be what settle() makes of the same facts when every wallet is marked from the beginning.
"""
import argparse
import datetime
import random
import sqlite3
import sys

import stored
from sql_side import connect

START = datetime.datetime(2024, 1, 20)
HOURS = 24 * 80  # three turns of the month
APIS = ('calc', 'shot')
NAMES = ('big', 'small', 'odd', 'Ex', '*')
SPELLED = ('big', 'BIG', 'small', 'odd', 'ODD', 'Ex', 'eX', 'why', '*', None)
# Of the meter each row may be there or not: a first 'carry' counts from its date on.
KEPT = {
    'ledger_entry': stored.LEDGER,
    '_billing_debt': 'SELECT * FROM _billing_debt',
    '_billing_wallet_state': 'SELECT * FROM _billing_wallet_state',
    '_billing_free_usage': 'SELECT * FROM _billing_free_usage',
    '_billing_unrated': 'SELECT * FROM _billing_unrated',
    '_billing_settled_lot': 'SELECT lot_id, units, start_ms, end_ms, used_from_ms, used_up_ms'
    ' FROM _billing_settled_lot',
}


def at(hour):
    return (START + datetime.timedelta(hours=hour)).strftime('%Y-%m-%d %H:%M:%S')


class Story:
    def __init__(self, extension, seed):
        self.chance = random.Random(seed)
        self.db = connect(extension, ':memory:')
        self.db.execute('SELECT billing_install()')
        self.teams = [f'T{i}' for i in range(self.chance.choice((2, 3)))]
        self.apps = [f'c{i}' for i in range(4)]
        self.done = []

    def attempt(self, sql, values=()):
        """A refusal by the checks undoes itself."""
        try:
            self.db.execute(sql, values).fetchall()
            self.done.append((sql, values))
        except sqlite3.IntegrityError:
            return False
        return True

    def hour(self):
        """Rates change at few instants, so that rows meet."""
        return self.chance.choice((0, 0, 100, 288, 300, 984, 1000, 1500, 1700, 5000))

    def make_facts(self):
        chance, run = self.chance, self.attempt
        for i, team in enumerate(self.teams):
            run('INSERT INTO account(account_id, agreement, trial_started_at) VALUES (?, ?, ?)',
                (f'A{i}', 'eba' if chance.random() < 0.1 else 'flex',
                 at(500) if chance.random() < 0.1 else None))
            run('INSERT INTO team(team_id, account_id) VALUES (?, ?)', (team, f'A{i}'))
        for app in self.apps:
            run('INSERT INTO app(client_id, account_id) VALUES (?, ?)', (app, 'A0'))
            self.assign(app)
        for api in APIS:
            run('INSERT INTO api(api, premium) VALUES (?, ?)', (api, chance.choice((1, 1, 1, 0))))
        for _ in range(chance.randint(2, 10)):
            self.change_price_list()
        for lot in range(chance.randint(1, 6)):
            run('INSERT INTO token_lot(team_id, kind, tokens, purchased_at) VALUES (?, ?, ?, ?)',
                (chance.choice(self.teams), 'flex_token', chance.choice((1, 5, 30)),
                 at(chance.randint(0, HOURS))))
        for _ in range(chance.choice((0, 0, 1))):
            run('INSERT INTO lot_move VALUES (?, ?, ?)',
                (1, chance.choice(self.teams), at(chance.randint(0, HOURS))))
        for _ in range(chance.randint(20, 50)):
            self.use()

    def assign(self, app):
        self.attempt('INSERT OR REPLACE INTO app_team VALUES (?, ?, ?)',
                     (app, self.chance.choice(self.teams),
                      at(self.chance.choice((0, 0, 400, 1200)))))

    def use(self):
        chance = self.chance
        self.attempt(
            'INSERT INTO usage(client_id, api, sku, quantity, occurred_at, outcome)'
            ' VALUES (?, ?, ?, ?, ?, ?)',
            (chance.choice(self.apps), chance.choice(('calc', 'CALC', 'shot', 'Reckon', 'new')),
             chance.choice(SPELLED), chance.choice((1, 1, 2, 3, 7, 0.5)),
             at(chance.choice((self.hour(), chance.randint(0, HOURS)))),
             chance.choice(('success', 'success', 'failed', 'FAILED'))))

    # ---- changes of the price list --------------------------------------------------------

    def change_price_list(self):
        """One that the checks take; a change that is refused is one of another sort."""
        changes = [self.rate, self.rate, self.new_value, self.moved, self.moved, self.gone,
                   self.gone, self.tier, self.tier, self.tier_changed, self.sku_alias,
                   self.api_alias, self.outcome, self.api]
        self.chance.shuffle(changes)
        return any(change() for change in changes)

    def rate(self):
        chance = self.chance
        return self.attempt(f'INSERT {chance.choice(("", "OR REPLACE"))} INTO rate_card(api, sku,'
                     ' effective_from, tokens, per, rounding, minimum) VALUES (?, ?, ?, ?, ?, ?, ?)',
                     (chance.choice(APIS), chance.choice(NAMES), at(self.hour()), *self.price()))

    def price(self):
        chance = self.chance
        return (chance.choice((0, 0.1, 0.5, 1, 2, None)), chance.choice((1, 1, 3)),
                chance.choice(('none', 'none', 'up', 'carry')), chance.choice((0, 0, 2)))

    def row_of(self, table):
        rows = self.db.execute(f'SELECT * FROM {table} WHERE api IN (?, ?, ?)',
                               (*APIS, 'new')).fetchall()
        return self.chance.choice(rows) if rows else None

    def new_value(self):
        row = self.row_of('rate_card')
        if row:
            return self.attempt('UPDATE rate_card SET tokens = ?, per = ?, rounding = ?, minimum = ?'
                         ' WHERE (api, sku, effective_from) = (?, ?, ?)', (*self.price(), *row[:3]))

    def moved(self):
        """To another instant, sku or api."""
        table, key = self.chance.choice((('rate_card', 'sku'), ('sku_alias', 'alias')))
        row = self.row_of(table)
        if row:
            old = dict(zip([c[1] for c in self.db.execute(f'PRAGMA table_info({table})')], row))
            column, value = self.chance.choice((('effective_from', at(self.hour())),
                                                (key, self.chance.choice(NAMES)),
                                                ('api', self.chance.choice(APIS))))
            return self.attempt(f'UPDATE {self.chance.choice(("", "OR REPLACE"))} {table} SET {column} = ?'
                         f' WHERE api = ? AND {key} = ? AND effective_from = ?',
                         (value, old['api'], old[key], old['effective_from']))

    def gone(self):
        table = self.chance.choice(('rate_card', 'rate_card', 'rate_tier', 'sku_alias',
                                    'outcome_rule', 'api_alias'))
        row = self.row_of(table)
        if row:
            names = [c[1] for c in self.db.execute(f'PRAGMA table_info({table})')]
            return self.attempt(f'DELETE FROM {table} WHERE '
                         + ' AND '.join(f'{name} IS ?' for name in names), row)

    def tier(self):
        row = self.row_of('rate_card')
        if row:
            return self.attempt('INSERT OR REPLACE INTO rate_tier VALUES (?, ?, ?, ?, ?)',
                         (*row[:3], self.chance.choice((1, 2, 5, 20)),
                          self.chance.choice((0, 0.25, 1, 3))))

    def tier_changed(self):
        row = self.row_of('rate_tier')
        if row:
            column = self.chance.choice(('tokens', 'above'))
            return self.attempt(f'UPDATE rate_tier SET {column} = ? WHERE (api, sku, effective_from,'
                         ' above) = (?, ?, ?, ?)', (self.chance.choice((1, 3, 4)), *row[:4]))

    def sku_alias(self):
        chance = self.chance
        return self.attempt('INSERT OR REPLACE INTO sku_alias(api, alias, sku, effective_from)'
                     ' VALUES (?, ?, ?, ?)', (chance.choice(APIS), chance.choice(NAMES),
                                              chance.choice(NAMES), at(self.hour())))

    def api_alias(self):
        return self.attempt('INSERT OR REPLACE INTO api_alias VALUES (?, ?)',
                     (self.chance.choice(('reckon', 'new')), self.chance.choice(APIS)))

    def outcome(self):
        return self.attempt('INSERT OR REPLACE INTO outcome_rule VALUES (?, ?, ?)',
                     (self.chance.choice(APIS), 'failed', self.chance.choice((0, 0.5, 1))))

    def api(self):
        chance = self.chance
        return self.attempt(*chance.choice((
            ('UPDATE api SET premium = ? WHERE api = ?', (chance.choice((0, 1)),
                                                          chance.choice(APIS))),
            ('INSERT INTO api(api, premium) VALUES (?, ?)', ('new', chance.choice((0, 1)))),
            ('DELETE FROM api WHERE api = ?', ('new',)),
            ('UPDATE api SET api = ? WHERE api = ?', chance.choice((('new', 'shot'),
                                                                    ('shot', 'new')))))))

    # ---- rounds --------------------------------------------------------------------------

    def round(self):
        chance = self.chance
        for _ in range(chance.choice((1, 1, 1, 1, 1, 1, 2, 4))):
            self.change_price_list()
        if chance.random() < 0.1:
            self.assign(chance.choice(self.apps))
        if chance.random() < 0.1:
            self.use()
        if chance.random() < 0.1:
            self.attempt('SELECT settle(?)', (chance.choice(self.teams),))
            self.change_price_list()
        if chance.random() < 0.02:
            self.attempt('INSERT INTO period_close VALUES (?, ?)',
                         (chance.choice(self.teams), at(chance.choice((290, 700)))))
        self.attempt('SELECT settle()')

    def differences(self):
        """Between what is stored and what all of it settled again gives, which is undone."""
        before = stored.kept(self.db, KEPT)
        self.db.execute('SAVEPOINT again')
        self.db.execute('INSERT OR REPLACE INTO _billing_pending_wallet'
                        ' VALUES (0, -62167219200000)')
        self.db.execute('UPDATE _billing_change SET retry = 1')
        self.db.execute('SELECT settle()').fetchall()
        after = stored.kept(self.db, KEPT)
        self.db.execute('ROLLBACK TO again')
        self.db.execute('RELEASE again')
        return stored.differences(before, after, 'stored', 'settled again')


def play(extension, seed):
    story = Story(extension, seed)
    story.make_facts()
    story.db.execute('SELECT settle()')
    story.db.execute('SELECT billing_autosettle(?)', (int(seed % 4 == 0),))
    for turn in range(30):
        story.done = []
        story.round()
        lines = story.differences()
        if lines:
            return [f'round {turn}, after:', *map(repr, story.done), *lines]
    return []


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--extension', default='build/billing')
    parser.add_argument('--seeds', type=int, default=300)
    parser.add_argument('--first', type=int, default=0)
    options = parser.parse_args()
    passed = failed = 0
    for seed in range(options.first, options.first + options.seeds):
        lines = play(options.extension, seed)
        if lines:
            failed += 1
            print(f'FAIL seed {seed}', *lines[:12], sep='\n  ')
        else:
            passed += 1
    print(f'{passed} passed, {failed} failed')
    return failed > 0


if __name__ == '__main__':
    sys.exit(main())
