"""What goes from one shard to another, each message once: a lot that changes team, or a usage whose
app did.

A message leaves in one transaction of its file: the row is taken out, the message stands in
shard_outbox. It comes in in one transaction of the other file: the row is inserted, its id stands
in shard_inbox. Whoever is killed in between leaves a message that deliver() takes up again; one
that came in already is known by its id. A message that the other file refuses is taken back. So
nothing is lost, and nothing is there twice.
"""

import json
import sqlite3
import uuid

from shard_map import ShardError, columns_of, in_transaction

LOT = """
  SELECT t.lot_id, b.kind, b.team_id, b.expires_at, b.state, units(b.remaining) AS units,
    t.voided_at
  FROM token_lot t JOIN lot_balance b ON b.lot_id = t.lot_id WHERE b.at = ?2 AND t.source_id = ?1"""


# ---- out ----


def lot_out(db, shards, file, id, source_id, team, at):
    """The lot ends at `at`; what remained of it leaves."""
    db.execute('INSERT INTO settlement(team_id) VALUES (NULL)')
    row = db.execute(LOT, (source_id, at)).fetchone()
    lot, kind, holder, expires, state, units, voided = row
    if state != 'open' or voided:
        raise ShardError(f'transfer: the lot has nothing to move at {at}, {source_id!r} is'
                         f" {'void' if voided else state}, choose a time at which it is open")
    if db.execute('SELECT 1 FROM lot_move WHERE lot_id = ? AND moved_at >= utc(?)',
                  (lot, at)).fetchone():
        raise ShardError(f'transfer: the lot moves later on, {source_id!r}, delete that move first')
    payload = json.dumps({'team_id': team, 'kind': kind, 'at': at, 'expires_at': expires,
                          'from': holder})
    db.execute('UPDATE token_lot SET voided_at = utc(?) WHERE lot_id = ?', (at, lot))
    db.execute('INSERT INTO shard_sent VALUES (?, ?, ?, utc(?), ?, 1, ?, ?)',
               (id, lot, holder, at, units, file, payload))
    send(db, f'{id}/1', file, 'lot', dict(json.loads(payload), id=id, units=units))
    db.execute('INSERT INTO settlement(team_id) VALUES (NULL)')


def send(db, id, file, kind, payload):
    db.execute('INSERT INTO shard_outbox VALUES (?, ?, ?, ?)',
               (id, file, kind, json.dumps(payload)))


def find_lot(files, source_id):
    for file, db in files.items():
        if db.execute('SELECT 1 FROM token_lot WHERE source_id = ?', (source_id,)).fetchone():
            return file
    raise ShardError(f'transfer: no shard has the lot, {source_id!r}, give the source_id of a lot')


def is_known(db, id, source_id, team, at):
    """Was this transfer asked for before? An id that another one has is an error."""
    sent = db.execute('SELECT t.source_id, s.payload, s.at, utc(?2) FROM shard_sent s'
                      ' JOIN token_lot t USING (lot_id) WHERE s.id = ?1', (id, at)).fetchone()
    if sent and (sent[0], json.loads(sent[1])['team_id'], sent[2]) != (source_id, team, sent[3]):
        raise ShardError(f'transfer: the id names another transfer, {id!r}, choose a new one')
    return sent is not None


def transfer_out(shards, files, id, source_id, team, at):
    """The first step. Asked again with an id that is known, it does nothing."""
    if team not in shards.file_of:
        raise ShardError(f'transfer: the map does not name the team, {team!r}, insert its row')
    if any(is_known(db, id, source_id, team, at) for db in files.values()):
        return
    source = find_lot(files, source_id)
    if shards.file_of[team] == source:
        raise ShardError(f'transfer: one shard holds both teams, {team!r}, insert a row into '
                         f'lot_move')
    in_transaction(files[source], lot_out, shards, shards.file_of[team], id, source_id, team, at)


# ---- in ----


def lot_in(db, lot, is_first):
    """The lot has `units` from now on, whatever it had. Only a correction may find it here."""
    here = db.execute('SELECT 1 FROM token_lot WHERE source_id = ?', (lot['id'],)).fetchone()
    if here and is_first:
        raise sqlite3.IntegrityError('token_lot.source_id: another lot has the id of the transfer, '
                                     f"{lot['id']!r}, choose a new one")
    if lot['units'] == 0:
        db.execute('DELETE FROM token_lot WHERE source_id = ?', (lot['id'],))
    elif here:
        db.execute('UPDATE token_lot SET tokens = tokens(?) WHERE source_id = ?',
                   (lot['units'], lot['id']))
    else:
        db.execute('INSERT INTO token_lot(team_id, kind, tokens, purchased_at, expires_at, '
                   'source_id, note) VALUES (?, ?, tokens(?), ?, ?, ?, ?)',
                   (lot['team_id'], lot['kind'], lot['units'], lot['at'], lot['expires_at'],
                    lot['id'], 'from ' + lot['from']))


def usage_in(db, row, is_first=True):
    """A client that has lost the answer inserts a row again, after the first has come in here."""
    names = ', '.join(row)
    here = db.execute(f'SELECT {names} FROM usage WHERE source_id = ?',
                      (row['source_id'],)).fetchone()
    if here == tuple(row.values()):
        return
    if here:
        raise sqlite3.IntegrityError('usage.source_id: another usage has it there, '
                                     f"{row['source_id']!r}, delete one of them")
    db.execute(f"INSERT INTO usage({names}) VALUES ({', '.join('?' * len(row))})",
               list(row.values()))


COMING_IN = {'lot': lot_in, 'usage': usage_in}


def receive(db, id, kind, payload):
    if not db.execute('SELECT 1 FROM shard_inbox WHERE id = ?', (id,)).fetchone():
        COMING_IN[kind](db, payload, id.endswith('/1'))
        db.execute('INSERT INTO shard_inbox(id) VALUES (?)', (id,))
        db.execute('INSERT INTO settlement(team_id) VALUES (NULL)')


def refuse(db, id, error):
    db.execute('INSERT OR REPLACE INTO shard_inbox(id, refused) VALUES (?, ?)', (id, str(error)))


def take_back(db, id, kind, payload):
    """The other file has refused it: all is as before it left. Two who deliver at the same time may
    both come here."""
    if db.execute('DELETE FROM shard_outbox WHERE id = ?', (id,)).rowcount == 0:
        return
    if kind == 'lot' and id.endswith('/1'):
        db.execute('UPDATE token_lot SET voided_at = NULL'
                   ' WHERE lot_id = (SELECT lot_id FROM shard_sent WHERE id = ?)', (payload['id'],))
        db.execute('DELETE FROM shard_sent WHERE id = ?', (payload['id'],))
    elif kind == 'lot':
        # correct() tries again
        db.execute('UPDATE shard_sent SET units = -1 WHERE id = ?', (payload['id'],))
    elif kind == 'usage':
        usage_in(db, payload)
    db.execute('INSERT INTO settlement(team_id) VALUES (NULL)')


def done(db, id):
    db.execute('DELETE FROM shard_outbox WHERE id = ?', (id,))


def deliver(files):
    """Everything that is under way. Returns [(id, why it was refused)]."""
    refused = []
    for db in files.values():
        for id, file, kind, text in db.execute('SELECT * FROM shard_outbox'
                                               ' ORDER BY rowid').fetchall():
            payload = json.loads(text)
            if file not in files:
                raise ShardError(f'shard_outbox.file: no such shard, {file!r}, put it back into '
                                 f'the map')
            try:
                in_transaction(files[file], receive, id, kind, payload)
            except sqlite3.IntegrityError as error:
                in_transaction(files[file], refuse, id, error)  # once refused, never taken later
            why = files[file].execute('SELECT refused FROM shard_inbox WHERE id = ?', (id,
                                      )).fetchone()[0]
            if why:
                refused.append((id, why))
                in_transaction(db, take_back, id, kind, payload)
            else:
                in_transaction(db, done, id)
    return refused


# ---- what later facts change ----


def correct(db):
    """Late usage changed what remained of a lot when it left: the other file hears of it. Returns
    how many did."""
    count = 0
    for id, lot, team, at, units, version, file, payload in db.execute(
            'SELECT * FROM ' 'shard_sent').fetchall():
        now = db.execute('SELECT units(lapsed) FROM lot_balance WHERE team_id = ? AND at = ?'
                         ' AND lot_id = ?', (team, at, lot)).fetchone()
        if now is None or now[0] == units:
            continue
        db.execute('UPDATE shard_sent SET units = ?, version = version + 1 WHERE id = ?',
                   (now[0], id))
        send(db, f'{id}/{version + 1}', file, 'lot', dict(json.loads(payload), id=id, units=now[0]))
        count += 1
    return count


def foreign_usage(db):
    """Usage that a team of another file pays. Unassigned usage stays where it is."""
    return db.execute('SELECT usage_id, team_id FROM usage_status WHERE team_id IS NOT NULL'
                      ' AND team_id NOT IN (SELECT team_id FROM shard_team)').fetchall()


def route(db, shards):
    """Usage goes where its payer is: an app may have changed team, or found one."""
    columns = [name for name in columns_of(db, 'usage') if name != 'usage_id']
    rows = foreign_usage(db)
    for usage, team in rows:
        row = db.execute(f"SELECT {', '.join(columns)} FROM usage WHERE usage_id = ?", (usage,
                         )).fetchone()
        db.execute('DELETE FROM usage WHERE usage_id = ?', (usage,))
        send(db, uuid.uuid4().hex, shards.file_of[team], 'usage', dict(zip(columns, row)))
    return len(rows)
