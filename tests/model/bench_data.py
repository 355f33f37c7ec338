"""bench_data.py --bench COMMAND --extension FILE: the oracle on the data that the benchmark is
measured on.

Makes the benchmark's database, settles a copy of it, and compares what it says of some teams with
what the oracle says: every entry of the ledger, and the wallet at some instants. A team's usage is
its apps'; lots do not move here, so a team can be told by itself.
"""
import argparse
import os
import random
import shlex
import shutil
import subprocess
import sys
import tempfile

from compare import WALLET, Comparison
from exact import parse, text_of
from oracle import Facts, Replay
from pricing import TABLES
from sql_side import connect

INSTANTS = 6
BY_TEAM = {
    'team': 'SELECT * FROM team WHERE team_id = ?1',
    'token_lot': 'SELECT * FROM token_lot WHERE team_id = ?1',
    'app_team': 'SELECT * FROM app_team WHERE team_id = ?1',
    'app': 'SELECT * FROM app WHERE client_id IN (SELECT client_id FROM app_team'
    ' WHERE team_id = ?1)',
    'usage': 'SELECT * FROM usage WHERE client_id IN (SELECT client_id FROM app_team'
    ' WHERE team_id = ?1)',
}


def read(db, sql, *values):
    """The rows as facts: dicts by column."""
    cursor = db.execute(sql, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row)) for row in cursor]


class OfTeam(Comparison):
    """One team of a database with many."""

    def __init__(self, db, team_id, catalogue):
        facts = {table: read(db, sql, team_id) for table, sql in BY_TEAM.items()}
        super().__init__(db, {**catalogue, **facts}, team_id)
        self.team_id = team_id

    def all(self):
        self.entries(Replay(self.facts))
        times = [parse(usage['occurred_at']) for usage in self.facts['usage']] or [0]
        dice = random.Random(self.team_id)
        for _ in range(INSTANTS):
            self.wallet(dice.randint(min(times), max(times)))
        return self.lines

    def entries(self, whole):
        columns = ('usage_id', 'lot_id', 'units', 'charged_at')
        expected = [{**entry, 'charged_at': text_of(entry['charged_at'])} for entry in whole.ledger]
        self.diff(f'ledger of {self.team_id} ', ('usage_id', 'lot_id'),
                  [{column: entry[column] for column in columns} for entry in expected],
                  read(self.db, f'SELECT {", ".join(columns)} FROM ledger WHERE p_team = ?1',
                       self.team_id))

    def wallet(self, at):
        state = Replay(self.facts, at)
        self.diff(f'wallet_balance at {text_of(at)} ', ('team_id',),
                  [dict(wallet, at=text_of(at)) for wallet in state.wallets()],
                  self.soft(self.rows(f'SELECT {WALLET} FROM wallet_balance(?, ?)',
                                      (self.team_id, text_of(at)))))


def catalogue_of(db):
    """What does not belong to a team."""
    return {table: read(db, f'SELECT * FROM {table}') for table in TABLES if table not in BY_TEAM}


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument('--bench', required=True, help='the program with its folder and extensions')
    parser.add_argument('--extension', required=True)
    parser.add_argument('--rows', type=int, default=20000)
    parser.add_argument('--teams', type=int, default=25)
    return parser.parse_args()


def main():
    chosen = options()
    made = subprocess.run(shlex.split(chosen.bench) + ['--rows', str(chosen.rows), '--figures',
                                                       'none'],
                          stdout=subprocess.PIPE, text=True, check=True).stdout.split()[-1]
    failed = checks = 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'settled.db')
        shutil.copy(made, path)
        db = connect(os.path.abspath(chosen.extension), path)
        db.execute('SELECT settle()').fetchall()
        teams = [row[0] for row in db.execute('SELECT team_id FROM team ORDER BY team_id')]
        catalogue = catalogue_of(db)
        for team_id in teams[::max(1, len(teams) // chosen.teams)]:
            team = OfTeam(db, team_id, catalogue)
            lines = team.all()
            checks += team.checks
            failed += bool(lines)
            print('\n'.join(lines[:5]), end='\n' if lines else '')
        db.close()
    print(f'{checks - failed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
