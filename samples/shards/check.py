"""What is wrong across shards, beside what billing_check says of each."""

import collections

from messages import foreign_usage
from shard_map import SHARED, ShardError, columns_of

REMEDY = {
    'team_twice': 'two shards hold it: move what one of them has, and delete the row of its '
    'shard_team',
    'team_elsewhere': 'the map names another file: correct the map or the shard_team of this file',
    'team_missing': 'the map says it is here: run deliver',
    'team_unmapped': 'no shard takes its lots: insert its row into the map, then run deliver',
}


def shared_rows(db, table):
    names = sorted(columns_of(db, table))
    return collections.Counter(db.execute(f"SELECT {', '.join(names)} FROM {table}").fetchall())


def check_teams(shards, files):
    held = collections.defaultdict(list)
    for file, db in files.items():
        for (team,) in db.execute('SELECT team_id FROM shard_team'):
            held[team].append(file)
    for team, places in sorted(held.items()):
        if len(places) > 1:
            yield places[1], 'team_twice', team, f'also in {places[0]}, ' + REMEDY['team_twice']
        elif places[0] != shards.file_of.get(team):
            yield places[0], 'team_elsewhere', team, REMEDY['team_elsewhere']
    for (team,) in next(iter(files.values())).execute('SELECT team_id FROM team ORDER BY team_id'):
        if team not in shards.file_of:
            yield 'map', 'team_unmapped', team, REMEDY['team_unmapped']
    for team, file in shards.file_of.items():
        if file in files and team not in held:
            yield file, 'team_missing', team, REMEDY['team_missing']


def check_shared(shards, files):
    """Equal in all, to the row."""
    first, *others = files
    for table in SHARED:
        expected = shared_rows(files[first], table)
        for file in others:
            found = shared_rows(files[file], table)
            if found != expected:
                row = min((found - expected) + (expected - found), key=repr)
                says = f'not as in {first}, the first row that differs is {row}'
                yield file, 'shared_facts', table, says
    last = shards.db.execute('SELECT coalesce(max(number), 0) FROM shared_change').fetchone()[0]
    for file, db in files.items():
        if db.execute('SELECT max(number) FROM shard_applied').fetchone()[0] != last:
            yield file, 'shared_change', str(last), 'it has not come to this shard, run deliver'


def check_keys(files):
    for table in ('usage', 'token_lot'):
        seen = {}
        for file, db in files.items():
            for (key,) in db.execute(f'SELECT source_id FROM {table} WHERE source_id IS NOT NULL'):
                if key in seen:
                    says = f'{table} of {seen[key]} too, delete one of the rows'
                    yield file, 'source_id_twice', key, says
                seen[key] = file


def check_messages(files):
    for file, db in files.items():
        for id, target in db.execute('SELECT id, file FROM shard_outbox'):
            yield file, 'under_way', id, f'it has not come in at {target}, run deliver'
        for id, units, target in db.execute('SELECT id, units, file FROM shard_sent'):
            lot = target in files and files[target].execute(
                'SELECT units(tokens) FROM token_lot WHERE source_id = ?', (id,)).fetchone()
            waits = db.execute("SELECT 1 FROM shard_outbox"
                               " WHERE substr(id, 1, length(?1) + 1) = ?1 || '/'", (id,)).fetchone()
            if not waits and (lot[0] if lot else 0) != units:
                came = lot[0] if lot else 0
                yield file, 'transfer', id, f'{units} units left and {came} are at {target}'


def problems(shards):
    """Rows (file, rule, subject, detail); none: all is well. Every shard that is there is looked
    at."""
    files, found = {}, []
    for file in shards.files:
        try:
            files[file] = shards.open(file, 'ro')
        except ShardError as error:
            rule = 'shard_missing' if file in shards.missing() else 'no_shard'
            found.append((file, rule, file, str(error)))
    if files:
        found += check_teams(shards, files)
        found += check_shared(shards, files)
        found += check_keys(files)
        found += check_messages(files)
    for file, db in files.items():
        found += [(file, 'foreign_usage', str(usage),
                   f'{team} pays it, which another shard holds, run settle')
                  for usage, team in foreign_usage(db)]
        found += [(file, rule, str(subject), detail) for rule, subject, detail in db.execute(
            "SELECT rule, subject, detail FROM billing_check WHERE severity = 'error'")]
        db.close()
    return found
