"""Four processes write with autosettle on while two read. A writer whose transaction finds the file
busy rolls back and tries again, as the guide of clients says. Afterwards every acknowledged row is
there once, and the ledger is that of one settle() on the same facts. ROWS rows a writer (1000)."""

import multiprocessing
import os
import random
import sqlite3
import unittest

from cases import WithWorld, entries, errors, one, rows
from support import connect

ROWS = int(os.environ.get("ROWS", "1000"))
WRITERS, READERS = 4, 2
BALANCE = "purchased_ever + moved = used_ever + lapsed_ever + available"


def again(db, work, *values):
    """The documented pattern: a transaction that could not have the file is rolled back and
    repeated."""
    while True:
        try:
            db.execute("BEGIN IMMEDIATE")
            work(db, *values)
            db.execute("COMMIT")
            return
        except sqlite3.OperationalError as error:
            if db.in_transaction:
                db.execute("ROLLBACK")
            if "locked" not in str(error) and "busy" not in str(error):
                raise


def facts_of(writer, number, rng):
    """One transaction: mostly a usage, often late, sometimes a purchase, a change or a deletion."""
    at = "2025-%02d-%02d %02d:00:%02d" % (rng.randint(2, 6), rng.randint(1, 28), rng.randint(0, 23),
                                          number % 60)
    source = "w%d-%d" % (writer, number)

    def work(db):
        db.execute("INSERT INTO usage(client_id, api, sku, quantity, occurred_at, source_id)"
                   " VALUES (?, 'model-derivative', ?, ?, ?, ?)",
                   ("cd"[number % 2], rng.choice(("rvt", "dwg")), 1, at, source))
        if number % 50 == 7:
            db.execute("INSERT INTO token_lot(team_id, kind, tokens, purchased_at, source_id)"
                       " VALUES (?, ?, ?, ?, ?)", ("tu"[number % 2], "flex_token", 5, at, source))
        if number % 20 == 3:
            db.execute("UPDATE usage SET quantity = 2 WHERE source_id = ?", (source,))
    return work


def write(path, writer, told):
    rng = random.Random(writer)
    db = connect(path, timeout=30)
    db.execute("PRAGMA synchronous = OFF")
    for number in range(ROWS):
        again(db, facts_of(writer, number, rng))
    db.close()
    told.put(("writer", writer, ROWS))


def read(path, reader, done, told):
    """Each statement sees one state of the file: sums agree to the unit."""
    db = connect(path, timeout=30)
    count = 0
    while not done.is_set() or count < 20:
        for sql in ("SELECT count(*) FROM wallet_balance WHERE at = '2025-07-01 00:00:00'"
                    " AND NOT (%s)" % BALANCE,
                    "SELECT count(*) FROM usage_status WHERE status IN ('pending', 'unrated')",
                    "SELECT sum(units(tokens)) <> sum(units(charged)) + sum(units(uncharged))"
                    " FROM usage_daily"):
            if one(db, sql):
                told.put(("reader", reader, "wrong: " + sql))
                return
        count += 1
    db.close()
    told.put(("reader", reader, count))


class Processes(WithWorld):
    autosettle = True

    def test_four_write_and_two_read(self):
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.close()
        context = multiprocessing.get_context("fork" if "fork"
                                              in multiprocessing.get_all_start_methods() else None)
        told, done = context.Queue(), context.Event()
        writers = [context.Process(target=write, args=(self.path, i, told)) for i in range(WRITERS)]
        readers = [context.Process(target=read, args=(self.path, i, done, told))
                   for i in range(READERS)]
        for process in writers + readers:
            process.start()
        for process in writers:
            process.join()
        done.set()
        for process in readers:
            process.join()
        self.assertEqual([p.exitcode for p in writers + readers], [0] * (WRITERS + READERS))
        answers = [told.get() for _ in writers + readers]
        self.assertEqual([a for a in answers if isinstance(a[2], str)], [])
        db = self.open(self.path)
        wanted = {"w%d-%d" % (writer, number) for writer in range(WRITERS)
                  for number in range(ROWS)}
        self.assertEqual({s for (s,) in rows(db, "SELECT source_id FROM usage"
                                             " WHERE source_id IS NOT NULL")}, wanted)
        self.assertEqual(one(db, "SELECT count(*) FROM usage WHERE source_id IS NOT NULL"),
                         len(wanted))
        self.assertEqual(errors(db), [])
        stored = entries(db)
        rows(db, "SELECT billing_rebuild()")
        self.assertEqual(entries(db), stored)
        self.assertEqual(rows(db, "PRAGMA integrity_check"), [("ok",)])


if __name__ == "__main__":
    unittest.main()
