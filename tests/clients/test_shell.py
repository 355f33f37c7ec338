"""The sqlite3 shell: trusted_schema ON and OFF, read-only, without the extension, copies."""

import os
import sqlite3
import unittest

from support import (AT, BALANCES, EXTENSION, FACTS, MISSING, ONE_MORE, READING, READING_SOME, ROOT,
                     WithDatabase, balances, columns_of, connect, shell)

SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name"
BALANCE = "SELECT balance FROM wallet_balance('T1', '%s');\n" % AT


@unittest.skipIf(MISSING, MISSING)
class Shell(WithDatabase):
    def fresh(self, name="fresh.db"):
        return os.path.join(self.folder, name)

    def test_loading_writes_nothing(self):
        path = self.fresh()
        out, errors = shell(path, "SELECT count(*) FROM sqlite_schema;\nPRAGMA page_count;\n")
        self.assertEqual((out, errors), ("0\n0\n", ""))

    def test_loading_takes_the_default_entry_point(self):
        out, errors = shell(":memory:", ".load build/billing\nSELECT billing_version();\n",
                            extension=False)
        with open(os.path.join(ROOT, "VERSION")) as version:
            self.assertEqual((out, errors), (version.read().strip() + "\n", ""))

    def test_whole_job(self):
        for trusted in ("ON", "OFF"):
            with self.subTest(trusted_schema=trusted):
                out, errors = shell(
                    self.fresh("job-%s.db" % trusted),
                    "SELECT billing_install() > 0;\n" + FACTS + "SELECT settle() > 0;\n"
                    "SELECT team_id, balance, available, uncharged FROM wallet_balance"
                    " WHERE at = '%s' ORDER BY 1;\n" % AT, trusted=trusted)
                rows = "".join("|".join(map(str, row)) + "\n" for row in BALANCES)
                self.assertEqual((out, errors), ("1\n1\n" + rows, ""))

    def test_every_reading_table(self):
        script = "".join("SELECT count(*) >= 0 FROM %s;\n" % name for name in
                         list(READING) + list(READING_SOME))
        for trusted in ("ON", "OFF"):
            with self.subTest(trusted_schema=trusted):
                out, errors = shell(self.path, script, trusted=trusted)
                self.assertEqual((out, errors), ("1\n" * (len(READING) + len(READING_SOME)), ""))

    def test_views_and_triggers_of_the_user(self):
        """A user's view over a reading table, and a trigger that settles, work in both settings."""
        script = ("CREATE VIEW mine AS SELECT team_id, balance FROM wallet_balance"
                  " WHERE at = '%s';\nCREATE TABLE door(x);\n"
                  "CREATE TRIGGER door_settles AFTER INSERT ON door BEGIN"
                  " INSERT INTO settlement(team_id) VALUES (NULL); END;\n%s;\n"
                  "INSERT INTO door VALUES (1);\n"
                  "SELECT balance FROM mine WHERE team_id = 'T1';\n" % (AT, ONE_MORE))
        for trusted, expected in (("ON", "96.0\n"), ("OFF", "95.5\n")):
            with self.subTest(trusted_schema=trusted):
                if trusted == "OFF":
                    script = script[script.index("INSERT INTO usage"):]
                self.assertEqual(shell(self.path, script, trusted=trusted), (expected, ""))

    def test_autosettle(self):
        for trusted, expected in (("ON", "96.0\n"), ("OFF", "95.5\n")):
            with self.subTest(trusted_schema=trusted):
                _, errors = shell(self.path, "SELECT billing_autosettle(1);\n", trusted=trusted)
                self.assertEqual(errors, "")
                out, errors = shell(self.path, ONE_MORE + ";\n" + BALANCE, trusted=trusted)
                self.assertEqual((out, errors), (expected, ""))

    def test_defensive_and_untrusted(self):
        out, errors = shell(self.fresh(), ".dbconfig defensive on\nSELECT billing_install() > 0;\n"
                            + FACTS + "SELECT settle() > 0;\n" + BALANCE, trusted="OFF")
        self.assertEqual((out.splitlines()[-3:], errors), (["1", "1", "96.5"], ""))

    def test_install_twice_and_from_the_script(self):
        out, errors = shell(self.fresh("a.db"), "SELECT billing_install() = billing_install();\n"
                            "SELECT billing_install() > 0;\n")
        self.assertEqual((out, errors), ("1\n1\n", ""))
        _, errors = shell(self.fresh("b.db"), ".read sql/install.sql\n")
        self.assertEqual(errors, "")
        _, errors = shell(self.fresh("b.db"), ".read sql/install.sql\n")
        self.assertEqual(errors, "")
        a, b = (sqlite3.connect(self.fresh(name)) for name in ("a.db", "b.db"))
        try:
            self.assertEqual(a.execute(SCHEMA).fetchall(), b.execute(SCHEMA).fetchall())
            for table in ("api", "rate_card", "sku_alias", "token_kind", "policy", "country"):
                rows = "SELECT * FROM %s ORDER BY 1, 2" % table
                self.assertEqual(a.execute(rows).fetchall(), b.execute(rows).fetchall(), table)
                self.assertTrue(a.execute(rows).fetchall(), table)
        finally:
            a.close()
            b.close()

    def test_read_only(self):
        before = os.stat(self.path).st_size
        script = "".join("SELECT count(*) >= 0 FROM %s;\n" % name for name in READING) + BALANCE
        out, errors = shell(self.path, script, "-readonly")
        self.assertEqual((out, errors), ("1\n" * len(READING) + "96.5\n", ""))
        for statement in (ONE_MORE, "INSERT INTO settlement(team_id) VALUES (NULL)"):
            _, errors = shell(self.path, statement + ";\n", "-readonly")
            self.assertIn("readonly", errors.replace("-", ""), statement)
        self.assertEqual(os.stat(self.path).st_size, before)

    def test_without_the_extension_facts_and_ledger_are_read(self):
        out, errors = shell(self.path, "SELECT count(*) FROM usage;\nSELECT sum(tokens)"
                            " FROM token_lot;\nSELECT sum(units) FROM ledger_entry;\n"
                            "SELECT usage_id, lot_id, units, charged_at FROM ledger_entry"
                            " WHERE usage_id = 1;\n", extension=False)
        self.assertEqual(errors, "")
        self.assertEqual(out.split("\n")[:3], ["5", "1600.0", str(int(1503.5 * 3600000))])
        self.assertEqual(out.split("\n")[3], "1|1|5400000|2025-05-01 10:00:00")

    def test_without_the_extension_writes_fail_closed(self):
        writes = [
            ONE_MORE,
            "INSERT OR IGNORE INTO usage(client_id, api, quantity, occurred_at)"
            " VALUES ('app1', 'viewer', 1, 'yesterday')",
            "INSERT INTO token_lot(team_id, kind, tokens, purchased_at)"
            " VALUES ('T1', 'flex_token', 1, '2025-05-01 00:00:00')",
            "UPDATE usage SET quantity = 2 WHERE usage_id = 1",
            "INSERT INTO settlement(team_id) VALUES (NULL)",
        ]
        facts = "SELECT * FROM usage; SELECT * FROM token_lot; SELECT * FROM ledger_entry;"
        before, _ = shell(self.path, facts, extension=False)
        for statement in writes:
            _, errors = shell(self.path, statement + ";\n", extension=False)
            self.assertNotEqual(errors, "", statement)
        self.assertEqual(shell(self.path, facts, extension=False)[0], before)

    def test_copies_are_whole(self):
        vacuumed, backed_up = self.fresh("vacuumed.db"), self.fresh("backup.db")
        _, errors = shell(self.path, "VACUUM INTO '%s';\n.backup '%s'\n" % (vacuumed, backed_up))
        self.assertEqual(errors, "")
        for path in (vacuumed, backed_up):
            db = connect(path)
            try:
                self.assertEqual(balances(db), BALANCES)
                self.assertEqual(db.execute("PRAGMA integrity_check").fetchone(), ("ok",))
            finally:
                db.close()

    def test_columns_stand_in_the_order_of_the_contract(self):
        for table in READING:
            out, _ = shell(self.path, ".headers on\nSELECT * FROM %s LIMIT 1;\n" % table)
            header = out.split("\n")[0]
            names = [name for name, _ in columns_of(table)]
            self.assertEqual(header.split("|")[:len(names)], names, table)


if __name__ == "__main__":
    unittest.main()
