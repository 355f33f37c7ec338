"""settlement_preview writes nothing: seen from a second connection, when it fails, when it is
stopped."""

import os
import shutil
import sqlite3
import unittest

from support import ONE_MORE, WithDatabase, connect, load

LATE_LOT = ("INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at)"
            " VALUES (9, 'T2', 'flex_token', 10, '2025-05-20 00:00:00')")
CHANGED = "UPDATE usage SET quantity = 1001 WHERE usage_id = 4"
PREVIEW = ("SELECT change, team_id, usage_id, lot_id, charged_at, entry, tokens"
           " FROM settlement_preview")


def contents(db):
    """Every table that is stored, row by row."""
    names = [row[0] for row in db.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'")]
    return {name: db.execute('SELECT * FROM "%s"' % name).fetchall() for name in names}


class Preview(WithDatabase):
    def pending(self):
        db = self.open()
        for statement in (LATE_LOT, CHANGED, ONE_MORE):
            db.execute(statement)
        return db

    def test_tells_what_settle_does_and_changes_nothing(self):
        db = self.pending()
        before = contents(db)
        told = db.execute(PREVIEW).fetchall()
        self.assertEqual(told, [
            ("+", "T1", 6, 1, "2025-05-05 00:00:00", "charge", 0.5),
            ("-", "T2", 4, 2, "2025-05-03 12:30:00.250", "charge", 1500.0),
            ("+", "T2", 4, 2, "2025-05-03 12:30:00.250", "charge", 500.5)])
        self.assertEqual(contents(db), before)
        self.assertFalse(db.in_transaction)
        self.assertEqual(db.execute(PREVIEW + "('T1')").fetchall(), told[:1])
        self.assertEqual(db.execute(PREVIEW + " WHERE team_id = 'T2'").fetchall(), told[1:])
        db.execute("SELECT settle()")
        self.assertEqual(db.execute(PREVIEW).fetchall(), [])

    def test_second_connection_sees_no_change(self):
        for mode in ("delete", "wal"):
            with self.subTest(mode):
                db, other = self.open(), self.open()
                db.execute("PRAGMA journal_mode = " + mode)
                db.execute("INSERT INTO usage(client_id, api, sku, occurred_at)"
                           " VALUES ('app1', 'model-derivative', 'rvt', '2025-05-06 00:00:00')")
                before = contents(other)
                version = other.execute("PRAGMA data_version").fetchone()
                with open(self.path, "rb") as file:
                    bytes_before = file.read()
                self.assertEqual(len(db.execute(PREVIEW).fetchall()), 1)
                self.assertEqual(contents(other), before)
                self.assertEqual(other.execute("PRAGMA data_version").fetchone(), version)
                with open(self.path, "rb") as file:
                    self.assertEqual(file.read(), bytes_before)
                db.execute("SELECT settle()")

    def test_inside_a_transaction_it_keeps_what_was_done(self):
        db = self.open()
        db.execute("BEGIN")
        db.execute(ONE_MORE)
        row_id = db.execute("SELECT last_insert_rowid()").fetchone()
        before = contents(db)
        self.assertEqual(len(db.execute(PREVIEW).fetchall()), 1)
        self.assertTrue(db.in_transaction)
        self.assertEqual(contents(db), before)
        self.assertEqual(db.execute("SELECT last_insert_rowid()").fetchone(), row_id)
        db.execute("SAVEPOINT mine")
        db.execute(LATE_LOT)
        self.assertEqual(len(db.execute(PREVIEW).fetchall()), 2)
        db.execute("ROLLBACK TO mine")
        self.assertEqual(len(db.execute(PREVIEW).fetchall()), 1)
        db.execute("COMMIT")
        self.assertEqual(contents(self.open()), before)

    def test_beside_other_reading_statements(self):
        db = self.pending()
        wallets = db.execute("SELECT e.lot_id, e.units FROM ledger_entry e ORDER BY 1")
        first = wallets.fetchone()
        self.assertEqual(len(db.execute(PREVIEW).fetchall()), 3)
        self.assertEqual([first] + wallets.fetchall(), [(1, 5400000), (1, 7200000),
                                                        (2, 5400000000)])
        joined = db.execute("SELECT t.team_id, count(p.change) FROM team t"
                            " LEFT JOIN settlement_preview(t.team_id) p GROUP BY 1 ORDER BY 1")
        self.assertEqual(joined.fetchall(), [("T1", 1), ("T2", 2), ("T3", 0)])
        twice = db.execute("SELECT count(*) FROM settlement_preview a, settlement_preview b")
        self.assertEqual(twice.fetchone(), (9,))
        # One that is left half read holds nothing back.
        half = db.execute(PREVIEW)
        half.fetchone()
        db.execute("SELECT settle()")
        self.assertEqual(len(half.fetchall()), 2)

    def test_refused_where_it_could_not_be_undone(self):
        db = self.pending()
        before = contents(db)
        db.execute("CREATE TEMP TABLE kept(change, usage_id)")
        for statement in ("INSERT INTO kept SELECT change, usage_id FROM settlement_preview",
                          "CREATE TABLE copied AS SELECT * FROM settlement_preview"):
            with self.assertRaisesRegex(sqlite3.OperationalError,
                                        "settlement_preview: called inside a statement that "
                                        "writes"):
                db.execute(statement)
        db.execute("CREATE TABLE door(x)")
        db.execute("CREATE TRIGGER door_opens AFTER INSERT ON door BEGIN"
                   " SELECT count(*) FROM settlement_preview; END")
        with self.assertRaisesRegex(sqlite3.OperationalError, "inside a statement that writes"):
            db.execute("INSERT INTO door VALUES (1)")
        db.execute("DROP TABLE door")
        self.assertEqual(contents(db), before)

    def test_read_only(self):
        self.pending().close()
        reader = sqlite3.connect("file:%s?mode=ro" % self.path, uri=True, isolation_level=None)
        self.addCleanup(reader.close)
        load(reader)
        with self.assertRaisesRegex(sqlite3.OperationalError,
                                    "settlement_preview: the database is read-only"):
            reader.execute(PREVIEW).fetchall()
        writer = self.open()
        writer.execute("PRAGMA query_only = 1")
        with self.assertRaisesRegex(sqlite3.OperationalError, "the database is read-only"):
            writer.execute(PREVIEW).fetchall()
        self.assertFalse(writer.in_transaction)
        writer.execute("PRAGMA query_only = 0")
        writer.execute("SELECT settle()")
        # Nothing to settle: nothing to write.
        self.assertEqual(reader.execute(PREVIEW).fetchall(), [])

    def test_busy(self):
        db = self.pending()
        other = self.open()
        db.execute("PRAGMA busy_timeout = 0")
        other.execute("BEGIN IMMEDIATE")
        with self.assertRaisesRegex(sqlite3.OperationalError, "locked"):
            db.execute(PREVIEW).fetchall()
        self.assertFalse(db.in_transaction)
        other.execute("ROLLBACK")
        self.assertEqual(len(db.execute(PREVIEW).fetchall()), 3)

    def test_a_settle_that_fails(self):
        db = self.open()
        db.execute("UPDATE rate_card SET tokens = 1000000000000, per = 0.000001"
                   " WHERE api = 'model-derivative' AND sku = 'complex'")
        before = contents(db)
        with self.assertRaisesRegex(sqlite3.DatabaseError, "does not fit"):
            db.execute(PREVIEW).fetchall()
        self.assertFalse(db.in_transaction)
        self.assertEqual(contents(db), before)

    def test_interrupted_at_any_moment(self):
        for inside in (False, True):
            stopped = 0
            for after in range(1, 400, 7):
                with self.subTest(inside=inside, after=after):
                    stopped += self.interrupt(after, inside)
            self.assertGreater(stopped, 10)

    def interrupt(self, after, inside):
        """Interrupts after so many calls of the progress handler; 1 when that stopped it."""
        path = os.path.join(self.folder, "again.db")
        shutil.copyfile(self.path, path)
        db = connect(path)
        self.addCleanup(db.close)
        db.execute(LATE_LOT)
        db.execute(CHANGED)
        before = contents(db)
        if inside:
            db.execute("BEGIN")
            db.execute(ONE_MORE)
        in_transaction = contents(db)
        calls = [0]

        def count():
            calls[0] += 1
            return calls[0] >= after

        stopped = 0
        db.set_progress_handler(count, 20)
        try:
            db.execute(PREVIEW).fetchall()
        except sqlite3.OperationalError as error:
            self.assertRegex(str(error), "interrupted")
            stopped = 1
        db.set_progress_handler(None, 0)
        # An interrupted write rolls the whole transaction back, as SQLite has it.
        self.assertEqual(contents(db), in_transaction if db.in_transaction else before
                         if inside else in_transaction)
        if not inside:
            self.assertFalse(db.in_transaction)
        db.close()
        return stopped


if __name__ == "__main__":
    unittest.main()
