"""The shard map: which file holds which team. A map is an SQLite file with the table shard(team_id,
file).

File names are relative to the map's folder. What every shard has beside the billing tables stands
in TABLES.
"""

import os
import sqlite3
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

from copy_facts import connect  # noqa: E402
from copy_facts import TABLES as FACTS  # noqa: E402

# Facts of a team live where the team lives; all others are equal in every shard.
OWN = ('token_lot', 'lot_move', 'unblock', 'usage', 'budget', 'period_close')
SHARED = tuple(table for table in FACTS if table not in OWN) + ('contact',)

MAP = """
CREATE TABLE IF NOT EXISTS shard(team_id TEXT PRIMARY KEY, file TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS shared_change(number INTEGER PRIMARY KEY, sql TEXT NOT NULL,
  id TEXT UNIQUE);
"""

# shard_team: the teams of this file. shard_outbox: what has left and may not have come in yet.
# shard_inbox: what has come in. shard_sent: lots that went to another file, and with how many
# units. shard_applied: changes of shared facts.
TABLES = """
CREATE TABLE shard_team(team_id TEXT PRIMARY KEY);
CREATE TABLE shard_outbox(id TEXT PRIMARY KEY, file TEXT NOT NULL, kind TEXT NOT NULL,
  payload TEXT NOT NULL);
CREATE TABLE shard_inbox(id TEXT PRIMARY KEY, refused TEXT);
CREATE TABLE shard_sent(id TEXT PRIMARY KEY, lot_id INTEGER NOT NULL UNIQUE, team_id TEXT NOT NULL,
  at TEXT NOT NULL, units INTEGER NOT NULL, version INTEGER NOT NULL, file TEXT NOT NULL,
  payload TEXT NOT NULL);
CREATE TABLE shard_applied(number INTEGER PRIMARY KEY);
"""

# A fact of a team that another file holds is refused. What pays a usage is known when it is
# settled: see `check`.
GUARD = """
CREATE TRIGGER shard_own_{table} BEFORE INSERT ON {table}
WHEN NEW.team_id IS NOT NULL AND NEW.team_id NOT IN (SELECT team_id FROM shard_team)
BEGIN
  SELECT RAISE(ABORT, '{table}.team_id: another shard holds the team, insert the row there');
END;
"""
GUARDED = ('token_lot', 'lot_move', 'unblock', 'budget', 'period_close')


class ShardError(Exception):
    """name: what is wrong, value, remedy"""


class ShardMap:
    def __init__(self, path, extension='build/billing'):
        if not os.path.exists(path):
            raise ShardError(f'map: no such file, {path!r}, make one with the table shard(team_id, '
                             f'file)')
        self.path, self.extension = path, extension
        self.db = sqlite3.connect(path, isolation_level=None)
        try:
            self.db.executescript(MAP)
            rows = self.db.execute('SELECT team_id, file FROM shard ORDER BY team_id').fetchall()
        except sqlite3.Error as error:
            raise ShardError(f'map: {error}, {path!r}, make the table shard(team_id, '
                             f'file)') from error
        self.file_of = {}
        for team, file in rows:
            if self.file_of.setdefault(team, file) != file:
                raise ShardError(f'shard.team_id: two shards hold it, {team!r}, leave one row of '
                                 f'the map')
        self.files = sorted(set(self.file_of.values()))
        if not self.files:
            raise ShardError(f'map: it names no shard, {path!r}, insert a row for each team')

    def close(self):
        self.db.close()

    def place(self, file):
        return os.path.join(os.path.dirname(os.path.abspath(self.path)), file)

    def teams_of(self, file):
        return [team for team, held in self.file_of.items() if held == file]

    def missing(self):
        return [file for file in self.files if not os.path.exists(self.place(file))]

    def open(self, file, mode='rw'):
        if not os.path.exists(self.place(file)):
            raise ShardError(f'shard.file: no such file, {file!r}, put it back or correct the map')
        try:
            db = connect(self.place(file), self.extension, '?mode=' + mode)
            db.execute('PRAGMA busy_timeout = 10000')
            db.execute('SELECT 1 FROM shard_team').fetchone()
            return db
        except sqlite3.DatabaseError as error:
            raise ShardError(f'shard.file: not a shard, {error}, {file!r}, put the shard back or '
                             f'correct the map') from error

    def open_all(self, mode='rw'):
        return {file: self.open(file, mode) for file in self.files}


def in_transaction(db, work, *arguments):
    """All of `work` or nothing. IMMEDIATE: a second writer waits here, not half-way."""
    try:
        db.execute('BEGIN IMMEDIATE')
        result = work(db, *arguments)
        db.execute('COMMIT')
        return result
    except sqlite3.IntegrityError:
        raise
    except sqlite3.DatabaseError as error:  # a full disk, a lock: which file it is says nobody else
        name = os.path.basename(db.execute('PRAGMA database_list').fetchone()[2])
        raise ShardError(f'shard.file: {error}, {name!r}, put that right and run it '
                         f'again') from error
    finally:
        if db.in_transaction:
            db.execute('ROLLBACK')


def columns_of(db, table):
    return [row[1] for row in db.execute(f'PRAGMA table_info({table})')]
