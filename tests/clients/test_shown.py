"""Shown as what it is: what has no price yet is never 0, what waits is counted, conversions are
exact or refuse, and a damaged file gives an error or an explanation."""

import json
import random
import sqlite3
import subprocess
import sys
import unittest

from cases import FACTS, JOB, WithWorld, one, rows, said
from support import EXTENSION

MOST, LEAST = 2**63 - 1, -2**63


class Daily(WithWorld):
    def daily(self, where="1"):
        return rows(self.db, "SELECT day, team_id, client_id, api, sku, events, quantity, tokens"
                    " FROM usage_daily WHERE %s ORDER BY day, api, tokens IS NULL" % where)

    def test_an_unknown_api(self):
        rows(self.db, "INSERT INTO usage(client_id, api, sku, occurred_at)"
                      " VALUES ('c', 'teleport', 'metre', '2025-02-01 00:00:00')")
        rows(self.db, "SELECT settle()")
        self.assertEqual(self.daily("api = 'teleport'"),
                         [("2025-02-01", "t", "c", "teleport", "metre", 1, 1.0, None)])

    def test_a_sku_without_a_rate(self):
        rows(self.db, "INSERT INTO usage(client_id, api, sku, occurred_at)"
                      " VALUES ('c', 'design-automation', 'maya', '2025-02-01 00:00:00')")
        rows(self.db, "SELECT settle()")
        self.assertEqual([row[-1] for row in self.daily("api = 'design-automation'")], [None])

    def test_usage_of_before_the_first_rate(self):
        rows(self.db, JOB, "c", "rvt", 1, "2010-02-01 00:00:00")
        rows(self.db, "SELECT settle()")
        self.assertEqual([row[-1] for row in self.daily("day = '2010-02-01'")], [None])

    def test_unassigned(self):
        rows(self.db, JOB, "stranger", "rvt", 1, "2025-02-01 00:00:00")
        rows(self.db, "SELECT settle()")
        self.assertEqual([(row[1], row[-1]) for row in self.daily("client_id = 'stranger'")],
                         [(None, None)])

    def test_pending_stands_apart(self):
        """The same day, app, api and sku as usage that is settled: two rows, one of them without
        tokens."""
        rows(self.db, JOB, "c", "rvt", 5, "2025-02-01 12:00:00")
        got = self.daily("day = '2025-02-01'")
        self.assertEqual([(row[5], row[6], row[7]) for row in got], [(1, 1.0, 0.5), (1, 5.0, None)])
        rows(self.db, "SELECT settle()")
        self.assertEqual([(row[5], row[6], row[7]) for row in self.daily("day = '2025-02-01'")],
                         [(2, 6.0, 3.0)])

    def test_free_is_still_0(self):
        rows(self.db, "INSERT INTO usage(client_id, api, occurred_at)"
             " VALUES ('c', 'viewer', '2025-02-01 00:00:00')")
        failed = JOB.replace("occurred_at)", "occurred_at, outcome)")
        rows(self.db, failed.replace("?, ?, ?)", "?, ?, ?, 'failed')"),
             "d", "rvt", 1, "2025-02-01 00:00:00")
        rows(self.db, "SELECT settle()")
        self.assertEqual([row[-1] for row in self.daily("api = 'viewer' OR client_id = 'd'")],
                         [0.0, 0.0])

    def test_a_sum_never_looks_complete_when_it_is_not(self):
        for client, sku, at in [("c", "rvt", "2025-02-01 00:00:00"),
                                ("stranger", "rvt", "2025-02-02 00:00:00"),
                                ("c", "rvt", "2010-02-01 00:00:00"),
                                ("d", "dwg", "2025-02-03 00:00:00")]:
            rows(self.db, JOB, client, sku, 1, at)
        for settled in (False, True):
            with self.subTest(settled=settled):
                if settled:
                    rows(self.db, "SELECT settle()")
                self.assertEqual(one(self.db, "SELECT sum(events) FROM usage_daily"),
                                 one(self.db, "SELECT count(*) FROM usage"))
                unpriced = ("SELECT count(*) FROM usage_status"
                            " WHERE status IN ('pending', 'unrated', 'unassigned')")
                self.assertEqual(one(self.db, "SELECT coalesce(sum(events), 0) FROM usage_daily"
                                     " WHERE tokens IS NULL"),
                                 one(self.db, unpriced))
                self.assertEqual(one(self.db, "SELECT sum(tokens) FROM usage_daily"),
                                 one(self.db, "SELECT sum(tokens) FROM usage_status"))

    def test_the_bars_of_an_instant(self):
        rows(self.db, JOB, "c", "rvt", 300, "2025-03-01 00:00:00")  # 98 of 150 tokens are paid
        rows(self.db, "INSERT INTO token_lot(team_id, kind, tokens, purchased_at)"
                      " VALUES ('t', 'flex_token', 100, '2025-03-10 00:00:00')")
        rows(self.db, "SELECT settle()")
        bar = "SELECT charged, uncharged FROM usage_daily('t', ?) WHERE day = '2025-03-01'"
        self.assertEqual(rows(self.db, bar, "2025-03-05 00:00:00"), [(98.0, 52.0)])
        self.assertEqual(rows(self.db, bar, "2025-03-10 00:00:00"), [(150.0, 0.0)])
        self.assertEqual(rows(self.db, bar, "2025-02-28 00:00:00"), [])
        self.assertEqual(rows(self.db, "SELECT charged, uncharged FROM usage_daily('t')"
                              " WHERE day = '2025-03-01'"),
                         [(150.0, 0.0)])


class Waiting(WithWorld):
    def pending(self):
        return dict(rows(self.db, "SELECT team_id, pending FROM wallet_balance"
                         " WHERE at = '2025-03-01 00:00:00'"))

    def test_the_last_column(self):
        names = [row[1] for row in rows(self.db, "PRAGMA table_info(wallet_balance)")]
        self.assertEqual(names[18:20], ["moved", "pending"])

    def test_counted(self):
        self.assertEqual(self.pending(), {"t": 0, "u": 0, "v": 0})
        for day in (1, 2, 3):
            rows(self.db, JOB, "c", "rvt", 1, "2025-02-0%d 00:00:00" % day)
        rows(self.db, JOB, "d", "rvt", 1, "2025-02-01 00:00:00")
        self.assertEqual(self.pending(), {"t": 3, "u": 1, "v": 0})
        rows(self.db, "SELECT settle('u')")
        self.assertEqual(self.pending(), {"t": 3, "u": 0, "v": 0})
        rows(self.db, "SELECT settle()")
        self.assertEqual(self.pending(), {"t": 0, "u": 0, "v": 0})

    def test_a_corrected_row_waits_again(self):
        rows(self.db, "UPDATE usage SET quantity = 3 WHERE usage_id = 2")
        self.assertEqual(self.pending()["t"], 1)

    def test_nothing_waits_under_autosettle(self):
        rows(self.db, "SELECT billing_autosettle(1)")
        rows(self.db, JOB, "c", "rvt", 1, "2025-02-01 00:00:00")
        self.assertEqual(self.pending(), {"t": 0, "u": 0, "v": 0})

    def test_unrated_usage_does_not_wait_for_settle(self):
        rows(self.db, JOB, "c", "rvt", 1, "2010-02-01 00:00:00")
        rows(self.db, "SELECT settle()")
        self.assertEqual(self.pending()["t"], 0)


class Conversions(WithWorld):
    def test_units_and_back(self):
        source = random.Random(3600000)
        numbers = [493506175608278, 0, 1, -1, 3600000, 3599999, 2**53, 2**53 + 1, 2**52 - 1, MOST,
                   LEAST, MOST - 1,
                   LEAST + 1, -493506175608278, 9007199254740993, 9007199254740992 * 900]
        numbers += [source.randrange(-2**bits, 2**bits) for bits in range(1, 64) for _ in range(40)]
        exact = 0
        for number in numbers:
            try:
                got = one(self.db, "SELECT units(tokens(?))", number)
            except sqlite3.OperationalError as error:
                self.house_style(str(error))
                self.assertGreater(abs(number), 10**14, "refused within the exact range: %d"
                                   % number)
                continue
            with self.subTest(number=number):
                self.assertEqual(got, number)
                exact += 1
        self.assertGreater(exact, 1000)

    def test_tokens_and_back(self):
        for number in (0.5, 0.1, 45.12, 1e6, 2.5e7, 1 / 3600000, 0.02, 123456.789):
            with self.subTest(number=number):
                self.assertAlmostEqual(one(self.db, "SELECT tokens(units(?))", number), number,
                                       delta=1 / 7200000)

    def test_out_of_range(self):
        for sql, value in [("units", 1e300), ("units", -1e300), ("units", float("inf")),
                           ("units", 2.6e12),
                           ("units", "many"), ("units", b"1"), ("tokens", "many"), ("tokens", 1e30),
                           ("tokens", b"1")]:
            with self.subTest(sql=sql, value=value):
                self.house_style(str(self.message(self.db, "SELECT %s(?)" % sql, value)))

    def test_half_up(self):
        """Tokens are exact to one unit."""
        self.assertEqual(one(self.db, "SELECT units(0.1)"), 360000)
        self.assertEqual(one(self.db, "SELECT units(2.6 / 3600000)"), 3)
        self.assertEqual(one(self.db, "SELECT units(2.4 / 3600000)"), 2)
        self.assertIsNone(one(self.db, "SELECT units(NULL)"))
        self.assertIsNone(one(self.db, "SELECT tokens(NULL)"))


# Runs in a process of its own: prints one JSON line for each edit that nothing explains.
EDITS = r"""
import json, sqlite3, sys
path, extension = sys.argv[1:]
def connect():
    db = sqlite3.connect(":memory:", isolation_level=None)
    sqlite3.connect(path).backup(db)
    db.enable_load_extension(True); db.load_extension(extension)
    return db
READ = ["wallet_balance(NULL, '2025-03-01 00:00:00')", "lot_balance(NULL, '2025-03-01 00:00:00')",
        "ledger", "usage_status(NULL, '2025-03-01 00:00:00')",
        "uncharged_usage(NULL, '2025-03-01 00:00:00')", "usage_daily",
        "token_events(NULL, '2025-03-01 00:00:00')", "billing_alert(NULL, '2025-03-01 00:00:00')",
        "wallet_forecast(NULL, '2025-03-01 00:00:00')",
        "budget_status(NULL, '2025-03-01 00:00:00')",
        "explain_charge(1)", "explain_charge(5)", "settlement_preview"]
def read(db):
    got, refused = [], 0
    for table in READ:
        try: got.append(sorted(map(repr, db.execute("SELECT * FROM " + table).fetchall())))
        except (sqlite3.Error, OverflowError): refused += 1; got.append(None)
    try: checked = db.execute("SELECT * FROM billing_check").fetchall()
    except sqlite3.Error: checked = ["error"]
    return got, refused, checked
db = connect(); right, _, quiet = read(db)
tables = [name for name, sql in db.execute(
              "SELECT name, sql FROM sqlite_schema WHERE type = 'table'")
          if sql and not sql.upper().startswith("CREATE VIRTUAL") and name not in FACTS
          and not name.startswith("sqlite_")]
count = 0
for table in tables:
    for column in [row[1] for row in db.execute('PRAGMA table_info("%s")' % table)]:
        for value in VALUES:
            db = connect()
            try:
                changed = db.execute('UPDATE OR IGNORE "%s" SET "%s" = %s'
                                     % (table, column, value)).rowcount
                db.execute("SELECT 1").fetchall()
            except sqlite3.Error: continue
            if not changed: continue
            count += 1
            got, refused, checked = read(db)
            if got != right and not refused and checked == quiet:
                print(json.dumps([table, column, value]))
            try: db.execute("SELECT settle()").fetchall()
            except sqlite3.Error: pass
            read(db)
print(json.dumps(["done", count, 0]))
"""


class Damaged(WithWorld):
    VALUES = [str(LEAST), str(MOST), "-1", "0", "NULL", "'x'", "1.5"]

    def test_edited_lot_used(self):
        for value in (LEAST, MOST, -1, 0, 2**62, "x"):
            with self.subTest(value=value):
                self.db.execute("SAVEPOINT one")
                try:
                    before = rows(self.db, "SELECT available FROM wallet_balance"
                                  " WHERE at = '2025-03-01 00:00:00'")
                    rows(self.db, "UPDATE OR IGNORE ledger_entry SET lot_used = ?"
                         " WHERE usage_id = 4", value)
                    try:
                        after = rows(self.db, "SELECT available FROM wallet_balance"
                                     " WHERE at = '2025-03-01 00:00:00'")
                    except sqlite3.Error:
                        continue
                    if after != before:
                        self.assertIn("lot", said(self.db))
                except sqlite3.IntegrityError:
                    pass
                finally:
                    self.db.execute("ROLLBACK TO one")
                    self.db.execute("RELEASE one")

    def test_any_edit_of_what_is_derived(self):
        rows(self.db, JOB, "c", "rvt", 300, "2025-02-27 00:00:00")
        rows(self.db, JOB, "stranger", "rvt", 300, "2025-02-27 00:00:00")
        rows(self.db, "SELECT settle()")
        script = "FACTS = %r\nVALUES = %r\n" % (FACTS + ["alert_outbox", "billing_setting"],
                                                self.VALUES) + EDITS
        done = subprocess.run([sys.executable, "-c", script, self.path, EXTENSION],
                              capture_output=True, text=True, timeout=300)
        self.assertEqual((done.returncode, done.stderr), (0, ""), "the process ended")
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(lines[-1][0], "done")
        for table, column, value in lines[:-1]:
            with self.subTest(table=table, column=column, value=value):
                self.fail("other figures, no error, and billing_check says nothing")


if __name__ == "__main__":
    unittest.main()
