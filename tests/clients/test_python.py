"""Python's sqlite3: transactions, savepoints, a second connection, interrupts, clean closing."""

import sqlite3
import threading
import unittest

from support import (AT, BALANCES, FACTS, ONE_MORE, READING, READING_SOME, WithDatabase, balances,
                     columns_of, connect, ledger_entries, load, open_files_of)

ADD_LOT = ("INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at)"
           " VALUES (9, 'T2', 'flex_token', 10, '2025-05-20 00:00:00')")

DECLARED = {"i": ("INTEGER", "BIGINT"), "r": ("REAL",), "d": ("DATE",), "s": ("TIMESTAMP",),
            "t": ("TEXT",)}


class Python(WithDatabase):
    def test_balances(self):
        self.assertEqual(balances(self.open()), BALANCES)

    def test_columns_and_declared_types(self):
        db = self.open()
        for table in READING:
            got = db.execute("SELECT name, type FROM pragma_table_info(?)", (table,)).fetchall()
            expected = columns_of(table)
            self.assertEqual([name for name, _ in got][:len(expected)],
                             [name for name, _ in expected], table)
            for (name, letter), (_, declared) in zip(expected, got):
                self.assertIn(declared.upper(), DECLARED[letter], "%s.%s" % (table, name))
        for table, names in READING_SOME.items():
            cursor = db.execute("SELECT * FROM " + table)
            self.assertLessEqual(set(names), {column[0] for column in cursor.description}, table)

    def test_parameters_as_arguments_and_as_columns(self):
        db = self.open()
        as_function = db.execute("SELECT * FROM wallet_balance(?, ?)", ("T1", AT)).fetchall()
        as_columns = db.execute("SELECT * FROM wallet_balance WHERE team_id = ? AND at = ?",
                                ("T1", AT)).fetchall()
        joined = db.execute("SELECT b.* FROM team t JOIN wallet_balance b USING (team_id)"
                            " WHERE t.name = 'Design' AND b.at = ?", (AT,)).fetchall()
        self.assertEqual(len(as_function), 1)
        self.assertEqual(as_function, as_columns)
        self.assertEqual(as_function, joined)

    def test_settle_counts_and_is_idempotent(self):
        db = self.open()
        db.execute(ONE_MORE)
        self.assertEqual(db.execute("SELECT settle()").fetchone(), (1,))
        self.assertEqual(db.execute("SELECT settle()").fetchone(), (0,))
        self.assertEqual(db.execute("SELECT settle('T1')").fetchone(), (0,))

    def test_rollback(self):
        db = self.open()
        before = ledger_entries(db)
        db.execute("BEGIN")
        db.execute(ADD_LOT)
        db.execute(ONE_MORE)
        db.execute("SELECT settle()").fetchone()
        self.assertNotEqual(ledger_entries(db), before)
        db.execute("ROLLBACK")
        self.assertEqual(ledger_entries(db), before)
        self.assertEqual(balances(db), BALANCES)
        db.execute("SELECT settle()").fetchone()
        self.assertEqual(ledger_entries(db), before)

    def test_savepoints(self):
        db = self.open()
        db.execute("BEGIN")
        db.execute(ONE_MORE)
        db.execute("SELECT settle()").fetchone()
        one_more = ledger_entries(db)
        db.execute("SAVEPOINT inner_one")
        db.execute(ADD_LOT)
        db.execute("SELECT settle()").fetchone()
        self.assertNotEqual(ledger_entries(db), one_more)
        db.execute("ROLLBACK TO inner_one")
        self.assertEqual(ledger_entries(db), one_more)
        db.execute("SELECT settle()").fetchone()
        self.assertEqual(ledger_entries(db), one_more)
        db.execute("RELEASE inner_one")
        db.execute("COMMIT")
        self.assertEqual(ledger_entries(db), one_more)
        self.assertEqual(balances(db)[0], ("T1", 96.0, 96.0, 0.0))

    def test_rates_rolled_back_are_forgotten(self):
        """Whatever is kept in memory about facts must not outlive them."""
        db = self.open()
        rate = ("SELECT rate('model-derivative', 'complex', 1, '2025-05-05 00:00:00')",)
        self.assertEqual(db.execute(*rate).fetchone(), (0.5,))
        db.execute("BEGIN")
        db.execute("UPDATE rate_card SET tokens = 5"
                   " WHERE api = 'model-derivative' AND sku = 'complex'")
        self.assertEqual(db.execute(*rate).fetchone(), (5.0,))
        db.execute("ROLLBACK")
        self.assertEqual(db.execute(*rate).fetchone(), (0.5,))

    def test_implicit_transactions(self):
        """Python's own way: a transaction opens before a write and waits for commit()."""
        db = sqlite3.connect(self.path)
        try:
            load(db)
            db.execute(ONE_MORE)
            db.execute("INSERT INTO settlement(team_id) VALUES (?)", ("T1",))
            self.assertEqual(balances(db)[0][1], 96.0)
            db.rollback()
            self.assertEqual(balances(db)[0][1], 96.5)
            db.execute(ONE_MORE)
            db.execute("INSERT INTO settlement(team_id) VALUES (NULL)")
            db.commit()
        finally:
            db.close()
        self.assertEqual(balances(self.open())[0][1], 96.0)

    def test_second_connection_writes_in_between(self):
        first, second = self.open(), self.open()
        self.assertEqual(balances(first), BALANCES)
        second.execute(ONE_MORE)
        second.execute(ADD_LOT)
        second.execute("UPDATE rate_card SET tokens = 5 WHERE api = 'model-derivative'"
                       " AND sku = 'complex' AND effective_from < '2025-01-01 00:00:00'")
        first.execute("SELECT settle()").fetchone()
        self.assertEqual(balances(first), balances(second))
        # T1: 3 and 1 jobs at 5 and an hour of automation at 2; T2: 3001 jobs at 5 from 1510.
        self.assertEqual([row[1] for row in balances(first)], [78.0, -13495.0, 0.0])

    def test_a_locked_database_is_left_alone(self):
        first, second = self.open(), connect(self.path, timeout=0)
        try:
            first.execute(ONE_MORE)
            before = ledger_entries(first)
            first.execute("BEGIN IMMEDIATE")
            with self.assertRaisesRegex(sqlite3.OperationalError, "locked"):
                second.execute("SELECT settle()").fetchone()
            first.execute("ROLLBACK")
            self.assertEqual(ledger_entries(second), before)
            self.assertEqual(second.execute("SELECT settle()").fetchone(), (1,))
        finally:
            second.close()

    def test_temp_tables_shadow_nothing(self):
        db = self.open()
        for table in ("usage", "token_lot", "ledger_entry", "rate_card", "api", "policy"):
            db.execute("CREATE TEMP TABLE %s(x)" % table)
        db.execute(ONE_MORE.replace("INTO usage", "INTO main.usage"))
        self.assertEqual(db.execute("SELECT settle()").fetchone(), (1,))
        self.assertEqual(balances(db)[0][1], 96.0)

    def test_bad_rows_are_constraint_errors(self):
        db = self.open()
        bad = {
            "INSERT INTO usage(client_id, api, quantity, occurred_at)"
            " VALUES ('app1', 'viewer', 1, '2025-02-30 00:00:00')": "usage.occurred_at",
            "INSERT OR IGNORE INTO usage(client_id, api, quantity, occurred_at)"
            " VALUES ('app1', 'viewer', -1, '2025-02-03 00:00:00')": "usage.quantity",
            "INSERT OR REPLACE INTO token_lot(lot_id, team_id, kind, tokens, purchased_at)"
            " VALUES (1, 'T1', 'flex_token', 'many', '2025-02-03 00:00:00')": "token_lot.tokens",
            "INSERT INTO token_lot(team_id, kind, tokens, purchased_at)"
            " VALUES ('T9', 'flex_token', 1, '2025-02-03 00:00:00')": "token_lot.team_id",
        }
        before = ledger_entries(db)
        for statement, name in bad.items():
            with self.assertRaises(sqlite3.IntegrityError, msg=statement) as caught:
                db.execute(statement)
            self.assertIn(name, str(caught.exception))
        db.execute("SELECT settle()").fetchone()
        self.assertEqual(ledger_entries(db), before)

    def test_settle_inside_a_failing_transaction(self):
        db = self.open()
        before = ledger_entries(db)
        with self.assertRaises(sqlite3.IntegrityError):
            db.execute("BEGIN")
            try:
                db.execute(ONE_MORE)
                db.execute("SELECT settle()").fetchone()
                db.execute("INSERT INTO team(team_id, account_id) VALUES ('T1', 'A1')")
            finally:
                db.execute("ROLLBACK")
        self.assertEqual(ledger_entries(db), before)
        self.assertEqual(balances(db), BALANCES)

    def test_autosettle_without_the_extension_fails_closed(self):
        db = self.open()
        db.execute("SELECT billing_autosettle(1)").fetchone()
        db.close()
        bare = sqlite3.connect(self.path, isolation_level=None)
        try:
            count = bare.execute("SELECT count(*) FROM usage").fetchone()
            with self.assertRaises(sqlite3.Error):
                bare.execute(ONE_MORE)
            self.assertEqual(bare.execute("SELECT count(*) FROM usage").fetchone(), count)
        finally:
            bare.close()

    def test_loading_twice(self):
        db = self.open()
        load(db)
        self.assertEqual(balances(db), BALANCES)
        db.execute(ONE_MORE)
        self.assertEqual(db.execute("SELECT settle()").fetchone(), (1,))

    def test_backup_interface(self):
        copy = sqlite3.connect(self.path + ".copy", isolation_level=None)
        try:
            self.open().backup(copy)
            load(copy)
            self.assertEqual(balances(copy), BALANCES)
        finally:
            copy.close()


class Closing(WithDatabase):
    """sqlite3_close() succeeds at once: nothing that was used keeps the file open."""

    def assert_closed(self):
        self.assertIn(open_files_of(self.path), (0, None))

    def use_everything(self, db):
        for table in list(READING) + list(READING_SOME):
            db.execute("SELECT * FROM " + table).fetchall()
        db.execute(ONE_MORE)
        db.execute("SELECT settle()").fetchone()
        db.execute("SELECT payer('app1', ?), access('T1', ?), can_call('app1', 'viewer', ?)",
                   (AT, AT, AT)).fetchone()

    def test_after_everything(self):
        db = connect(self.path)
        self.use_everything(db)
        self.assertNotEqual(open_files_of(self.path), 0)
        db.close()
        self.assert_closed()

    def test_inside_a_transaction(self):
        db = connect(self.path)
        db.execute("BEGIN")
        self.use_everything(db)
        db.close()
        self.assert_closed()
        self.assertEqual(balances(self.open()), BALANCES)

    def test_after_an_error(self):
        db = connect(self.path)
        self.use_everything(db)
        with self.assertRaises(sqlite3.Error):
            db.execute("SELECT rate('viewer', NULL, 'many', ?)", (AT,)).fetchone()
        db.close()
        self.assert_closed()

    def test_two_connections_in_either_order(self):
        for order in ((0, 1), (1, 0)):
            opened = [connect(self.path), connect(self.path)]
            for db in opened:
                self.use_everything(db)
            for index in order:
                opened[index].close()
            self.assert_closed()

    def test_only_loaded(self):
        connect(self.path).close()
        self.assert_closed()

    def test_many_times(self):
        for _ in range(50):
            db = connect(self.path)
            db.execute("SELECT settle()").fetchone()
            db.close()
        self.assert_closed()


class Interrupting(WithDatabase):
    """Long work stops when it is told to, leaves nothing half done, and can be taken up again."""

    ROWS = 20000

    def setUp(self):
        super().setUp()
        self.db = self.open()
        self.db.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
            " INSERT INTO usage(client_id, api, sku, quantity, occurred_at) SELECT 'app1',"
            " 'model-derivative', 'dwg', 1,"
            " strftime('%Y-%m-%d %H:%M:%S', 1750000000 + i, 'unixepoch')"
            " FROM n", (self.ROWS,))
        self.before = ledger_entries(self.db)

    def settle(self):
        return self.db.execute("SELECT settle()").fetchone()[0]

    def check(self):
        return self.db.execute("SELECT * FROM billing_check").fetchall()

    def settle_until(self, steps, how):
        """Settles, and stops it after that many steps of SQLite; True when it was stopped."""
        return self.stopped(self.settle, steps, how)

    def stopped(self, work, steps, how):
        self.db.set_progress_handler(how, steps)
        try:
            work()
            return False
        except sqlite3.OperationalError as error:
            self.assertEqual(error.sqlite_errorcode, sqlite3.SQLITE_INTERRUPT, error)
            self.assertIn("interrupt", str(error))
            return True
        finally:
            self.db.set_progress_handler(None, 0)

    def assert_nothing_happened(self):
        self.assertFalse(self.db.in_transaction)
        self.assertEqual(ledger_entries(self.db), self.before)
        self.assertEqual(balances(self.db), BALANCES)

    def stop_everywhere(self, how):
        stopped = 0
        steps = 1
        while self.settle_until(steps, how):
            self.assert_nothing_happened()
            stopped += 1
            steps = steps * 3 // 2 + 1
        self.assertGreater(stopped, 10)
        self.check_settled()

    def test_by_interrupt(self):
        """As Ctrl-C does it: sqlite3_interrupt() while a statement runs."""
        def interrupt():
            self.db.interrupt()
            return 0
        self.stop_everywhere(interrupt)

    def test_check(self):
        """A check of all reads everything; it ends at any moment, and says why it is not whole."""
        self.settle()
        found, stopped, steps = self.check(), 0, 1
        while self.stopped(self.check, steps, self.db.interrupt):
            stopped += 1
            steps = steps * 2 + 1
        self.assertGreater(stopped, 15)
        self.assertEqual(self.check(), found)

    def test_by_progress_handler(self):
        self.stop_everywhere(lambda: 1)

    def test_inside_a_transaction(self):
        """SQLite may end the whole transaction then; the ledger is as before it either way."""
        def interrupt():
            self.db.interrupt()
            return 0
        for steps in (50, 500, 5000, 50000):
            self.db.execute("BEGIN")
            self.db.execute(ONE_MORE)
            self.assertTrue(self.settle_until(steps, interrupt))
            if self.db.in_transaction:
                self.assertEqual(ledger_entries(self.db), self.before)
                self.db.execute("ROLLBACK")
            self.assert_nothing_happened()
        self.settle()
        self.check_settled()

    def test_install(self):
        """An interrupted install leaves no schema behind, and the next one works."""
        db = connect(":memory:")
        self.addCleanup(db.close)
        for moment in (1, 10, 100, 300):
            calls = []

            def interrupt():
                calls.append(1)
                if len(calls) == moment:
                    db.interrupt()
                return 0
            db.set_progress_handler(interrupt, 10)
            with self.assertRaises(sqlite3.OperationalError):
                db.execute("SELECT billing_install()").fetchone()
            db.set_progress_handler(None, 0)
            self.assertFalse(db.in_transaction)
            self.assertEqual(db.execute("SELECT count(*) FROM sqlite_schema").fetchone(), (0,))
        db.execute("SELECT billing_install()").fetchone()
        db.executescript(FACTS)
        db.execute("SELECT settle()").fetchone()
        self.assertEqual(balances(db), BALANCES)

    def test_from_another_thread(self):
        timer = threading.Timer(0.005, self.db.interrupt)
        timer.start()
        try:
            self.settle()  # it may be faster than the timer
        except sqlite3.OperationalError as error:
            self.assertEqual(error.sqlite_errorcode, sqlite3.SQLITE_INTERRUPT, error)
            self.assert_nothing_happened()
            self.settle()
        finally:
            timer.cancel()
            timer.join()
        self.check_settled()

    def check_settled(self):
        charged = self.db.execute("SELECT count(*) FROM usage_status('T1', '2026-01-01 00:00:00')"
                                  " WHERE status IN ('charged', 'uncharged', 'partial')").fetchone()
        self.assertEqual(charged, (self.ROWS + 2,))
        total = self.db.execute("SELECT sum(units) FROM ledger_entry WHERE lot_id = 1").fetchone()
        self.assertEqual(total, (100 * 3600000,))
        self.assertEqual(self.settle(), 0)


if __name__ == "__main__":
    unittest.main()
