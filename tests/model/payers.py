"""payers.py --extension FILE: whoever pays for an app changes hands, and what was settled follows.

Random histories of teams, apps, assignments and product assignments, with lots and usage among
them, settled now and then or at once. At the end the ledger and the status of every usage are those
of one settle() on the same facts, and billing_check finds nothing.
"""
import argparse
import os
import random
import sqlite3
import sys

from sql_side import connect

TABLES = ('account', 'team', 'app', 'app_team', 'product_assignment', 'token_lot', 'usage')
TEAMS, APPS, ACCOUNTS = ('T0', 'T1', 'T2', 'T3', 'T4', 'T5'), ('c1', 'c2', 'c3'), ('A', 'B')
STEPS = 40
STATE = ('SELECT team_id, usage_id, lot_id, units, charged_at FROM ledger ORDER BY 1, 2, 3, 5',
         'SELECT usage_id, team_id, status, uncharged FROM usage_status ORDER BY 1')
# statement, its values (a team, an app, an account, an instant, tokens, quantity), weight
PLAYS = (
    ("INSERT INTO usage(client_id, api, sku, quantity, occurred_at)"
     " VALUES (?, 'model-derivative', 'rvt', ?, ?)", 'app quantity at', 25),
    ('INSERT INTO team(team_id, account_id) VALUES (?, ?)', 'team account', 12),
    ('DELETE FROM team WHERE team_id = ?', 'team', 5),
    ('UPDATE team SET account_id = ? WHERE team_id = ?', 'account team', 6),
    ('UPDATE OR REPLACE team SET team_id = ? WHERE team_id = ?', 'team team', 3),
    ('INSERT OR REPLACE INTO app_team VALUES (?, ?, ?)', 'app team at', 10),
    ('UPDATE OR REPLACE app_team SET client_id = ? WHERE team_id = ?', 'app team', 3),
    ('DELETE FROM app_team WHERE client_id = ? AND team_id = ?', 'app team', 4),
    ('INSERT OR REPLACE INTO product_assignment VALUES (?, ?, ?, NULL)', 'account team at', 8),
    ("UPDATE product_assignment SET revoked_at = '2025-07-01 00:00:00' WHERE team_id = ?", 'team',
     3),
    ('UPDATE OR REPLACE product_assignment SET account_id = ? WHERE team_id = ?', 'account team',
     3),
    ('DELETE FROM product_assignment WHERE team_id = ?', 'team', 3),
    ('UPDATE app SET account_id = ? WHERE client_id = ?', 'account app', 4),
    ("INSERT INTO token_lot(team_id, kind, tokens, purchased_at) VALUES (?, 'flex_token', ?, ?)",
     'team tokens at', 10),
    ('SELECT settle()', '', 6),
)


class History:
    """One of them, and the database that it is played in."""

    def __init__(self, extension, seed):
        self.dice, self.extension = random.Random(seed), extension
        self.db = self.fresh()
        if self.dice.random() < 0.5:
            self.db.execute('SELECT billing_autosettle(1)').fetchall()
        for account in ACCOUNTS:
            self.db.execute("INSERT INTO account(account_id, country) VALUES (?, 'JP')", (account,))
        for app in APPS:
            self.db.execute('INSERT INTO app(client_id, account_id) VALUES (?, ?)',
                            (app, self.dice.choice(ACCOUNTS)))

    def fresh(self):
        db = connect(self.extension, ':memory:')
        db.execute('SELECT billing_install()').fetchall()
        return db

    def value(self, name):
        dice = self.dice
        return {'team': lambda: dice.choice(TEAMS), 'app': lambda: dice.choice(APPS),
                'account': lambda: dice.choice(ACCOUNTS), 'tokens': lambda: dice.randint(1, 5),
                'quantity': lambda: dice.randint(1, 9),
                'at': lambda: f'2025-0{dice.randint(1, 6)}-{dice.randint(1, 28):02} '
                f'00:00:00'}[name]()

    def play(self):
        """What is refused is refused: an unknown team, a team in use, a transfer."""
        for sql, names, _ in self.dice.choices(PLAYS, [weight for *_, weight in PLAYS], k=STEPS):
            try:
                self.db.execute(sql, [self.value(name) for name in names.split()]).fetchall()
            except sqlite3.IntegrityError:
                pass

    def differs(self):
        """What is wrong at the end, or None."""
        self.db.execute('SELECT settle()').fetchall()
        errors = self.db.execute("SELECT * FROM billing_check WHERE severity = 'error'").fetchall()
        if errors:
            return f'billing_check: {errors[0]}'
        other = self.fresh()
        for table in TABLES:
            for row in self.db.execute(f'SELECT * FROM {table}'):
                other.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)
        other.execute('SELECT settle()').fetchall()
        for sql in STATE:
            mine, told = self.db.execute(sql).fetchall(), other.execute(sql).fetchall()
            for pair in zip(mine + [None], told + [None]):
                if pair[0] != pair[1]:
                    return f'{pair[0]}, one settle() says {pair[1]}'
        return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--extension', required=True)
    parser.add_argument('--seeds', type=int, default=100)
    parser.add_argument('--first', type=int, default=1)
    options = parser.parse_args()
    failed = 0
    for seed in range(options.first, options.first + options.seeds):
        history = History(os.path.abspath(options.extension), seed)
        history.play()
        wrong = history.differs()
        if wrong:
            failed += 1
            print(f'seed {seed}: {wrong}')
    print(f'{options.seeds - failed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
