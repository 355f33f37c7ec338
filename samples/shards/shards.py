#!/usr/bin/env python3
"""Billing files by team: splits one file into shards, joins them, and keeps them one to those who
read.

  shards.py plan FILE MAP N             writes the map of FILE for N shards: teams that lots tie
                                        stay together
  shards.py split FILE MAP              makes the shards that the map names; FILE is only read
  shards.py join MAP FILE               makes one new file of all shards
  shards.py settle MAP [JOBS]           delivers, settles side by side, and puts right what late
                                        facts changed
  shards.py check MAP                   what is wrong, one line a problem; status 1 if there is any
  shards.py transfer MAP LOT TEAM AT ID a lot (its source_id) to a team of another shard; ID makes
                                        it happen once
  shards.py share MAP SQL [ID]          one statement on facts that all shards share, in each of
                                        them, once; who asks again with the same ID changes nothing
  shards.py deliver MAP                 completes or takes back what a killed process left under way
  shards.py export MAP AT FILE          ledger, usage and balances of all with text keys, as plain
                                        SQLite
  shards.py csv MAP AT FOLDER           the same as CSV, for parquet.mjs

The extension is build/billing, or the environment's BILLING_EXTENSION.
"""

import os
import sqlite3
import subprocess
import sys

import check
import messages
import split_join
import union
from shard_map import MAP, ShardError, ShardMap, connect, in_transaction

EXTENSION = os.environ.get('BILLING_EXTENSION', 'build/billing')


# ---- a map for a file ----


def tied_teams(db):
    """Sets of teams that one lot has belonged to: each has to be in one shard."""
    root = {team: team for (team,) in db.execute('SELECT team_id FROM team')}

    def find(team):
        while root[team] != team:
            team = root[team]
        return team
    for home, mover in db.execute('SELECT l.team_id, m.team_id FROM lot_move m'
                                  ' JOIN token_lot l USING (lot_id)'):
        root[find(home)] = find(mover)
    sets = {}
    for team in sorted(root):
        sets.setdefault(find(team), []).append(team)
    return list(sets.values())


def plan(path, map_path, count):
    """The largest set goes to the shard that has the least usage so far."""
    if os.path.exists(map_path):
        raise ShardError(f'plan: there is a file already, {map_path!r}, name a new one')
    if count < 1:
        raise ShardError(f'plan: not a number of shards, {count}, give 1 or more')
    source = connect(path, EXTENSION, '?mode=ro')
    size = dict(source.execute('SELECT team_id, count(*) FROM usage_status GROUP BY team_id'))
    sets = sorted(tied_teams(source), key=lambda teams: (-sum(size.get(team, 0) for team in teams),
                                                         teams))
    loads = [0] * count
    db = sqlite3.connect(map_path, isolation_level=None)
    db.executescript(MAP)
    for teams in sets:
        shard = loads.index(min(loads))
        loads[shard] += sum(size.get(team, 0) for team in teams) + 1
        db.executemany('INSERT INTO shard VALUES (?, ?)',
                       [(team, f'shard-{shard + 1}.db') for team in teams])
    db.close()
    source.close()


# ---- settling ----


def settle_one(shards, file):
    db = shards.open(file)
    in_transaction(db, lambda db: db.execute('INSERT INTO settlement(team_id) VALUES (NULL)'))
    db.close()


def settle_side_by_side(shards, jobs):
    """A process a shard, `jobs` at a time: one writer a file is all that SQLite asks."""
    waiting, running, failed = list(shards.files), [], []
    while waiting or running:
        while waiting and len(running) < jobs:
            command = [sys.executable, os.path.abspath(__file__), 'settle-one', shards.path,
                       waiting[0]]
            running.append((waiting.pop(0), subprocess.Popen(command)))
        file, process = running.pop(0)
        if process.wait() != 0:
            failed.append(file)
    if failed:
        raise ShardError(f"settle: not all shards are settled, {', '.join(failed)} failed, settle "
                         f"again")


def settle(shards, jobs):
    missing = shards.missing()
    if missing:
        raise ShardError(f'shard.file: no such file, {missing[0]!r}, put it back or correct the '
                         f'map')
    while True:
        deliver(shards)
        settle_side_by_side(shards, jobs)
        files = shards.open_all()
        changed = sum(in_transaction(db, messages.route, shards) for db in files.values())
        changed += sum(in_transaction(db, messages.correct) for db in files.values())
        refused = messages.deliver(files)
        if refused:
            raise ShardError(f'settle: another shard refuses what it was sent, {refused[0][0]!r}: '
                             f'{refused[0][1]}')
        if not changed:
            return


# ---- facts that all shards share ----


def apply_change(db, number, sql):
    if not db.execute('SELECT 1 FROM shard_applied WHERE number = ?', (number,)).fetchone():
        db.execute(sql)
        db.execute('INSERT INTO shard_applied VALUES (?)', (number,))


def try_change(db, sql):
    """Refused in one shard, it is made in none."""
    db.execute('BEGIN IMMEDIATE')
    try:
        db.execute(sql)
    finally:
        if db.in_transaction:
            db.execute('ROLLBACK')


def share(shards, sql, id=None):
    files = shards.open_all()
    known = shards.db.execute('SELECT sql FROM shared_change WHERE id = ?', (id,)).fetchone()
    if known and known[0] != sql:
        raise ShardError(f'shared_change.id: it names another statement, {id!r}, choose a new one')
    if not known:
        for db in files.values():
            try_change(db, sql)
        shards.db.execute('INSERT INTO shared_change(sql, id) VALUES (?, ?)', (sql, id))
    deliver(shards)


def place_new_teams(shards, files):
    """Teams that the map has got since and no shard holds."""
    held = {team for db in files.values() for (team,
            ) in db.execute('SELECT team_id FROM shard_team')}
    for team in sorted(set(shards.file_of) - held):
        files[shards.file_of[team]].execute('INSERT INTO shard_team VALUES (?)', (team,))


def deliver(shards):
    files = shards.open_all()
    for number, sql in shards.db.execute('SELECT number, sql FROM shared_change'
                                         ' ORDER BY number').fetchall():
        for db in files.values():
            in_transaction(db, apply_change, number, sql)
    place_new_teams(shards, files)
    return messages.deliver(files)


def transfer(shards, lot, team, at, id):
    files = shards.open_all()
    messages.transfer_out(shards, files, id, lot, team, at)
    for refused, why in messages.deliver(files):
        raise ShardError(f'transfer: the other shard refuses it, {refused!r}: {why}; it is taken '
                         f'back')


# ---- the command ----


def show_problems(shards):
    found = check.problems(shards)
    for row in found:
        print(' | '.join(row))
    return 1 if found else 0


def run(command, arguments):
    if command == 'plan':
        return plan(arguments[0], arguments[1], int(arguments[2]))
    place = 1 if command == 'split' else 0
    shards = ShardMap(arguments.pop(place), EXTENSION)
    commands = {
        'split': lambda file: split_join.split(file, shards),
        'join': lambda file: split_join.join(shards, file),
        'settle': lambda jobs='2': settle(shards, int(jobs)),
        'settle-one': lambda file: settle_one(shards, file),
        'check': lambda: show_problems(shards),
        'transfer': lambda *words: transfer(shards, *words),
        'share': lambda *words: share(shards, *words),
        'deliver': lambda: deliver(shards) and None,
        'export': lambda at, file: union.export_sqlite(shards.open_all('ro'), at, file),
        'csv': lambda at, folder: union.export_csv(shards.open_all('ro'), at, folder),
    }
    return commands[command](*arguments)


def main():
    try:
        return run(sys.argv[1], sys.argv[2:]) or 0
    except (IndexError, KeyError, TypeError):
        sys.exit(__doc__)
    except (ShardError, sqlite3.Error) as error:
        sys.exit(str(error))


if __name__ == '__main__':
    sys.exit(main())
