"""On a replicated file no query writes: each call that writes is refused, and names the statement
that does the same."""

import os
import re
import shutil
import sqlite3
import unittest

from cases import JOB, WithWorld, entries, errors, facts, one, rows
from support import ROOT, library

REPLICATED = "INSERT INTO billing_setting(name, value) VALUES ('replicated', 1)"
FIXTURE = os.path.join(ROOT, "tests", "fixtures", "schema-4.db")

# Every query that writes main, and the same as statements. billing_install_script() makes those of
# billing_install().
DOORS = {
    "settle()": "INSERT INTO settlement(team_id) VALUES (NULL)",
    "settle('t')": "INSERT INTO settlement(team_id) VALUES ('t')",
    "billing_rebuild()": "INSERT INTO settlement(team_id, rebuild) VALUES (NULL, 1)",
    "billing_install()": None,
}
for switch in ("autosettle", "guard", "alerts"):
    for on in (0, 1):
        DOORS["billing_%s(%d)" % (switch, on)] = (
            "INSERT INTO billing_setting(name, value) VALUES ('%s', %d)" % (switch, on))

# Arguments with which each function says something; the others are called with none to three texts.
ARGUMENTS = {"rate": "'model-derivative', 'rvt', 1, '2025-02-01 00:00:00'",
             "payer": "'c', '2025-02-01 00:00:00'",
             "access": "'t', '2025-02-01 00:00:00'",
             "can_call": "'c', 'viewer', '2025-02-01 00:00:00'", "billing_progress": "0"}


def shape(db):
    return sorted(rows(db, "SELECT type, name, sql FROM sqlite_schema"), key=repr)


class Refused(WithWorld):
    def setUp(self):
        super().setUp()
        rows(self.db, JOB, "c", "rvt", 1, "2025-02-27 00:00:00")
        rows(self.db, REPLICATED)
        self.watch = sqlite3.connect(self.path)  # sees each commit of self.db
        self.addCleanup(self.watch.close)

    def version(self):
        return self.watch.execute("PRAGMA data_version").fetchone()

    def test_each_query_that_writes(self):
        for call, door in DOORS.items():
            for around in (("SELECT 1", "SELECT 1"), ("BEGIN", "ROLLBACK"),
                           ("SAVEPOINT s", "RELEASE s")):
                with self.subTest(call=call, around=around):
                    rows(self.db, around[0])
                    before = self.version()
                    error = self.refused(self.db, "SELECT " + call,
                                         words=["the file is replicated"], fact=False)
                    rows(self.db, around[1])
                    self.assertEqual(self.version(), before)
                    if door:
                        named = re.search(r"run (INSERT INTO .*?)(?: with the team)?$",
                                          error).group(1)
                        self.assertTrue(door.startswith(named), named)

    def test_the_statement_does_what_the_query_does(self):
        for call, door in DOORS.items():
            if not door:
                continue
            with self.subTest(call=call):
                one_way, other = self.file("query.db"), self.file("statement.db")
                for db in (one_way, other):
                    rows(db, JOB, "c", "rvt", 1, "2025-02-27 00:00:00")
                rows(other, REPLICATED)
                rows(one_way, "SELECT " + call)
                rows(other, door)
                for db in (one_way, other):
                    rows(db, "DELETE FROM billing_setting WHERE name = 'replicated'")
                    rows(db, JOB, "c", "rvt", 1, "2025-02-28 00:00:00")
                self.assertEqual(entries(one_way), entries(other))
                self.assertEqual(rows(one_way, "SELECT * FROM billing_setting ORDER BY 1"),
                                 rows(other, "SELECT * FROM billing_setting ORDER BY 1"))
                one_way.close()
                other.close()
                for name in ("query.db", "statement.db"):
                    os.remove(os.path.join(self.folder, name))

    def test_no_function_at_all_writes_as_a_query(self):
        """Whatever the extension brings, called as a query: no commit follows."""
        bare = sqlite3.connect(":memory:")
        before = {name for (name,) in bare.execute("SELECT name FROM pragma_function_list")}
        brought = {name for (name,) in self.db.execute("SELECT name"
                                                       " FROM pragma_function_list")} - before
        self.assertGreater(len(brought), 30)
        bare.close()
        version = self.version()
        for name in sorted(brought):
            for arguments in ([ARGUMENTS[name]] if name in ARGUMENTS else
                              ["", "'t'", "1", "'usage', 1", "'t', '2025-02-01 00:00:00'",
                               "1, 2, 3", "1, 2, 3, 4"]):
                with self.subTest(name=name, arguments=arguments):
                    try:
                        rows(self.db, "SELECT %s(%s)" % (name, arguments))
                    except sqlite3.Error:
                        pass
                    self.assertEqual(self.version(), version)
        for (name,) in rows(self.db, "SELECT name FROM sqlite_schema"
                            " WHERE sql LIKE 'CREATE VIRTUAL TABLE%'"):
            with self.subTest(table=name):
                rows(self.db, "SELECT * FROM " + name)
                self.assertEqual(self.version(), version, "a reading table writes")
        self.assertEqual(one(self.db, "SELECT count(*) FROM settlement_preview"), 1)
        self.assertEqual(self.version(), version)

    def test_what_is_no_query_passes(self):
        rows(self.db, "INSERT INTO billing_setting(name, value) VALUES ('autosettle', 1)")
        count = len(entries(self.db))
        rows(self.db, JOB, "c", "rvt", 1, "2025-02-28 00:00:00")
        self.assertEqual(len(entries(self.db)), count + 1)
        rows(self.db, "UPDATE token_lot SET tokens = 90 WHERE lot_id = 1")
        rows(self.db, "CREATE TABLE due(x)")
        rows(self.db, "CREATE TRIGGER mine AFTER INSERT ON due BEGIN SELECT settle(); END")
        rows(self.db, "INSERT INTO due VALUES (1)")
        rows(self.db, "BEGIN")  # its COMMIT carries what the query writes
        rows(self.db, JOB, "c", "rvt", 1, "2025-03-01 00:00:00")
        rows(self.db, "SELECT settle()")
        rows(self.db, "COMMIT")
        rows(self.db, "INSERT INTO alert_outbox(team_id, alert, since, at, tokens, message, title)"
                      " SELECT team_id, alert, since, at, tokens, message, title"
             " FROM billing_alert")
        rows(self.db, "UPDATE alert_outbox SET sent_at = '2025-03-01 00:00:00'")
        self.assertEqual(errors(self.db), [])

    def test_off_again(self):
        rows(self.db, "UPDATE billing_setting SET value = 0 WHERE name = 'replicated'")
        self.assertEqual(one(self.db, "SELECT settle()"), 1)
        rows(self.db, REPLICATED)
        rows(self.db, "DELETE FROM billing_setting WHERE name = 'replicated'")
        self.assertEqual(one(self.db, "SELECT billing_install()"), 5)

    def test_an_export_into_another_file_is_no_write_of_this_one(self):
        rows(self.db, "INSERT INTO settlement(team_id) VALUES (NULL)")
        rows(self.db, "ATTACH ? AS plain", os.path.join(self.folder, "plain.db"))
        self.assertGreater(one(self.db, "SELECT billing_export('plain')"), 20)


class InstallScript(WithWorld):
    """What billing_install_script() gives, run as statements, is what billing_install() does."""

    def run_script(self, db):
        db.executescript("BEGIN;" + one(db, "SELECT billing_install_script()") + "COMMIT;")
        self.assertIsNone(one(db, "SELECT billing_install_script()"))

    def test_into_an_empty_file(self):
        db = self.open(os.path.join(self.folder, "new.db"))
        self.run_script(db)
        self.assertEqual(shape(db), shape(self.empty("other.db")))

    def test_lost_parts_come_back(self):
        whole, before = shape(self.db), (facts(self.db), entries(self.db))
        rows(self.db, REPLICATED)
        for sql in ("DROP TRIGGER _billing_usage_before_insert", "DROP VIEW _billing_settlement",
                    "DROP TABLE unrated_usage"):
            rows(self.db, sql)
        self.run_script(self.db)
        self.assertEqual(shape(self.db), whole)
        self.assertEqual((facts(self.db), entries(self.db)), before)
        self.assertEqual(errors(self.db), [])

    def test_an_older_schema_comes_up(self):
        paths = [os.path.join(self.folder, name) for name in ("script.db", "call.db")]
        for path in paths:
            shutil.copy(FIXTURE, path)
        script, call = map(self.open, paths)
        self.run_script(script)
        rows(call, "SELECT billing_install()")
        self.assertEqual(shape(script), shape(call))
        self.assertEqual((facts(script), entries(script)), (facts(call), entries(call)))

    def test_what_billing_install_refuses(self):
        db = self.open(os.path.join(self.folder, "strange.db"))
        rows(db, "CREATE TABLE usage(mine)")
        for call in ("billing_install_script", "billing_install"):
            error = self.message(db, "SELECT %s()" % call)
            self.assertTrue(str(error).startswith(call + ": the database has a table of that name"),
                            error)


class Host(WithWorld):
    """A host that replicates every file loads the extension by another entry point."""

    def replicating(self, path):
        db = sqlite3.connect(path, isolation_level=None)
        self.addCleanup(db.close)
        db.enable_load_extension(True)
        db.execute("SELECT load_extension(?, 'sqlite3_billing_replicated_init')", (library(),))
        return db

    def test_before_anything_is_installed(self):
        db = self.replicating(os.path.join(self.folder, "fresh.db"))
        self.house_style(str(self.message(db, "SELECT billing_install()")))
        self.assertEqual(shape(db), [])
        db.executescript("BEGIN;" + one(db, "SELECT billing_install_script()") + "COMMIT;")
        self.assertEqual(shape(db), shape(self.empty("other.db")))

    def test_a_file_that_says_nothing(self):
        db = self.replicating(self.path)
        for call in DOORS:
            with self.subTest(call=call):
                self.assertIn("the file is replicated", str(self.message(db, "SELECT " + call)))
        rows(db, JOB, "c", "rvt", 1, "2025-02-27 00:00:00")
        rows(db, "INSERT INTO settlement(team_id) VALUES (NULL)")
        self.assertEqual(errors(db), [])

    def test_no_export_beside_it(self):
        db = self.replicating(self.path)
        rows(db, "ATTACH ? AS plain", os.path.join(self.folder, "plain.db"))
        self.house_style(str(self.message(db, "SELECT billing_export('plain')")))


if __name__ == "__main__":
    unittest.main()
