"""Tools lose triggers, views and tables of a file. billing_check names what is lost,
billing_install() puts triggers and views back without touching facts, billing_rebuild() derives
again what is derived."""

import re
import sqlite3
import unittest

from cases import FACTS, JOB, WithWorld, entries, errors, facts, one, rows, said
from support import ROOT, load

READ = ["wallet_balance(NULL, '2025-03-01 00:00:00')", "lot_balance(NULL, '2025-03-01 00:00:00')",
        "usage_status(NULL, '2025-03-01 00:00:00')", "uncharged_usage(NULL, '2025-03-01 00:00:00')",
        "usage_daily", "unrated_usage", "token_events(NULL, '2025-03-01 00:00:00')"]
# Plain tables that a user writes to or that say what was done; all others are derived.
NOT_DERIVED = set(FACTS) | {"alert_outbox", "settlement", "billing_setting", "usage_reject"}


def readings(db):
    return entries(db), [sorted(rows(db, "SELECT * FROM " + table), key=repr) for table in READ]


def closed_readings(db):
    """Of an instant before the close that a test makes."""
    return [sorted(rows(db, "SELECT * FROM %s(NULL, '2025-02-05 00:00:00')" % table), key=repr)
            for table in ("wallet_balance", "lot_balance", "usage_status", "uncharged_usage")]


def schema(db, kind=None):
    """What the file holds, as {(type, name): SQL}, without the indexes that SQLite makes itself."""
    return {(type_, name): sql for type_, name, sql in
            rows(db, "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
            if kind in (None, type_)}


def plain_tables(db):
    return [name for (type_, name), sql in schema(db, "table").items()
            if not sql.upper().startswith("CREATE VIRTUAL") and not name.startswith("sqlite_")]


class WithCopies(WithWorld):
    """Each loss happens to a copy of one file."""

    autosettle = True

    def setUp(self):
        super().setUp()
        rows(self.db, JOB, "d", "rvt", 300, "2025-02-03 00:00:00")  # more than its team has
        rows(self.db, JOB, "stranger", "rvt", 3, "2025-02-03 00:00:00")
        self.right = readings(self.db)
        self.whole = schema(self.db)
        self.facts = facts(self.db)

    def copy(self):
        db = sqlite3.connect(":memory:", isolation_level=None)
        self.addCleanup(db.close)
        self.db.backup(db)
        load(db)
        return db

    def install(self, db):
        rows(db, "SELECT billing_install()")
        self.assertEqual(facts(db), self.facts, "facts were touched")

    def named(self, db, name):
        self.assertIn(name, said(db), "billing_check does not name %s" % name)


class Schema(WithCopies):
    def test_nothing_is_lost(self):
        self.assertEqual(errors(self.db), [])
        self.install(self.db)
        self.assertEqual(schema(self.db), self.whole)
        self.assertEqual(readings(self.db), self.right)

    def lose(self, kind, names, sql, rebuild=False):
        for name in names:
            with self.subTest(kind=kind, name=name):
                db = self.copy()
                db.execute(sql % name)
                self.named(db, name)
                self.install(db)
                if rebuild:
                    rows(db, "SELECT billing_rebuild()")
                self.assertEqual(schema(db), self.whole)
                self.assertEqual(errors(db), [])
                rows(db, "SELECT settle()")
                self.assertEqual(readings(db), self.right)

    def test_triggers(self):
        self.lose("trigger", [name for _, name in schema(self.db, "trigger")], 'DROP TRIGGER "%s"')

    def test_views(self):
        self.lose("view", [name for _, name in schema(self.db, "view")], 'DROP VIEW "%s"')

    def test_indexes(self):
        self.lose("index", [name for _, name in schema(self.db, "index")], 'DROP INDEX "%s"',
                  rebuild=True)

    def test_reading_tables(self):
        names = [name for (_, name), sql in schema(self.db, "table").items()
                 if sql.upper().startswith("CREATE VIRTUAL")]
        self.assertGreater(len(names), 8)
        self.lose("reading table", names, 'DROP TABLE "%s"', rebuild=True)

    def test_all_triggers_and_views_at_once(self):
        db = self.copy()
        for kind in ("trigger", "view"):
            for _, name in schema(db, kind):
                db.execute('DROP %s IF EXISTS "%s"' % (kind, name))
        self.assertTrue(errors(db))
        self.install(db)
        self.assertEqual(schema(db), self.whole)
        self.assertEqual(readings(db), self.right)

    def test_what_came_in_meanwhile_can_be_corrected(self):
        for table, column, mend in (
                ("usage", "occurred_at", "DELETE FROM usage WHERE usage_id = 99"),
                ("usage", "occurred_at", "UPDATE usage SET client_id = 'free', outcome = 'failed',"
                 " occurred_at = '2025-02-01 00:00:00' WHERE usage_id = 99"),
                ("token_lot", "purchased_at", "DELETE FROM token_lot WHERE lot_id = 99"),
                ("token_lot", "purchased_at",
                 "UPDATE token_lot SET purchased_at = '2027-02-01 00:00:00' WHERE lot_id = 99"),
                ("app_team", "assigned_at",
                 "DELETE FROM app_team WHERE client_id = 'c' AND team_id = 'v'"),
                ("app_team", "assigned_at", "UPDATE app_team SET assigned_at = '2027-01-01 00:00:00'"
                 " WHERE client_id = 'c' AND team_id = 'v'")):
            with self.subTest(mend):
                db = self.copy()
                for _, name in schema(db, "trigger"):
                    db.execute('DROP TRIGGER "%s"' % name)
                db.execute({
                    "usage": "INSERT INTO usage(usage_id, client_id, api, occurred_at)"
                             " VALUES (99, 'c', 'viewer', 'yesterday')",
                    "token_lot": "INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at)"
                                 " VALUES (99, 'v', 'flex_token', 100, 'yesterday')",
                    "app_team": "INSERT INTO app_team VALUES ('c', 'v', 'yesterday')"}[table])
                rows(db, "SELECT billing_install()")
                self.assertIn("is dated yesterday, which is no time: correct it", said(db))
                rows(db, mend)
                rows(db, "SELECT settle()")
                self.assertEqual(entries(db), entries(self.db))
                self.assertEqual(errors(db), [])

    def test_changed_triggers(self):
        for (_, name), sql in schema(self.db, "trigger").items():
            with self.subTest(name=name):
                table = one(self.db, "SELECT tbl_name FROM sqlite_schema WHERE name = ?", name)
                head = re.match(r"(?is)create trigger.*?begin", sql).group(0)
                db = self.copy()
                db.execute('DROP TRIGGER "%s"' % name)
                db.execute(head + " SELECT 1; END")
                self.assertTrue(table)
                self.named(db, name)
                self.install(db)
                self.assertEqual(schema(db), self.whole)

    def test_changed_views(self):
        for _, name in schema(self.db, "view"):
            with self.subTest(name=name):
                columns = ", ".join("NULL AS \"%s\"" % row[1]
                                    for row in rows(self.db, "PRAGMA table_info(\"%s\")" % name))
                db = self.copy()
                triggers = rows(db, "SELECT sql FROM sqlite_schema WHERE type = 'trigger'"
                                " AND tbl_name = ?", name)
                db.execute('DROP VIEW "%s"' % name)
                db.execute('CREATE VIEW "%s" AS SELECT %s WHERE 0' % (name, columns))
                for (sql,) in triggers:
                    db.execute(sql)
                self.named(db, name)
                self.install(db)
                self.assertEqual(schema(db), self.whole)

    def test_columns(self):
        for table, column in [("usage", "label"), ("token_lot", "note"), ("account", "name"),
                              ("unblock", "note"),
                              ("budget", "note"), ("ledger_entry", "units")]:
            for sql in ("ALTER TABLE %s RENAME COLUMN %s TO was", "ALTER TABLE %s DROP COLUMN %s"):
                with self.subTest(sql=sql % (table, column)):
                    db = self.copy()
                    db.execute("PRAGMA writable_schema = OFF")
                    try:
                        db.execute(sql % (table, column))
                    except sqlite3.Error:
                        self.assertEqual(readings(db), self.right)
                        continue
                    text = said(db)
                    self.assertIn(table, text)
                    self.assertIn(column, text)

    def test_what_a_user_added_stays(self):
        self.db.executescript("""
          CREATE TABLE mine(client_id TEXT, at TEXT);
          CREATE TRIGGER mine_after AFTER INSERT ON usage
            BEGIN INSERT INTO mine VALUES (NEW.client_id, 'x'); END;
          CREATE VIEW mine_view AS SELECT count(*) AS n FROM usage;
          CREATE INDEX mine_index ON usage(label);
          ALTER TABLE usage ADD COLUMN job_number TEXT;""")
        own = {key: sql for key, sql in schema(self.db).items() if key[1].startswith("mine")}
        self.assertEqual(errors(self.db), [])
        trigger = next(name for _, name in schema(self.db, "trigger") if name != "mine_after")
        self.db.execute('DROP TRIGGER "%s"' % trigger)
        rows(self.db, "SELECT billing_install()")
        self.assertEqual({key: sql for key, sql in schema(self.db).items()
                          if key[1].startswith("mine")}, own)
        self.assertIn(("trigger", trigger), schema(self.db))
        rows(self.db, JOB, "c", "rvt", 1, "2025-02-27 00:00:00")
        self.assertEqual(rows(self.db, "SELECT * FROM mine"), [("c", "x")])

    def test_install_by_script_repairs_too(self):
        db = self.copy()
        name = next(name for _, name in schema(db, "trigger"))
        db.execute('DROP TRIGGER "%s"' % name)
        with open(ROOT + "/sql/install.sql", encoding="utf-8") as script:
            db.executescript(script.read())
        self.assertEqual(schema(db), self.whole)


class Rebuilt(WithCopies):
    """A tool copies a table into a new one, drops it and renames the new one."""

    def rebuild(self, db, table):
        sql = schema(db)["table", table]
        new = re.sub(r'(?i)^create table\s+("?)%s\1' % table, 'CREATE TABLE "new_%s"' % table, sql)
        db.execute("BEGIN")
        try:
            db.execute(new)
            db.execute('INSERT INTO "new_%s" SELECT * FROM "%s"' % (table, table))
            db.execute('DROP TABLE "%s"' % table)
            db.execute('ALTER TABLE "new_%s" RENAME TO "%s"' % (table, table))
            db.execute("COMMIT")
        except sqlite3.Error:
            db.execute("ROLLBACK")
            return False
        return True

    def test_every_table(self):
        rebuilt = 0
        for legacy in ("ON", "OFF"):
            for table in plain_tables(self.db):
                with self.subTest(table=table, legacy_alter_table=legacy):
                    db = self.copy()
                    db.execute("PRAGMA legacy_alter_table = " + legacy)
                    lost = [name for (name,) in rows(db, "SELECT name FROM sqlite_schema"
                                                     " WHERE type = 'trigger'"
                                                         " AND tbl_name = ?", table)]
                    if not self.rebuild(db, table):
                        self.assertEqual(schema(db), self.whole)
                        self.assertEqual(readings(db), self.right)
                        continue
                    rebuilt += 1
                    for name in lost:
                        self.named(db, name)
                    self.install(db)
                    self.assertEqual(sorted(schema(db, "trigger").items()),
                                     sorted(schema(self.db, "trigger").items()))
                    self.assertEqual(sorted(schema(db, "view")), sorted(schema(self.db, "view")))
                    rows(db, "SELECT settle()")
                    self.assertEqual(readings(db), self.right)
                    self.assertEqual(errors(db), [])
        self.assertGreater(rebuilt, 10)

    def test_the_checks_are_back(self):
        self.db.execute("PRAGMA legacy_alter_table = ON")
        self.assertTrue(self.rebuild(self.db, "usage"))
        self.install(self.db)
        self.refused(self.db, "INSERT INTO usage(client_id, api, quantity, occurred_at)"
                              " VALUES ('c', 'viewer', -5, 'yesterday')", words=["usage."])
        rows(self.db, JOB, "c", "rvt", 1, "2025-02-27 00:00:00")
        self.assertEqual(one(self.db, "SELECT balance FROM wallet_balance('t', "
                             "'2025-03-01 00:00:00')"), 97.5)

    def test_bad_rows_that_came_meanwhile_are_named(self):
        self.db.execute("PRAGMA legacy_alter_table = ON")
        self.assertTrue(self.rebuild(self.db, "usage"))
        self.db.execute("INSERT INTO usage(usage_id, client_id, api, quantity, occurred_at)"
                        " VALUES (99, 'c', 'model-derivative', -5, 'yesterday')")
        rows(self.db, "SELECT billing_install()")
        self.assertEqual(one(self.db, "SELECT quantity FROM usage WHERE usage_id = 99"), -5,
                         "facts are not touched")
        self.assertIn("99", said(self.db))


class Derived(WithCopies):
    DOORS = ["SELECT billing_rebuild()", "INSERT INTO settlement(team_id, rebuild)"
             " VALUES (NULL, 1)"]

    def derived(self):
        return [table for table in plain_tables(self.db) if table not in NOT_DERIVED]

    @staticmethod
    def own_state(table):
        """Whether a table says which schema the file has and how it is set: no fact shows that
        again."""
        return any(word in table for word in ("meta", "change", "setting"))

    def test_of_a_whole_file(self):
        for door in self.DOORS:
            for autosettle in (0, 1):
                with self.subTest(door=door, autosettle=autosettle):
                    db = self.copy()
                    rows(db, "SELECT billing_autosettle(?)", autosettle)
                    for _ in range(2):
                        rows(db, door)
                        self.assertEqual(readings(db), self.right)
                        self.assertEqual(facts(db), self.facts)
                        self.assertEqual(errors(db), [])

    def test_rows_that_are_gone(self):
        for table in self.derived():
            if self.own_state(table):
                continue
            for door in self.DOORS:
                with self.subTest(table=table, door=door):
                    db = self.copy()
                    try:
                        db.execute("DELETE FROM " + table)
                    except sqlite3.Error:
                        self.assertEqual(readings(db), self.right)
                        continue
                    rows(db, door)
                    self.assertEqual(readings(db), self.right)
                    self.assertEqual(errors(db), [])
                    self.assertEqual(facts(db), self.facts)

    def test_rows_that_are_wrong(self):
        for table in self.derived():
            if self.own_state(table):
                continue
            for row in rows(self.db, "PRAGMA table_info(%s)" % table):
                column = row[1]
                with self.subTest(table=table, column=column):
                    db = self.copy()
                    try:
                        db.execute("UPDATE OR REPLACE %s SET %s = %s + 1" % (table, column, column))
                    except sqlite3.Error:
                        continue
                    rows(db, self.DOORS[0])
                    self.assertEqual(readings(db), self.right)
                    self.assertEqual(errors(db), [])

    def test_tables_that_are_gone(self):
        for table in self.derived():
            if self.own_state(table):
                continue
            with self.subTest(table=table):
                db = self.copy()
                try:
                    db.execute("DROP TABLE " + table)
                except sqlite3.Error:
                    continue
                self.named(db, table)
                rows(db, "SELECT billing_install()")
                rows(db, "SELECT billing_rebuild()")
                self.assertEqual(schema(db).keys(), self.whole.keys())
                self.assertEqual(readings(db), self.right)
                self.assertEqual(facts(db), self.facts)
                self.assertEqual(errors(db), [])

    def test_what_says_the_schema_is_gone(self):
        """Without it nobody knows what is settled: billing_install() derives all of it again."""
        rows(self.db, "INSERT INTO period_close(team_id, closed_until)"
             " VALUES ('t', '2025-02-10 00:00:00')")
        right = readings(self.db)
        for damage in ("DROP TABLE _billing_meta", "DELETE FROM _billing_meta",
                       "DELETE FROM _billing_meta WHERE name = 'schema_version'",
                       "DELETE FROM _billing_meta WHERE name = 'settled_upto'",
                       "UPDATE _billing_meta SET value = NULL WHERE name = 'settled_upto'"):
            with self.subTest(damage):
                db = self.copy()
                db.execute(damage)
                try:
                    remedy = said(db)
                except sqlite3.Error as error:
                    remedy = str(error)
                self.assertIn("run SELECT billing_install()", remedy)
                rows(db, "SELECT billing_install()")
                self.assertEqual(schema(db).keys(), self.whole.keys())
                self.assertEqual(readings(db), right)
                self.assertEqual(errors(db), [])
                self.assertEqual(rows(db, "SELECT settle()"), [(0,)])

    # Usage that no rate covered at a close: nothing else says that it was there.
    UNSAID = {"_billing_closed_unrated"}

    def test_nothing_of_a_closed_period_is_lost_without_a_word(self):
        """What a close holds can't be derived again: it is there, or billing_check names it."""
        db = self.db
        rows(db, JOB, "c", "viewer", 1, "2025-02-04 00:00:00")
        rows(db, "INSERT INTO usage(client_id, api, occurred_at)"
                 " VALUES ('c', 'viewer', '2025-02-04 00:00:00')")
        rows(db, "INSERT INTO period_close(team_id, closed_until)"
                 " VALUES ('t', '2025-02-10 00:00:00'), ('u', '2025-02-10 00:00:00')")
        rows(db, "UPDATE rate_card SET tokens = 3 WHERE api = 'model-derivative'"
                 " AND sku = 'complex'")
        rows(db, "SELECT settle()")
        self.assertEqual(errors(db), [])
        named = set()
        for table in set(self.derived()) - self.UNSAID:
            for damage in ("DROP TABLE ", "DELETE FROM "):
                with self.subTest(damage + table):
                    lost = self.copy()
                    try:
                        lost.execute(damage + table)
                    except sqlite3.Error:
                        continue
                    rows(lost, "SELECT billing_install()")
                    rows(lost, "SELECT billing_rebuild()")
                    if errors(lost):
                        named.add(table)
                    else:
                        self.assertEqual(closed_readings(lost), closed_readings(db))
        self.assertLess({"_billing_free_usage", "_billing_closed_fact", "ledger_entry"}, named)

    def test_a_file_of_facts_alone(self):
        """All that is derived is gone."""
        db = self.copy()
        for table in self.derived():
            if not self.own_state(table):
                db.execute("DELETE FROM " + table)
        rows(db, "SELECT billing_rebuild()")
        self.assertEqual(readings(db), self.right)
        self.assertEqual(errors(db), [])

    def test_closed_periods_are_kept(self):
        rows(self.db, "INSERT INTO period_close(team_id, closed_until)"
             " VALUES ('t', '2025-02-10 00:00:00'), ('u', '2025-02-10 00:00:00')")
        rows(self.db, "UPDATE rate_card SET tokens = 3 WHERE api = 'model-derivative'"
             " AND sku = 'complex'")
        rows(self.db, JOB, "c", "rvt", 2, "2025-02-02 00:00:00")  # counts at the close
        rows(self.db, "SELECT settle()")
        right = readings(self.db)
        before = [entry for entry in right[0] if entry[3] < "2025-02-10"]
        self.assertEqual({units / 3600000 for _, _, units, _ in before if units < 3600000}, {0.5})
        for damage in ("SELECT 1", "DELETE FROM ledger_entry"
                       " WHERE charged_at >= '2025-02-10 00:00:00'"):
            for door in self.DOORS:
                with self.subTest(damage=damage, door=door):
                    db = self.copy()
                    db.execute(damage)
                    rows(db, door)
                    self.assertEqual(readings(db), right)
                    self.assertEqual(errors(db), [])

    def test_inside_a_transaction_that_is_rolled_back(self):
        self.db.execute("BEGIN")
        rows(self.db, "SELECT billing_rebuild()")
        self.db.execute("ROLLBACK")
        self.assertEqual(readings(self.db), self.right)

    def test_the_door_takes_nothing_else(self):
        for team, rebuild in [("t", 1), (None, 2), (None, "yes"), (None, -1)]:
            with self.subTest(team=team, rebuild=rebuild):
                self.assertNotIn("no column", str(self.message(
                    self.db, "INSERT INTO settlement(team_id, rebuild) VALUES (?, ?)", team,
                    rebuild)))
        rows(self.db, "INSERT INTO settlement(team_id, rebuild) VALUES ('t', 0), (NULL, NULL)")
        self.assertEqual(readings(self.db), self.right)


if __name__ == "__main__":
    unittest.main()
