"""One file into shards and shards into one file, exact both ways: the ledgers are compared row by
row.

Keys stay as they are when a file is split: `usage_id` and `lot_id` decide between rows of one
instant. Shards number new rows on their own, so a join moves the keys of a shard up as a whole
where they are taken; the order inside a shard, which is all that matters, stays.
"""

import heapq
import os
import sqlite3

from copy_facts import Table
from shard_map import FACTS, GUARD, GUARDED, OWN, SHARED, TABLES, ShardError, columns_of, connect

ORDER = {'period_close': ' ORDER BY closed_until'}  # the last close of a team holds it
LEDGER = ('SELECT lot_id, charged_ms,'
          ' sum(units) OVER (PARTITION BY lot_id ORDER BY charged_ms, lot_used), usage_id, units'
          ' FROM ledger_entry'
          ' ORDER BY lot_id, charged_ms, lot_used')
KEY = {'token_lot': 'lot_id', 'lot_move': 'lot_id', 'usage': 'usage_id', 'budget': 'budget_id'}


def fresh(path, extension):
    db = connect(path, extension, '?mode=rwc')
    db.execute('PRAGMA synchronous = OFF')
    db.execute('SELECT billing_install()').fetchall()
    return db


def put(source, target, table, where='', values=(), shift=0):
    """Own rows of a team's facts; `shift` is added to the key."""
    columns = columns_of(source, table)
    read = ', '.join(f'{name} + {shift}' if name == KEY.get(table) else name for name in columns)
    rows = source.execute(f'SELECT {read} FROM {table} {where}{ORDER.get(table, "")}', values)
    target.executemany(f"INSERT INTO {table}({', '.join(columns)})"
                       f" VALUES ({', '.join('?' * len(columns))})", rows)


def put_shared(source, target):
    """The catalogue that the installation brought may differ from that of the source."""
    tables = {name: Table(source, target, name) for name in FACTS + ['contact'] if name in SHARED}
    for table in reversed(list(tables.values())):
        table.delete_others()
    for table in tables.values():
        table.load()
    tables['token_kind'].delete_other_keys()


def put_settings(source, target):
    target.executemany('INSERT INTO billing_setting(name, value) VALUES (?, ?)',
                       source.execute('SELECT name, value FROM billing_setting').fetchall())


# ---- one into many ----


def place_rows(source, shards):
    """Temporary tables of the source: in which file each team, lot and usage goes."""
    for table in ('team(team_id TEXT', 'lot(lot_id INTEGER', 'usage(usage_id INTEGER'):
        source.execute(f'CREATE TEMP TABLE place_{table} PRIMARY KEY, file TEXT)')
    source.executemany('INSERT INTO place_team VALUES (?, ?)', shards.file_of.items())
    source.execute('INSERT INTO place_lot SELECT lot_id, file FROM token_lot'
                   ' JOIN place_team USING (team_id)')
    source.execute('INSERT INTO place_usage SELECT u.usage_id, coalesce(p.file, ?)'
                   ' FROM usage_status u'
                   ' LEFT JOIN place_team p USING (team_id)', (shards.files[0],))


def refuse_split(source, shards):
    teams = {team for (team,) in source.execute('SELECT team_id FROM team')}
    for team in sorted(teams - set(shards.file_of)):
        raise ShardError(f'shard.team_id: the map does not name it, {team!r}, insert its row')
    for team in sorted(set(shards.file_of) - teams):
        raise ShardError(f'shard.team_id: the file has no such team, {team!r}, delete its row')
    if source.execute("SELECT 1 FROM settlement UNION ALL SELECT 1 FROM usage_status"
                      " WHERE status = 'pending'"
                      ' LIMIT 1').fetchone():
        raise ShardError('split: facts wait to be settled, INSERT INTO settlement(team_id)'
                         ' VALUES (NULL) first')
    for (budget,) in source.execute('SELECT budget_id FROM budget WHERE team_id IS NULL'):
        raise ShardError(f'budget.team_id: a budget of all teams would count each shard alone, '
                         f'{budget},'
                         ' give it a team')
    for lot, home, mover in source.execute(
            'SELECT m.lot_id, l.team_id, m.team_id FROM lot_move m'
            ' JOIN token_lot l USING (lot_id)'):
        if shards.file_of[home] != shards.file_of[mover]:
            raise ShardError(f'shard.file: lot {lot} ties two teams, {home!r} and {mover!r}, put '
                             f'both into one shard')


def make_tables(target, shards, file):
    """What a shard has beside the billing tables."""
    for statement in TABLES.split(';'):
        target.execute(statement)
    target.executemany('INSERT INTO shard_team VALUES (?)',
                       [(team,) for team in shards.teams_of(file)])
    target.execute('INSERT INTO shard_applied VALUES (?)',
                   shards.db.execute('SELECT coalesce(max(number), 0)'
                                     ' FROM shared_change').fetchone())
    for table in GUARDED:
        target.execute(GUARD.format(table=table))


def fill_shard(source, path, shards, file):
    target = fresh(path, shards.extension)
    try:
        target.execute('BEGIN')
        make_tables(target, shards, file)
        put_shared(source, target)
        by_team = 'WHERE team_id IN (SELECT team_id FROM place_team WHERE file = ?)'
        put(source, target, 'token_lot', by_team, (file,))
        put(source, target, 'lot_move', 'WHERE lot_id IN (SELECT lot_id FROM place_lot'
            ' WHERE file = ?)', (file,))
        put(source, target, 'unblock', by_team, (file,))
        put(source, target, 'usage', 'WHERE usage_id IN (SELECT usage_id FROM place_usage'
            ' WHERE file = ?)', (file,))
        put(source, target, 'budget', by_team, (file,))
        put(source, target, 'period_close', by_team, (file,))
        target.execute('COMMIT')
        target.execute('INSERT INTO settlement(team_id) VALUES (NULL)')
        put_settings(source, target)
    finally:
        target.close()


def split(source_path, shards):
    """Makes the files that the map names. The source is only read."""
    for file in shards.files:
        if os.path.exists(shards.place(file)):
            raise ShardError(f'shard.file: there is a file already, {file!r}, remove it or name '
                             f'another')
    source = connect(source_path, shards.extension, '?mode=ro')
    made = {file: shards.place(file) + '.new' for file in shards.files}
    try:
        source.execute('BEGIN')
        refuse_split(source, shards)
        place_rows(source, shards)
        for file, path in made.items():
            if os.path.exists(path):
                os.remove(path)  # of a split that was killed
            fill_shard(source, path, shards, file)
        compare_ledgers(source, [(connect(path, shards.extension, '?mode=ro'), 0, 0)
                                 for path in made.values()])
        source.execute('COMMIT')
    except BaseException:
        for path in made.values():
            if os.path.exists(path):
                os.remove(path)
        raise
    finally:
        source.close()
    for file, path in made.items():
        os.rename(path, shards.place(file))


# ---- the ledgers ----


def entries(db, lot_shift, usage_shift):
    for lot, at, used, usage, units in db.execute(LEDGER):
        yield lot + lot_shift, at, used, usage + usage_shift, units


def compare_ledgers(whole, parts):
    """Row by row; parts are (connection, what was added to lot_id, to usage_id)."""
    theirs = heapq.merge(*(entries(*part) for part in parts))
    ours = entries(whole, 0, 0)
    for number in range(2 ** 62):
        mine, other = next(ours, None), next(theirs, None)
        if mine != other:
            raise ShardError(f'ledger: it differs from row {number} on, {mine} and {other}, '
                             f're-open the closes that later'
                             ' facts lie before, for what a close holds stands in no fact')
        if mine is None:
            break
    for db, _, _ in parts:
        db.close()


# ---- many into one ----


def highest(db, table):
    return db.execute(f'SELECT coalesce(max({KEY[table]}), 0) FROM {table}').fetchone()[0]


def shift_of(target, db, table):
    """0 while no key of this shard is taken, else what lifts all of them over those that are."""
    key = KEY[table]
    taken = {row[0] for row in target.execute(f'SELECT {key} FROM {table}')}
    if not taken or not any(row[0] in taken for row in db.execute(f'SELECT {key} FROM {table}')):
        return 0
    lowest = db.execute(f'SELECT min({key}) FROM {table}').fetchone()[0]
    return highest(target, table) - lowest + 1


def join(shards, target_path):
    """All shards into a new file. Refused while `check` finds anything wrong."""
    from check import problems
    if os.path.exists(target_path):
        raise ShardError(f'join: there is a file already, {target_path!r}, name a new one')
    for file, rule, subject, detail in problems(shards):
        raise ShardError(f'join: {rule} in {file}, {subject}: {detail}, run check and mend it '
                         f'first')
    parts, lifted, new = shards.open_all('ro'), {}, target_path + '.new'
    if os.path.exists(new):
        os.remove(new)
    target = fresh(new, shards.extension)
    try:
        target.execute('BEGIN')
        put_shared(next(iter(parts.values())), target)
        for table in OWN:
            for file, db in parts.items():
                if table in KEY and table != 'lot_move':
                    lifted[file, table] = shift_of(target, db, table)
                shift = lifted.get((file, 'token_lot' if table == 'lot_move' else table), 0)
                put(db, target, table, shift=shift)
        target.execute('COMMIT')
        target.execute('INSERT INTO settlement(team_id) VALUES (NULL)')
        compare_ledgers(target, [(db, lifted[file, 'token_lot'], lifted[file, 'usage']) for file,
                                 db in parts.items()])
        put_settings(shards.open(shards.files[0], 'ro'), target)
        target.close()
    except BaseException as error:
        target.close()
        os.remove(new)
        if isinstance(error, sqlite3.Error):
            raise ShardError(f'join: {error}') from error
        raise
    os.rename(new, target_path)
