"""billing_export writes every reading table as a plain one, all of them or none, for clients
without the extension."""

import os
import sqlite3
import unittest

from support import READING, WithDatabase

NOW = {"at", "settled_until"}  # columns that the clock goes on in


class Export(WithDatabase):
    def setUp(self):
        super().setUp()
        self.plain = self.path + ".plain"

    def attached(self, path=None):
        db = self.open()
        db.execute("ATTACH ? AS plain", (path or self.plain,))
        return db

    def dump(self):
        db = sqlite3.connect(self.plain)
        try:
            return list(db.iterdump())
        finally:
            db.close()

    def test_rows_and_types_are_those_of_the_reading_tables(self):
        db = self.attached()
        count = db.execute("SELECT billing_export('plain')").fetchone()[0]
        plain = sqlite3.connect(self.plain)  # without the extension
        names = {row[0] for row in plain.execute("SELECT name FROM sqlite_schema"
                                                 " WHERE type = 'table'")}
        self.assertEqual(len(names - {"_billing_export"}), count)
        self.assertTrue(names >= set(READING) | {"team", "usage_series", "month_statement"})
        for name in sorted(names - {"_billing_export"}):
            with self.subTest(name):
                columns = plain.execute("SELECT name, type FROM pragma_table_info(?)", (name,
                                        )).fetchall()
                self.assertEqual(columns, [(column, kind.replace("BIGINT", "INTEGER")) for column,
                                           kind in
                                           db.execute("SELECT name, type"
                                                      " FROM pragma_table_info(?, 'main')",
                                                      (name,))])
                kept = ", ".join('"%s"' % column for column, _ in columns if column not in NOW)
                query = "SELECT %s FROM %s"
                if name != "balance_series" and name != "lot_series":  # their last row is of now
                    self.assertEqual(sorted(map(repr, plain.execute(query % (kept, name)))),
                                     sorted(map(repr, db.execute(query % (kept, "main." + name)))))
        self.assertEqual(plain.execute("PRAGMA foreign_key_check").fetchall(), [])
        self.assertEqual(plain.execute("SELECT typeof(events) FROM usage_daily LIMIT 1").fetchone(),
                         ("integer",))
        plain.close()

    def test_empty_tables_are_there(self):
        db = self.attached()
        db.execute("DELETE FROM budget")
        db.execute("SELECT billing_export('plain')")
        self.assertEqual(db.execute("SELECT count(*) FROM plain.budget_status").fetchone(), (0,))

    def test_again_puts_new_rows_in_place_of_the_old(self):
        db = self.attached()
        for keys in ("OFF", "ON"):
            db.execute("PRAGMA foreign_keys = " + keys)
            db.execute("SELECT billing_export('plain')")
        db.execute("INSERT INTO team(team_id, account_id) VALUES ('T4', 'A2')")
        db.execute("SELECT settle()")
        db.execute("SELECT billing_export('plain')")
        self.assertEqual(db.execute("SELECT count(*) FROM plain.wallet_balance").fetchone(), (4,))

    def test_a_table_of_somebody_else_is_refused_and_nothing_changes(self):
        db = self.attached()
        for made, undone in (("CREATE TABLE plain.Wallet_Balance(mine)",
                              "DROP TABLE plain.wallet_balance"),
                             ("CREATE VIEW plain.ledger AS SELECT 1", "DROP VIEW plain.ledger")):
            db.execute(made)
            before = self.dump()
            with self.assertRaisesRegex(sqlite3.Error,
                                        "billing_export: no export wrote that table, 'plain"):
                db.execute("SELECT billing_export('plain')")
            self.assertEqual(self.dump(), before)
            db.execute(undone)

    def test_a_table_that_was_changed_since_is_refused(self):
        db = self.attached()
        db.execute("SELECT billing_export('plain')")
        db.execute("ALTER TABLE plain.team ADD COLUMN mine")
        before = self.dump()
        with self.assertRaisesRegex(sqlite3.Error, "no export wrote"):
            db.execute("SELECT billing_export('plain')")
        self.assertEqual(self.dump(), before)

    def test_a_full_file_leaves_nothing(self):
        db = self.attached()
        db.execute("PRAGMA plain.max_page_count = 12")
        with self.assertRaisesRegex(sqlite3.Error, "billing_export"):
            db.execute("SELECT billing_export('plain')")
        self.assertEqual(db.execute("SELECT count(*) FROM plain.sqlite_schema").fetchone(), (0,))

    def test_interrupted_at_any_moment_it_leaves_nothing(self):
        for steps in range(200, 20000, 900):
            db = self.attached()
            calls = []
            db.set_progress_handler(lambda: calls.append(1) or len(calls) > steps // 100, 100)
            try:
                db.execute("SELECT billing_export('plain')").fetchall()
            except sqlite3.OperationalError as error:
                self.assertIn("interrupt", str(error))
                db.set_progress_handler(None, 0)
                self.assertEqual(db.execute("SELECT count(*) FROM plain.sqlite_schema").fetchone(),
                                 (0,))
            db.close()
            if os.path.exists(self.plain):
                os.remove(self.plain)

    def test_a_rollback_takes_it_back(self):
        db = self.attached()
        db.execute("BEGIN")
        db.execute("SELECT billing_export('plain')")
        db.execute("ROLLBACK")
        self.assertEqual(db.execute("SELECT count(*) FROM plain.sqlite_schema").fetchone(), (0,))

    def test_what_is_not_attached_is_refused(self):
        db = self.attached()
        for name in ("main", "MAIN", "temp", "nowhere", None, 1):
            with self.assertRaisesRegex(sqlite3.Error,
                                        "billing_export: not the name of an attached file"):
                db.execute("SELECT billing_export(?)", (name,)).fetchall()

    def test_usage_that_waits_is_exported_as_its_preview(self):
        db = self.attached()
        db.execute("INSERT INTO usage(client_id, api, sku, quantity, occurred_at)"
                   " SELECT client_id, 'model-derivative', 'rvt', 3, '2025-07-02 00:00:00'"
                   " FROM app_team LIMIT 1")
        preview = db.execute("SELECT * FROM settlement_preview").fetchall()
        self.assertGreater(len(preview), 0)
        for begin, end in ((None, None), ("BEGIN", "COMMIT"), ("SAVEPOINT mine", "RELEASE mine")):
            if begin:
                db.execute(begin)
            db.execute("SELECT billing_export('plain')").fetchall()
            if end:
                db.execute(end)
            exported = db.execute("SELECT * FROM plain.settlement_preview").fetchall()
            self.assertEqual(exported, preview)
        self.assertEqual(db.execute("SELECT sum(pending) FROM wallet_balance").fetchone(), (1,))

    def test_a_name_with_quotes(self):
        db = self.open()
        db.execute("ATTACH ? AS \"pl'a\"\"in\"", (self.plain,))
        db.execute("SELECT billing_export(?)", ("pl'a\"in",))
        self.assertGreater(len(self.dump()), 30)


if __name__ == "__main__":
    unittest.main()
