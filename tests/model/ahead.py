"""ahead.py --extension FILE: usage settled when it is inserted, beside lots that are still to come.

Random facts recorded ahead (lots, moves, unblocks, kinds limited to an api, prices that carry
over), then usage row by row with autosettle on: mostly on time, many rows at one instant, now and
then late, rolled back or followed by one more lot. The rows that settling keeps must be those of
one settle() from the beginning.
"""
import argparse
import datetime
import random
import sys

import stored
from sql_side import connect

START = datetime.datetime(2022, 1, 1)
HOURS = 400
KEPT = ('ledger_entry', '_billing_debt', '_billing_wallet_state', '_billing_free_usage',
        '_billing_meter', '_billing_settled_lot', '_billing_unrated', '_billing_holding')
# An entry by what it leaves its lot with: what is stored of that depends on what came late.
READ = {
    'ledger_entry': stored.LEDGER,
    '_billing_settled_lot': 'SELECT lot_id, kind, units, purchased_ms, expires_ms, voided_ms, '
    'start_ms, end_ms, used_from_ms, used_up_ms FROM _billing_settled_lot',
}
WORK = (('model-derivative', 'rvt', (1, 1, 2, 30)), ('model-derivative', 'dwg', (1, 2)),
        ('model-derivative', 'odd', (1, 2)), ('design-automation', 'autocad', (100, 3600, 7200)))


def at(hour):
    return (START + datetime.timedelta(hours=hour)).strftime('%Y-%m-%d %H:%M:%S')


class Story:
    def __init__(self, extension, seed):
        self.chance = random.Random(seed)
        self.db = connect(extension, ':memory:')
        self.db.execute('SELECT billing_install()')
        self.teams = ['T%d' % i for i in range(self.chance.choice((1, 2, 3)))]
        self.kinds = ['cloud_credit']

    def make_facts(self):
        chance, run = self.chance, self.db.execute
        run("INSERT INTO account(account_id, country) VALUES ('A', 'US')")
        for team in self.teams:
            run("INSERT INTO team(team_id, account_id) VALUES (?, 'A')", (team,))
            run("INSERT INTO app(client_id, account_id) VALUES (?, 'A')", ('c' + team,))
            run('INSERT INTO app_team(client_id, team_id, assigned_at) VALUES (?, ?, ?)',
                ('c' + team, team, at(0)))
        if chance.random() < 0.4:
            run("INSERT INTO token_kind(kind, rank) VALUES ('special', ?)", (chance.choice((0, 5)),
                ))
            run("INSERT INTO kind_api(kind, api) VALUES ('special', 'model-derivative')")
            self.kinds.append('special')
        if chance.random() < 0.4:
            run('INSERT INTO rate_card(api, sku, effective_from, tokens, per, unit, rounding)'
                " VALUES ('model-derivative', 'odd', ?, 0.5, 3, 'job', 'carry')", (at(0),))
        if chance.random() < 0.6:
            run("UPDATE policy SET value = ? WHERE name = 'grace_period'",
                (chance.choice(('+0 days', '+1 days', '+3 days')),))
        for lot in range(1, chance.randint(1, 9)):
            self.make_lot(lot)
        for hour in chance.sample(range(HOURS), chance.randint(0, 4)):
            run('INSERT INTO unblock(team_id, unblocked_at) VALUES (?, ?)',
                (chance.choice(self.teams), at(hour)))

    def make_lot(self, lot):
        chance, run = self.chance, self.db.execute
        hour = chance.randint(0, HOURS)
        ends = None if chance.random() < 0.5 else at(hour + chance.randint(1, 200))
        run('INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at, expires_at)'
            ' VALUES (?, ?, ?, ?, ?, ?)', (lot, chance.choice(self.teams),
                                           chance.choice(self.kinds),
                                           chance.choice((1, 3, 10, 30)), at(hour), ends))
        for hours in chance.sample(range(150), chance.choice((0, 0, 1, 2))
                                   if len(self.teams) > 1 else 0):
            run('INSERT INTO lot_move(lot_id, team_id, moved_at) VALUES (?, ?, ?)',
                (lot, chance.choice(self.teams), at(hour + hours)))

    def use(self):
        chance, run = self.chance, self.db.execute
        hour = chance.randint(0, 100)
        for _ in range(chance.randint(5, 60)):
            if chance.random() < 0.6:
                hour += chance.choice((0, 0, 1, 5, 20))
            late = chance.randint(1, 60) if chance.random() < 0.07 else 0
            api, sku, quantities = chance.choice(WORK)
            undone = chance.random() < 0.05
            if undone:
                run('BEGIN')
            run('INSERT INTO usage(client_id, api, sku, quantity, occurred_at)'
                ' VALUES (?, ?, ?, ?, ?)',
                ('c' + chance.choice(self.teams), api, sku, chance.choice(quantities),
                 at(max(0, hour - late))))
            if undone:
                run('ROLLBACK')
            if chance.random() < 0.02:
                run('INSERT INTO token_lot(team_id, kind, tokens, purchased_at)'
                    ' VALUES (?, ?, ?, ?)',
                    (chance.choice(self.teams), 'cloud_credit', chance.choice((1, 5)),
                     at(chance.randint(0, HOURS))))

    def kept(self):
        return stored.kept(self.db, {table: READ.get(table, f'SELECT * FROM {table}')
                                     for table in KEPT})

    def settle_from_the_beginning(self):
        self.db.execute('INSERT OR REPLACE INTO _billing_pending_wallet'
                        ' VALUES (0, -9223372036854775807)')
        if not self.db.execute('SELECT settle()').fetchone()[0] and self.kept()['ledger_entry']:
            raise AssertionError('settle() from the beginning settled nothing')


def play(extension, seed):
    """What differs, a line each."""
    story = Story(extension, seed)
    story.make_facts()
    story.db.execute('SELECT billing_autosettle(1)')
    story.use()
    before = story.kept()
    story.settle_from_the_beginning()
    after = story.kept()
    return stored.differences(before, after, 'inserts leave', 'settle() writes')


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--extension', default='build/billing')
    parser.add_argument('--seeds', type=int, default=300)
    parser.add_argument('--first', type=int, default=0)
    options = parser.parse_args()
    passed = failed = 0
    for seed in range(options.first, options.first + options.seeds):
        lines = play(options.extension, seed)
        passed += not lines
        failed += bool(lines)
        if lines:
            print(f'seed {seed}:', *lines[:6], sep='\n  ')
    print(f'{passed} passed, {failed} failed')
    sys.exit(failed > 0)


if __name__ == '__main__':
    main()
