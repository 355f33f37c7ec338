"""One view over all shards: ledger, usage and balances with text keys, as plain SQLite or as CSV.

`usage_id` and `lot_id` are numbers of one file and collide; `source_id` is the loader's own key and
does not. A row without it gets file:number.
"""

import contextlib
import os
import sqlite3

from shard_map import ShardError

# table: (columns with types, query; :file is the shard, own(team_id) what it holds, :at the instant
# of the balances)
VIEWS = {
    'ledger': (
        'team_id TEXT, usage_key TEXT, lot_key TEXT, client_id TEXT, api TEXT, sku TEXT, '
        'occurred_at TIMESTAMP, charged_at TIMESTAMP, entry TEXT, units INTEGER',
        "SELECT l.team_id, coalesce(u.source_id, :file || ':' || u.usage_id),"
        " coalesce(t.source_id, :file || ':' || t.lot_id), l.client_id, l.api, l.sku, "
        "l.occurred_at, l.charged_at,"
        ' l.entry, l.units FROM ledger l JOIN usage u USING (usage_id)'
        ' JOIN token_lot t USING (lot_id)'),
    'usage': (
        'usage_key TEXT, team_id TEXT, client_id TEXT, api TEXT, sku TEXT, quantity DOUBLE, '
        'occurred_at TIMESTAMP,'
        ' units INTEGER, charged_units INTEGER, uncharged_units INTEGER, status TEXT, user_id '
        'TEXT, label TEXT',
        "SELECT coalesce(u.source_id, :file || ':' || u.usage_id), s.team_id, s.client_id, s.api, "
        "s.sku, s.quantity,"
        ' s.occurred_at, units(s.tokens), units(s.charged), units(s.uncharged), s.status, '
        'u.user_id, u.label FROM usage_status s JOIN usage u USING (usage_id) WHERE s.at = :at'),
    'balance': (
        'team_id TEXT, as_of TIMESTAMP, balance_units INTEGER, available_units INTEGER, '
        'uncharged_units INTEGER,'
        ' purchased_units INTEGER, used_units INTEGER, lapsed_units INTEGER, access TEXT',
        'SELECT team_id, at, units(balance), units(available), units(uncharged), '
        'units(purchased_ever),'
        ' units(used_ever), units(lapsed_ever), access FROM wallet_balance WHERE at = :at'
        ' AND team_id IN (SELECT team_id FROM shard_team)'),
}
KEYS = {'usage': 'usage_key', 'balance': 'team_id'}


def of_single(query):
    """For a file that is no shard: all of its teams are its own."""
    return query.replace(' AND team_id IN (SELECT team_id FROM shard_team)', '')


def rows_of(files, table, at):
    for file, db in files.items():
        query = VIEWS[table][1]
        if not db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'shard_team'").fetchone():
            query = of_single(query)
        names = {'file': file, 'at': at}
        yield from db.execute(query, {name: value for name, value in names.items()
                                      if ':' + name in query})


@contextlib.contextmanager
def one_commit(files):
    """All tables of a file are read as one commit left them, whoever writes meanwhile."""
    for db in files.values():
        db.execute('BEGIN')
    try:
        yield
    finally:
        for db in files.values():
            db.execute('ROLLBACK')


def same_key(error):
    return ShardError(f'export: two shards have the same key, {error}, run check')


def export_sqlite(files, at, path):
    """A new plain file. A key that two shards have is refused."""
    if os.path.exists(path):
        raise ShardError(f'export: there is a file already, {path!r}, name a new one')
    plain = sqlite3.connect(path, isolation_level=None)
    try:
        plain.execute('BEGIN')
        with one_commit(files):
            for table in VIEWS:
                put_table(plain, files, table, at)
        plain.execute('COMMIT')
    except BaseException as error:
        plain.close()
        os.remove(path)
        if isinstance(error, sqlite3.IntegrityError):
            raise same_key(error) from error
        raise
    plain.close()


def put_table(plain, files, table, at):
    columns = VIEWS[table][0]
    key = f', PRIMARY KEY ({KEYS[table]})' if table in KEYS else ''
    plain.execute(f'CREATE TABLE "{table}"({columns}{key})')
    marks = ', '.join('?' * (columns.count(',') + 1))
    plain.executemany(f'INSERT INTO "{table}" VALUES ({marks})', rows_of(files, table, at))


def distinct(table, rows):
    """The rows, and an error at a key that was there: CSV and Parquet have no keys."""
    place = VIEWS[table][0].split(', ').index(KEYS[table] + ' TEXT') if table in KEYS else None
    seen = set()
    for row in rows:
        if place is not None:
            if row[place] in seen:
                raise same_key(f'{table}.{KEYS[table]} {row[place]!r}')
            seen.add(row[place])
        yield row


def csv_line(row):
    """What is quoted is a value, also an empty text; NULL is what is not."""
    return ','.join('' if value is None else '"%s"' % str(value).replace('"', '""')
                    for value in row) + '\n'


def write_csv(folder, name, rows):
    with open(os.path.join(folder, name + '.csv'), 'w', encoding='utf-8', newline='') as file:
        file.writelines(map(csv_line, rows))


def export_csv(files, at, folder):
    """A file a table, for parquet.mjs, which reads the types from types.csv. That comes last: what
    has none is not whole."""
    os.makedirs(folder, exist_ok=True)
    types = os.path.join(folder, 'types.csv')
    if os.path.exists(types):
        os.remove(types)
    with one_commit(files):
        for table in VIEWS:
            write_csv(folder, table, distinct(table, rows_of(files, table, at)))
    write_csv(folder, 'types', ((table, columns.replace(' INTEGER', ' BIGINT')
                                 .replace(' TEXT', ' VARCHAR'))
                                for table, (columns, _) in VIEWS.items()))
