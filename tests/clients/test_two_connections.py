"""Two connections write in turn with autosettle on, and roll back: what a connection remembers must
never outlive the facts. The ledger that results is that of one settle() on the same facts."""

import os
import random
import sqlite3
import tempfile
import unittest

from support import EXTENSION

TABLES = ("account", "team", "app", "app_team", "api", "rate_card", "token_lot", "usage")
# With what each entry leaves its lot with: what is stored of that depends on what came late.
LEDGER = ("SELECT usage_id, lot_id, units, charged_at, sum(units) OVER (PARTITION BY lot_id"
          " ORDER BY charged_ms, lot_used) FROM ledger_entry ORDER BY 1, 2")
USE = "INSERT INTO usage(client_id, api, quantity, occurred_at) VALUES (?, 'x', ?, ?)"


def connect(path):
    db = sqlite3.connect(path, isolation_level=None, timeout=5)
    db.enable_load_extension(True)
    db.load_extension(EXTENSION)
    return db


def instant(step):
    return "2025-01-%02d %02d:%02d:%02d" % (
        1 + step // 86400, step // 3600 % 24, step // 60 % 60, step % 60)


class TwoConnections(unittest.TestCase):
    SEED = 5

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        path = os.path.join(self.folder.name, "two.db")
        self.pair = connect(path), connect(path)
        first = self.pair[0]
        first.execute("PRAGMA journal_mode = WAL")
        first.execute("SELECT billing_install()")
        first.executescript("""
            INSERT INTO account(account_id, name, country) VALUES ('A', 'Acme', 'JP');
            INSERT INTO team VALUES ('T1', 'A', 'One'), ('T2', 'A', 'Two');
            INSERT INTO app VALUES ('c1', 'One', 'A'), ('c2', 'Two', 'A');
            INSERT INTO api VALUES ('x', 'X', 1);
            INSERT INTO rate_card VALUES ('x', '*', '2020-01-01 00:00:00', 1, 1, 'u', 'none', 0);
            SELECT billing_autosettle(1);""")

    def tearDown(self):
        for db in self.pair:
            db.close()
        self.folder.cleanup()

    def step(self, db, rng, at):
        kind = rng.random()
        if kind < 0.8:
            db.execute(USE, (rng.choice(("c1", "c2")), rng.randint(1, 5), at))
        elif kind < 0.83:
            db.execute("INSERT INTO token_lot(team_id, kind, tokens, purchased_at)"
                       " VALUES (?, 'flex_token', ?, ?)",
                       (rng.choice(("T1", "T2")), rng.randint(10, 60), at))
        elif kind < 0.86:
            db.execute("UPDATE rate_card SET tokens = ? WHERE api = 'x'", (rng.randint(1, 3),))
        elif kind < 0.9:
            db.execute("INSERT OR IGNORE INTO app_team VALUES (?, ?, ?)",
                       (rng.choice(("c1", "c2")), rng.choice(("T1", "T2")), at))
        elif kind < 0.95:
            self.change_their_mind(db, rng, at)
        else:
            db.execute("DELETE FROM usage WHERE usage_id = (SELECT max(usage_id) FROM usage)")

    def change_their_mind(self, db, rng, at):
        db.execute("BEGIN")
        db.execute("SAVEPOINT s")
        db.execute("UPDATE rate_card SET tokens = 9 WHERE api = 'x'")
        db.execute(USE, ("c1", 3, at))
        self.assertEqual(
            db.execute("SELECT rate('x', NULL, 1, '2025-01-01 00:00:00')").fetchone()[0], 9)
        db.execute("ROLLBACK TO s")
        db.execute(USE, ("c1", 3, at))
        db.execute(rng.choice(("COMMIT", "ROLLBACK")))

    def same(self, rows, expected):
        """As assertEqual, which takes minutes to say how long lists differ."""
        first = next((pair for pair in zip(rows, expected) if pair[0] != pair[1]), None)
        self.assertIsNone(first)
        self.assertEqual(len(rows), len(expected))

    def settled_at_once(self):
        fresh = connect(":memory:")
        fresh.execute("SELECT billing_install()")
        for table in TABLES:
            for row in self.pair[0].execute(f"SELECT * FROM {table}"):
                marks = ", ".join("?" * len(row))
                fresh.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", row)
        fresh.execute("SELECT settle()")
        rows = fresh.execute(LEDGER).fetchall()
        fresh.close()
        return rows

    def test_the_ledger_is_that_of_one_settle(self):
        rng = random.Random(self.SEED)
        for number in range(1500):
            self.step(rng.choice(self.pair), rng, instant(number * 13))
        rows = self.pair[1].execute(LEDGER).fetchall()
        self.assertGreater(len(rows), 100)
        self.same(rows, self.settled_at_once())
        self.assertEqual(self.pair[0].execute("SELECT settle()").fetchone()[0], 0)
        self.assertEqual(self.pair[0].execute(
            "SELECT * FROM billing_check WHERE severity = 'error'").fetchall(), [])

    def use(self, db, rng, at):
        db.execute(USE, (rng.choice(("c1", "c2")), rng.randint(1, 5), at))

    def test_where_lots_stand_is_forgotten_with_a_restored_copy(self):
        """A copy of an earlier state takes the place of what this very connection has committed."""
        db, copy = self.pair[0], sqlite3.connect(":memory:")
        db.execute("INSERT INTO token_lot(team_id, kind, tokens, purchased_at)"
                   " VALUES ('T1', 'flex_token', 100, '2024-12-01 00:00:00')")
        for second in range(3):
            db.execute(USE, ("c1", 1, instant(second)))
        db.backup(copy)
        for second in range(3, 6):
            db.execute(USE, ("c1", 5, instant(second)))
        copy.backup(db)
        copy.close()
        for second in range(6, 9):
            db.execute(USE, ("c1", 2, instant(second)))
        rows = db.execute(LEDGER).fetchall()
        self.assertEqual([row[4] for row in rows], [3600000 * used for used in (1, 2, 3, 5, 7, 9)])
        self.same(rows, self.settled_at_once())

    def test_where_lots_stand_is_forgotten_with_a_rollback(self):
        """Nothing but usage changes, so that only the rollback itself shows it."""
        rng = random.Random(self.SEED)
        for number in range(40):
            self.pair[0].execute("INSERT INTO token_lot(team_id, kind, tokens, purchased_at)"
                                 " VALUES ('T1', 'flex_token', ?, '2024-12-01 00:00:00')",
                                 (50 + number,))
        for number in range(400):
            db = rng.choice(self.pair)
            self.use(db, rng, instant(number * 100))
            db.execute("BEGIN")
            self.use(db, rng, instant(number * 100 + 1))
            db.execute("SAVEPOINT s")
            for i in range(rng.randint(1, 3)):
                self.use(db, rng, instant(number * 100 + 10 + i))
            if rng.random() < 0.3:
                self.use(db, rng, instant(max(0, number - 3) * 100 + 50))  # late
            if rng.random() < 0.3:
                self.use(db, rng, instant(number * 100 + 20))
            db.execute("ROLLBACK TO s")
            if rng.random() < 0.5:
                self.use(db, rng, instant(number * 100 + 30))
            db.execute(rng.choice(("COMMIT", "ROLLBACK")))
            db.execute("BEGIN")
            self.use(db, rng, instant(number * 100 + 40))
            if rng.random() < 0.3:
                self.use(db, rng, instant(max(0, number - 3) * 100 + 60))  # late
            self.use(db, rng, instant(number * 100 + 50))
            db.execute("COMMIT")
        rows = self.pair[1].execute(LEDGER).fetchall()
        self.assertGreater(len(rows), 800)
        self.same(rows, self.settled_at_once())


if __name__ == "__main__":
    unittest.main()
