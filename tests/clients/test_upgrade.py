"""An older schema is upgraded in place; a newer one is refused. Fixtures:
tests/fixtures/schema-N.db, made by schema-N.sql with the extension of that time."""

import os
import shutil
import sqlite3
import tempfile
import unittest

from support import EXTENSION, ROOT

FIXTURES = os.path.join(ROOT, "tests", "fixtures")


def connect(path):
    db = sqlite3.connect(path, isolation_level=None)
    db.enable_load_extension(True)
    db.load_extension(EXTENSION)
    return db


def shape(db):
    """Every object, and the columns of every table; comments in the SQL do not count."""
    names = db.execute(
        "SELECT type, name FROM sqlite_schema WHERE name <> 'my_own'"
        " ORDER BY type, name").fetchall()
    columns = {name: db.execute("SELECT * FROM pragma_table_xinfo(?)", (name,)).fetchall()
               for kind, name in names if kind == "table"}
    return names, columns


def bodies(db):
    return dict(db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"))


class Upgrade:
    """For each earlier schema; `pending` usage rows are left to settle in its fixture."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "old.db")
        shutil.copy(os.path.join(FIXTURES, "schema-%d.db" % self.old), self.path)
        self.db = connect(self.path)
        self.fresh = connect(os.path.join(self.folder.name, "new.db"))
        self.version = self.fresh.execute("SELECT billing_install()").fetchone()[0]

    def tearDown(self):
        self.db.close()
        self.fresh.close()
        self.folder.cleanup()

    def test_an_old_schema_says_what_to_do(self):
        for sql in ("SELECT settle('design')",
                    "SELECT rate('viewer', NULL, 1, '2025-01-01 00:00:00')",
                    "SELECT * FROM wallet_balance"):
            with self.assertRaisesRegex(
                    sqlite3.Error, "schema version %d, .*run SELECT billing_install" % self.old):
                self.db.execute(sql).fetchall()

    def test_it_ends_as_a_new_install_does(self):
        before = self.db.execute("SELECT * FROM ledger_entry").fetchall()
        if self.autosettled:
            self.fresh.execute("SELECT billing_autosettle(1)").fetchall()
        self.assertEqual(self.db.execute("SELECT billing_install()").fetchone()[0], self.version)
        self.assertEqual(shape(self.db), shape(self.fresh))
        own = bodies(self.db)
        self.assertIn("my_own", own)
        del own["my_own"]
        self.assertEqual(own, bodies(self.fresh))
        self.assertEqual(self.db.execute("SELECT * FROM ledger_entry").fetchall(), before)
        self.assertEqual(self.db.execute("SELECT settle()").fetchone()[0], self.pending)
        self.assertEqual(
            self.db.execute("SELECT * FROM billing_check WHERE severity = 'error'").fetchall(), [])
        self.assertEqual(self.db.execute("SELECT billing_install()").fetchone()[0], self.version)

    def test_a_failure_leaves_it_as_it_was(self):
        before = shape(self.db), bodies(self.db)
        self.db.execute("DROP TRIGGER my_own")
        self.db.executescript(self.breaks)
        broken = shape(self.db), bodies(self.db)
        with self.assertRaises(sqlite3.Error):
            self.db.execute("SELECT billing_install()").fetchall()
        self.assertEqual((shape(self.db), bodies(self.db)), broken)
        self.assertNotEqual(before, broken)

    def test_a_newer_schema_is_refused(self):
        self.fresh.execute("UPDATE _billing_meta SET value = 999 WHERE name = 'schema_version'")
        with self.assertRaisesRegex(sqlite3.Error, "newer schema, version 999"):
            self.fresh.execute("SELECT billing_install()").fetchall()
        with self.assertRaisesRegex(sqlite3.Error,
                                    "schema version 999, .*load a billing extension"):
            self.fresh.execute("SELECT settle('nobody')").fetchall()


class UpgradeFrom4(Upgrade, unittest.TestCase):
    """A period is closed in it, and autosettle is on."""
    old, pending, autosettled, breaks = 4, 0, True, "DROP TABLE settled_lot"

    def test_autosettle_stays_on(self):
        self.db.execute("SELECT billing_install()").fetchall()
        entries = "SELECT count(*) FROM ledger_entry"
        before = self.db.execute(entries).fetchone()[0]
        self.db.execute("INSERT INTO usage(client_id, api, sku, occurred_at)"
                        " VALUES ('viewer', 'model-derivative', 'rvt', '2025-08-01 00:00:00')")
        self.assertEqual(self.db.execute(entries).fetchone()[0], before + 1)

    def test_a_close_keeps_what_it_reads(self):
        self.db.execute("SELECT billing_install()").fetchall()
        read = ("SELECT * FROM explain_charge WHERE usage_id IN"
                " (SELECT usage_id FROM usage_status('design', '2025-06-14 00:00:00'))",
                "SELECT * FROM wallet_balance('design', '2025-06-14 00:00:00')",
                "SELECT * FROM billing_alert('design', '2025-06-14 00:00:00')")
        before = [self.db.execute(sql).fetchall() for sql in read]
        self.assertIn("closed period", [row[2] for row in before[0]])
        self.db.execute("UPDATE rate_card SET tokens = 9"
                        " WHERE api IN ('model-derivative', 'design-automation')")
        self.db.execute("UPDATE account SET trial_started_at = '2025-06-01 00:00:00'")
        self.db.execute("SELECT settle()").fetchall()
        self.assertEqual([self.db.execute(sql).fetchall() for sql in read], before)

    def test_the_checks_are_those_of_today(self):
        self.db.execute("SELECT billing_install()").fetchall()
        with self.assertRaisesRegex(sqlite3.IntegrityError,
                                    "team.team_id: still used by token_lot"):
            self.db.execute("DELETE FROM team")
        with self.assertRaisesRegex(sqlite3.IntegrityError, "taken by a row with other values"):
            self.db.execute("INSERT OR IGNORE INTO team VALUES ('design', 'acme', 'Other')")


if __name__ == "__main__":
    unittest.main()
