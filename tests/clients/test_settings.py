"""Settings by INSERT, keys at the ends of their range, and PRAGMAs that change nothing."""

import sqlite3
import unittest

from cases import JOB, WORLD, WithWorld, entries, errors, facts, one, rows
from support import FACTS as OTHER_FACTS

MOST, LEAST = 2**63 - 1, -2**63
READING = ["wallet_balance('t', '2025-03-01 00:00:00')", "lot_balance('t', '2025-03-01 00:00:00')",
           "ledger",
           "usage_status('t', '2025-03-01 00:00:00')",
           "uncharged_usage('t', '2025-03-01 00:00:00')",
           "usage_daily", "billing_check", "explain_charge(1)",
           "token_events('t', '2025-03-01 00:00:00')",
           "billing_alert('t', '2025-03-01 00:00:00')", "budget_status('t', '2025-03-01 00:00:00')"]


class ByInsert(WithWorld):
    SET = "INSERT INTO billing_setting(name, value) VALUES (?, ?)"

    def settles_by_itself(self, db):
        db.execute("SAVEPOINT one")
        rows(db, JOB, "c", "rvt", 1, "2025-02-27 00:00:00")
        got = one(db, "SELECT balance FROM wallet_balance('t', '2025-03-01 00:00:00')")
        db.execute("ROLLBACK TO one")
        db.execute("RELEASE one")
        return got == 97.5

    def triggers(self, db):
        return sorted(rows(db, "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"))

    def test_the_same_as_the_functions(self):
        triggers, settings = self.triggers(
            self.db), "SELECT name, value FROM billing_setting ORDER BY name"
        for name in ("autosettle", "guard", "alerts"):
            with self.subTest(name=name):
                rows(self.db, "SELECT billing_%s(1)" % name)
                on = rows(self.db, settings)
                self.assertIn((name, 1), on)
                other = self.file(name + ".db")
                rows(other, self.SET, name, 1)
                rows(other, self.SET, name, 1)
                self.assertEqual(rows(other, settings), on)
                rows(self.db, "SELECT billing_%s(0)" % name)
                rows(other, self.SET, name, 0)
                self.assertEqual(rows(other, settings), rows(self.db, settings))
        self.assertEqual(self.triggers(self.db), triggers, "a switch is no DDL")

    def test_every_way_to_write_a_row(self):
        for sql, on in [("INSERT OR REPLACE INTO billing_setting VALUES ('autosettle', 1)", True),
                        ("INSERT OR IGNORE INTO billing_setting VALUES ('autosettle', 0)", False),
                        ("INSERT INTO billing_setting VALUES ('autosettle', 1)"
                         " ON CONFLICT (name) DO UPDATE SET value = excluded.value", True),
                        ("DELETE FROM billing_setting", False),
                        ("INSERT INTO billing_setting VALUES ('autosettle', 1)", True),
                        ("UPDATE billing_setting SET value = 0 WHERE name = 'autosettle'", False),
                        ("UPDATE billing_setting SET value = 1", True)]:
            with self.subTest(sql=sql):
                rows(self.db, sql)
                self.assertEqual(self.settles_by_itself(self.db), on)
        self.refused(self.db, "UPDATE billing_setting SET name = 'guard' WHERE name = 'autosettle'",
                     words=["billing_setting.name"])

    def test_autosettle(self):
        self.assertFalse(self.settles_by_itself(self.db))
        rows(self.db, self.SET, "autosettle", 1)
        self.assertTrue(self.settles_by_itself(self.db))
        second = self.open(self.path)
        self.assertTrue(self.settles_by_itself(second), "it holds for every connection")
        rows(second, self.SET, "autosettle", 0)
        self.assertFalse(self.settles_by_itself(self.db))
        rows(self.db, "INSERT OR REPLACE INTO billing_setting(name, value)"
             " VALUES ('autosettle', 1)")
        self.assertTrue(self.settles_by_itself(self.db))

    def test_what_waits_is_settled_at_once(self):
        rows(self.db, JOB, "c", "rvt", 1, "2025-02-27 00:00:00")
        rows(self.db, self.SET, "autosettle", 1)
        self.assertEqual(one(self.db, "SELECT balance FROM wallet_balance('t', "
                             "'2025-03-01 00:00:00')"), 97.5)

    def test_in_a_transaction_that_is_rolled_back(self):
        before = self.triggers(self.db)
        rows(self.db, "BEGIN")
        rows(self.db, self.SET, "autosettle", 1)
        rows(self.db, "ROLLBACK")
        self.assertEqual(self.triggers(self.db), before)
        self.assertFalse(self.settles_by_itself(self.db))

    def test_bad_names_and_values(self):
        for name, value in [("autosettel", 1), ("", 1), (None, 1), ("autosettle", 2),
                            ("autosettle", -1),
                            ("autosettle", None), ("autosettle", "on"), ("autosettle", 1.5),
                            ("autosettle", b"1"),
                            ("guard", "yes"), ("alerts", 7), ("autosettle ", 1), (1, 1)]:
            for clause in ("", "OR IGNORE ", "OR REPLACE "):
                with self.subTest(name=name, value=value, clause=clause):
                    before = self.triggers(self.db)
                    error = self.message(self.db, self.SET.replace("INTO", clause + "INTO"), name,
                                         value)
                    self.assertNotIn("no such table", str(error))
                    self.house_style(str(error))
                    self.assertEqual(self.triggers(self.db), before)

    def test_guard(self):
        rows(self.db, JOB, "c", "rvt", 1000, "2025-02-27 00:00:00")
        rows(self.db, "SELECT settle()")
        rows(self.db, self.SET, "guard", 1)
        self.refused(self.db, JOB, "c", "rvt", 1, "2025-05-01 00:00:00", words=["limited"])
        rows(self.db, self.SET, "guard", 0)
        rows(self.db, JOB, "c", "rvt", 1, "2025-05-01 00:00:00")


class BySettlement(WithWorld):
    def test_a_row_that_fails_takes_the_others_along(self):
        """A virtual table's write that fails half-way is not undone by SQLite alone."""
        rows(self.db, JOB, "c", "rvt", 1, "2025-02-27 00:00:00")
        before = entries(self.db)
        for start, end in (("SELECT 1", "SELECT 1"), ("BEGIN", "COMMIT"),
                           ("SAVEPOINT one", "RELEASE one")):
            with self.subTest(start=start):
                rows(self.db, start)
                self.refused(self.db, "INSERT INTO settlement VALUES ('t'), ('nobody')",
                             words=["unknown team"], fact=False)
                rows(self.db, end)
                self.assertEqual(entries(self.db), before)
        rows(self.db, "INSERT INTO settlement VALUES (NULL)")
        self.assertEqual(len(entries(self.db)), len(before) + 1)

    def test_it_lists_who_waits(self):
        rows(self.db, "UPDATE token_lot SET tokens = 90 WHERE lot_id = 1")
        self.assertEqual(rows(self.db, "SELECT * FROM settlement"), [("t",)])
        for sql in ("DELETE FROM settlement", "UPDATE settlement SET team_id = 'u'"):
            self.house_style(str(self.message(self.db, sql)))
        rows(self.db, "INSERT INTO settlement(team_id) VALUES ('t')")
        self.assertEqual(rows(self.db, "SELECT * FROM settlement"), [])


class EdgeKeys(WithWorld):
    USAGE = JOB.replace("usage(", "usage(usage_id, ").replace("VALUES (", "VALUES (?, ")
    LOT = ("INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at)"
           " VALUES (?, 'u', 'flex_token', 10, '2025-01-01 00:00:00')")

    def test_usage_pending_after_the_greatest_key(self):
        """Without autosettle nothing is settled at insert, whatever key was settled last."""
        rows(self.db, self.USAGE, MOST, "c", "rvt", 1, "2025-02-02 00:00:00")
        rows(self.db, "SELECT settle()")
        before = entries(self.db)
        rows(self.db, self.USAGE, 77, "c", "rvt", 1, "2025-02-27 00:00:00")
        self.assertEqual(entries(self.db), before, "settled at insert")
        self.assertEqual(one(self.db, "SELECT status FROM usage_status WHERE usage_id = 77"),
                         "pending")
        rows(self.db, JOB, "c", "rvt", 1, "2025-02-28 00:00:00")  # SQLite finds a key itself
        self.assertEqual(one(self.db, "SELECT count(*) FROM usage_status WHERE status = 'pending'"),
                         2)
        self.assertEqual(one(self.db, "SELECT settle()"), 2)
        self.assertEqual(one(self.db, "SELECT balance FROM wallet_balance('t', "
                             "'2025-03-01 00:00:00')"), 96.5)
        self.assertEqual(errors(self.db), [])

    def test_any_key(self):
        for autosettle in (0, 1):
            for key in (LEAST, LEAST + 1, -2, 0, 2**31, 2**53 + 1, MOST - 1, MOST):
                with self.subTest(key=key, autosettle=autosettle):
                    db = self.file("%d_%d.db" % (autosettle, key))
                    rows(db, "SELECT billing_autosettle(?)", autosettle)
                    rows(db, self.USAGE, key, "d", "rvt", 4, "2025-02-02 00:00:00")
                    rows(db, self.LOT, key)
                    rows(db, "INSERT INTO lot_move(lot_id, team_id, moved_at)"
                         " VALUES (?, 't', '2025-02-10 00:00:00')", key)
                    rows(db, "SELECT settle()")
                    self.assertEqual(rows(db, "SELECT usage_id, charged, status FROM usage_status"
                                          " WHERE team_id = 'u'"),
                                     [(key, 2, "charged")])
                    self.assertEqual(one(db, "SELECT balance"
                                         " FROM wallet_balance('u', '2025-03-01 00:00:00')")
                                     + one(db, "SELECT balance"
                                           " FROM wallet_balance('t', '2025-03-01 00:00:00')"), 206)
                    self.assertTrue(rows(db, "SELECT * FROM explain_charge(?)", key))
                    rows(db, "UPDATE usage SET quantity = 6 WHERE usage_id = ?", key)
                    rows(db, "SELECT settle()")
                    self.assertEqual(one(db, "SELECT charged FROM usage_status WHERE usage_id = ?",
                                         key), 3)
                    rows(db, "DELETE FROM usage WHERE usage_id = ?", key)
                    rows(db, "SELECT settle()")
                    paid = "SELECT usage_id, sum(units) FROM ledger_entry GROUP BY 1"
                    self.assertEqual(rows(db, paid), rows(self.db, paid))
                    self.assertEqual(errors(db), [])

    def test_minus_one_is_refused_or_works(self):
        for autosettle in (0, 1):
            for table, sql, values in [("usage", self.USAGE,
                                        (-1, "d", "rvt", 4, "2025-02-02 00:00:00")),
                                       ("token_lot", self.LOT, (-1,))]:
                with self.subTest(table=table, autosettle=autosettle):
                    db = self.file("%s%d.db" % (table, autosettle))
                    rows(db, "SELECT billing_autosettle(?)", autosettle)
                    before = facts(db)
                    try:
                        rows(db, sql, *values)
                    except sqlite3.IntegrityError as error:
                        self.house_style(str(error))
                        self.assertIn("-1", str(error))
                        self.assertEqual(facts(db), before)
                    rows(db, "SELECT settle()")
                    self.assertEqual(errors(db), [])


class Pragmas(WithWorld):
    """A PRAGMA that an application sets for its own reasons changes no figure."""

    SETTINGS = ["full_column_names = ON", "short_column_names = OFF", "legacy_alter_table = ON",
                "reverse_unordered_selects = ON", "case_sensitive_like = ON",
                "recursive_triggers = ON",
                "trusted_schema = OFF", "foreign_keys = ON", "automatic_index = OFF",
                "cell_size_check = ON",
                "temp_store = 2", "count_changes = ON", "empty_result_callbacks = ON",
                "defer_foreign_keys = ON",
                "cache_size = 5", "synchronous = OFF", "secure_delete = ON",
                "ignore_check_constraints = ON", "query_only = OFF", "read_uncommitted = ON"]

    LATER = ["INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES"
             " (70, 'c', 'MODEL-derivative', 'RVT', 3, '2025-02-03 00:00:00')",
             "INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES"
             " (71, 'c', 'model-derivative', 'skp', 300, '2025-02-04 00:00:00')",
             "UPDATE token_lot SET tokens = 20 WHERE lot_id = 1",
             "UPDATE usage SET quantity = 9 WHERE usage_id = 2",
             "DELETE FROM usage WHERE usage_id = 3", "UPDATE rate_card SET tokens = tokens * 2"
             " WHERE sku = 'complex'",
             "INSERT OR REPLACE INTO usage(usage_id, client_id, api, sku, quantity, occurred_at)"
             " VALUES (1, 'd', 'model-derivative', 'ifc', 3, '2025-02-03 00:00:00')",
             "INSERT INTO lot_move(lot_id, team_id, moved_at)"
             " VALUES (2, 't', '2025-02-10 00:00:00')",
             "INSERT INTO budget(team_id, tokens, starts_at)"
             " VALUES ('t', 5, '2025-01-01 00:00:00')",
             "INSERT INTO period_close(team_id, closed_until) VALUES ('t', '2025-02-04 12:00:00')",
             "INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES"
             " (72, 't', 'flex_token', 50, '2025-02-01 00:00:00')"]
    WRONG = ["INSERT INTO usage(client_id, api, quantity, occurred_at)"
             " VALUES ('c', 'viewer', -5, '2025-02-03 00:00:00')",
             "INSERT INTO app(client_id, account_id) VALUES ('c', 'a')",
             "INSERT INTO team(team_id, account_id) VALUES ('w', 'nobody')",
             "UPDATE usage SET quantity = 10 WHERE usage_id = 71",
             "DELETE FROM team WHERE team_id = 't'"]

    def play(self, name, pragma, autosettle):
        db = self.empty(name)
        if pragma:
            db.executescript("PRAGMA " + pragma)
        rows(db, "SELECT billing_autosettle(?)", autosettle)
        db.executescript(WORLD)
        rows(db, "SELECT settle()")
        for sql in self.LATER:
            rows(db, sql)
        rows(db, "SELECT settle()")
        refused = []
        for sql in self.WRONG:
            try:
                rows(db, sql)
                refused.append(None)
            except sqlite3.Error as error:
                refused.append(str(error))
        read = [sorted(rows(db, "SELECT * FROM " + table), key=repr) for table in READING]
        names = [[column[0] for column in db.execute("SELECT * FROM " + table).description]
                 for table in READING]
        if pragma and pragma.endswith(("names = ON", "names = OFF")):
            names = None  # that is what they are for
        return entries(db), read, refused, names, facts(db)

    def test_nothing_changes(self):
        for autosettle in (0, 1):
            right = self.play("right%d.db" % autosettle, None, autosettle)
            self.assertTrue(all(right[2]), right[2])
            for number, pragma in enumerate(self.SETTINGS):
                with self.subTest(pragma=pragma, autosettle=autosettle):
                    got = self.play("%d_%d.db" % (number, autosettle), pragma, autosettle)
                    for what, mine, theirs in zip(("entries", "read", "refused", "names", "facts"),
                                                  right, got):
                        if theirs is not None:
                            self.assertEqual(theirs, mine, what)

    def test_installed_under_a_pragma(self):
        plain = sorted(rows(self.db, "SELECT type, name, sql FROM sqlite_schema"), key=repr)
        for pragma in self.SETTINGS:
            with self.subTest(pragma=pragma):
                db = self.open(":memory:")
                db.executescript("PRAGMA " + pragma)
                rows(db, "SELECT billing_install()")
                self.assertEqual(sorted(rows(db, "SELECT type, name, sql FROM sqlite_schema"),
                                        key=repr), plain)
                db.executescript(OTHER_FACTS)
                rows(db, "SELECT settle()")
                self.assertEqual(errors(db), [])


if __name__ == "__main__":
    unittest.main()
