"""The facts of one file, read out and loaded into a fresh one in the documented order of tables,
give the same ledger: whatever the order in which the checks allowed them. Loaded by
samples/copy_facts.py, and in the order in which the contract names the tables. COPY_SEED and
COPY_HISTORIES choose other runs."""

import importlib.util
import os
import random
import re
import sqlite3
import subprocess
import sys
import unittest

from cases import FACTS, WithWorld, entries, errors, facts, has_table, one, rows
from support import EXTENSION, ROOT

sys.path.append(os.path.join(ROOT, "tests", "model"))
from histories import script_of  # noqa: E402
from sql_side import Failure, Player, make_template  # noqa: E402

SCRIPT = os.path.join(ROOT, "samples", "copy_facts.py")


def module_of(path):
    spec = importlib.util.spec_from_file_location("copy_facts", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


sample = module_of(SCRIPT)

SEED = int(os.environ.get("COPY_SEED", "2065"))
HISTORIES = int(os.environ.get("COPY_HISTORIES", "40"))

READ = ["wallet_balance(NULL, '2023-06-01 00:00:00')",
        "wallet_balance(NULL, '2025-06-01 00:00:00')",
        "lot_balance(NULL, '2025-06-01 00:00:00')", "usage_status(NULL, '2026-01-01 00:00:00')",
        "uncharged_usage(NULL, '2026-01-01 00:00:00')", "usage_daily", "unrated_usage",
        "token_events(NULL, '2026-01-01 00:00:00')", "billing_alert(NULL, '2025-06-01 00:00:00')"]


def copy_in_order_of_contract(source, target):
    """Makes the facts of target, a freshly installed file, those of source."""
    there = [table for table in FACTS if has_table(source, table)]
    for table in reversed(there):
        wanted = set(rows(source, "SELECT * FROM " + table))
        if table == "policy":  # its rows are changed, not deleted
            for name, value in wanted:
                rows(target, "UPDATE policy SET value = ? WHERE name = ? AND value IS NOT ?", value,
                     name, value)
            continue
        names = [row[1] for row in rows(source, "PRAGMA table_info(%s)" % table)]
        for row in rows(target, "SELECT * FROM " + table):
            if row not in wanted:
                rows(target, "DELETE FROM %s WHERE %s"
                     % (table, " AND ".join(name + " IS ?" for name in names)), *row)
    for table in there:
        have = set(rows(target, "SELECT * FROM " + table))
        for row in rows(source, "SELECT * FROM " + table):
            if row not in have:
                rows(target, "INSERT INTO %s VALUES (%s)"
                     % (table, ", ".join("?" * len(row))), *row)


class History:
    """Random facts, most of which the checks allow."""

    def __init__(self, seed, db):
        self.source = random.Random(seed)
        self.db = db
        self.new_tables = has_table(db, "app_owner")

    def pick(self, *values):
        return self.source.choice(values)

    def time(self, first=2021, last=2025):
        return "%d-%02d-%02d %02d:00:00%s" % (self.source.randint(first, last),
                                              self.source.randint(1, 12),
                                             self.source.randint(1, 28), self.source.randrange(24),
                                             self.pick("", "", ".250"))

    def statement(self):
        pick, time = self.pick, self.time
        account, team = pick("a1", "a2", "a3"), pick("t1", "t2", "t3", "t4")
        client, lot = pick("c1", "c2", "c3", "c4"), pick(101, 102, *range(1, 10))
        kinds = [
            ("INSERT INTO account(account_id, country, agreement, trial_started_at)"
             " VALUES (?, ?, ?, ?)",
             account, pick("JP", "XX", "YY", "DE", None), pick("flex", "flex", "flex", "eba"),
             pick(None, None, time())),
            ("INSERT INTO team(team_id, account_id) VALUES (?, ?)", team, account),
            ("INSERT INTO app(client_id, account_id) VALUES (?, ?)", client, account),
            ("INSERT INTO app_team(client_id, team_id, assigned_at) VALUES (?, ?, ?)", client, team,
             time()),
            ("INSERT INTO product_assignment(account_id, team_id, assigned_at, revoked_at)"
             " VALUES (?, ?, ?, ?)", account, team, time(2021, 2022), pick(None, time(2023))),
            ("INSERT INTO token_kind(kind, rank) VALUES ('voucher', ?)", pick(0, 1, 5)),
            ("INSERT INTO kind_api(kind, api) VALUES (?, ?)", pick("voucher", "cloud_credit"),
             pick("model-derivative", "render")),
            ("INSERT INTO api(api, premium) VALUES ('render', ?)", pick(0, 1)),
            ("INSERT INTO api_alias(alias, api) VALUES ('draw', 'render')",),
            ("INSERT INTO rate_card(api, sku, effective_from, tokens, per, rounding)"
             " VALUES (?, ?, ?, ?, 10, ?)",
             pick("render", "model-derivative"), pick("*", "complex"), time(), pick(1, 0.25, None),
             pick("none", "up", "down", "carry")),
            ("INSERT INTO rate_tier(api, sku, effective_from, above, tokens)"
             " SELECT api, sku, effective_from, ?, 0.125 FROM rate_card WHERE tokens > 0"
             " AND api = 'render' LIMIT 1", pick(10, 20)),
            ("INSERT INTO sku_alias(api, alias, sku, effective_from)"
             " VALUES ('model-derivative', ?, ?, ?)",
             pick("skp", "rvt"), pick("simple", "complex"), time()),
            ("UPDATE outcome_rule SET factor = ? WHERE outcome = 'failed'", pick(0, 0.5)),
            ("INSERT INTO country(country, flex_from) VALUES (?, ?)", pick("XX", "YY"),
             pick(None, time())),
            ("UPDATE country SET flex_from = ? WHERE country = ?", pick(None, time()),
             pick("XX", "YY", "JP")),
            ("UPDATE account SET country = ? WHERE account_id = ?", pick("JP", "XX", "YY"),
             account),
            ("UPDATE account SET agreement = ? WHERE account_id = ?", pick("eba", "flex"), account),
            ("UPDATE account SET trial_started_at = ? WHERE account_id = ?", pick(None, time()),
             account),
            ("INSERT INTO subscription(account_id, starts_at, ends_at) VALUES (?, ?, ?)", account,
             time(2021, 2022), time(2023, 2025)),
            ("INSERT INTO unblock(team_id, unblocked_at) VALUES (?, ?)", team, time()),
            ("UPDATE policy SET value = ? WHERE name = 'grace_days'", pick(3, 14, 30)),
            ("UPDATE policy SET value = ? WHERE name = 'lot_term'", pick("+1 year", "+6 months")),
            ("UPDATE policy SET value = ? WHERE name = 'restore'", pick("auto", "support")),
            ("INSERT INTO lot_move(lot_id, team_id, moved_at) VALUES (?, ?, ?)", lot, team,
             time(2023)),
            ("UPDATE token_lot SET voided_at = ? WHERE lot_id = ?", time(2025), lot),
            ("UPDATE app SET account_id = ? WHERE client_id = ?", account, client),
            ("UPDATE team SET account_id = ? WHERE team_id = ?", account, team),
            ("DELETE FROM app_team WHERE client_id = ?", client),
            ("INSERT INTO budget(team_id, tokens, starts_at) VALUES (?, 10, ?)", team, time()),
        ]
        usage = ("INSERT INTO usage(client_id, api, sku, quantity, occurred_at, outcome)"
                 " VALUES (?, ?, ?, ?, ?, ?)",
                 pick(client, client, "stranger"), pick("model-derivative", "render", "draw",
                                                        "viewer", "teleport"),
                 pick("rvt", "dwg", "skp", None), pick(1, 7, 40.5, 200), time(),
                 pick("success", "success", "failed"))
        buy = ("INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at, expires_at)"
               " VALUES (?, ?, ?, ?, ?, ?)", lot, team, pick("flex_token", "cloud_credit",
                                                             "voucher", "adjustment"),
               pick(5, 20, 100.5), time(2021, 2024), pick(None, None, time(2025)))
        if self.new_tables:
            kinds += [
                ("INSERT INTO app_owner(client_id, account_id, owned_from) VALUES (?, ?, ?)",
                 client, account, time()),
                ("INSERT INTO account_agreement(account_id, agreement, starts_at) VALUES (?, ?, ?)",
                 account, pick("eba", "flex"), time()),
                ("INSERT INTO policy_change(name, value, effective_from) VALUES (?, ?, ?)",
                 *pick(("grace_days", 5), ("lot_term", "+2 years"), ("restore", "auto"),
                       ("trial_days", 9)), time()),
            ] + has_table(self.db, 'contact') * [
                ("INSERT INTO contact(account_id, address) VALUES (?, 'x@example.com')", account),
            ]
        return self.pick(usage, usage, buy, *[self.source.choice(kinds) for _ in range(5)])

    BASE = """
      INSERT INTO account(account_id, country) VALUES ('a1', 'JP'), ('a2', 'XX'), ('a3', 'YY');
      INSERT INTO country(country, flex_from) VALUES ('XX', NULL), ('YY', '2024-01-01 00:00:00');
      INSERT INTO team(team_id, account_id) VALUES ('t1', 'a1'), ('t2', 'a2'), ('t3', 'a3'),
      ('t4', 'a2');
      INSERT INTO app(client_id, account_id) VALUES ('c1', 'a1'), ('c2', 'a2'), ('c3', 'a3');
      INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES
        (101, 't2', 'cloud_credit', 9, '2023-05-01 00:00:00'),
        (102, 't3', 'cloud_credit', 9, '2023-05-01 00:00:00');
    """

    def play(self, count):
        self.db.executescript(self.BASE)
        taken = []
        for _ in range(count):
            sql, *values = self.statement()
            try:
                rows(self.db, sql, *values)
                taken.append((sql, values))
            except sqlite3.IntegrityError:
                pass
        return taken


class Copies(WithWorld):
    def ledger(self, db):
        return entries(db), [sorted(rows(db, "SELECT * FROM " + table), key=repr) for table in READ]

    def compare(self, source, name, told, copy=sample.copy):
        target = self.empty(name)
        try:
            copy(source, target)
        except sqlite3.Error as error:
            self.fail("facts that the checks allowed do not load: %s\n%s" % (error, told))
        rows(target, "SELECT settle()")
        self.assertEqual(facts(target), facts(source), told)
        self.assertEqual(self.ledger(target), self.ledger(source), told)
        self.assertEqual(errors(target), [], told)
        return target

    def test_the_world(self):
        self.compare(self.db, "target.db", "")

    def test_the_documented_order(self):
        """The reference names every table of facts once, in the order of the script."""
        with open(os.path.join(ROOT, "docs", "reference.md"), encoding="utf-8") as file:
            section = file.read().split("### The order of tables")[1].split("\n#")[0]
        documented = re.findall(r"^\d+\. (.*?)(?::|$)", section, re.M)
        names = re.findall(r"`(\w+)`", " ".join(documented))
        self.assertEqual(names, list(sample.TABLES))
        self.assertEqual(set(names), set(FACTS) | {"rate_tier", "budget"})

    def test_random_histories(self):
        print("COPY_SEED=%d COPY_HISTORIES=%d" % (SEED, HISTORIES))
        for seed in range(SEED, SEED + HISTORIES):
            with self.subTest(seed=seed):
                source = self.empty("source%d.db" % seed)
                rows(source, "SELECT billing_autosettle(?)", seed % 2)
                taken = History(seed, source).play(100)
                self.assertGreater(len(taken), 20)
                rows(source, "SELECT settle()")
                told = "COPY_SEED=%d COPY_HISTORIES=1" % seed
                self.compare(source, "target%d.db" % seed, told)
                self.compare(source, "other%d.db" % seed, told, copy_in_order_of_contract)

    def test_histories_of_the_model(self):
        template = os.path.join(self.folder, "template.db")
        make_template(EXTENSION, template)
        for seed in range(SEED, SEED + HISTORIES):
            with self.subTest(seed=seed):
                script = script_of(seed)
                player = Player(EXTENSION, os.path.join(self.folder, "model%d.db" % seed), template,
                                dict(script["setup"], autosettle=0), strict=False)
                self.addCleanup(player.close)
                player.on_check = lambda _: None
                try:
                    player.play(script["ops"])
                except Failure as failure:
                    self.fail(str(failure))
                rows(player.db, "SELECT settle()")
                self.compare(player.db, "copy%d.db" % seed, "COPY_SEED=%d COPY_HISTORIES=1" % seed)

    def test_with_a_close(self):
        """A close after the last fact, copied last of all."""
        for seed in range(SEED, SEED + 10):
            with self.subTest(seed=seed):
                source = self.empty("source%d.db" % seed)
                History(seed, source).play(100)
                for (team,) in rows(source, "SELECT team_id FROM team"):
                    for until in ("2025-01-01 00:00:00", "2026-01-01 00:00:00"):
                        rows(source, "INSERT INTO period_close(team_id, closed_until)"
                             " VALUES (?, ?)", team, until)
                rows(source, "SELECT settle()")
                target = self.empty("target%d.db" % seed)
                self.assertEqual(sample.copy(source, target), 0)
                self.assertEqual(facts(target), facts(source))
                self.assertEqual(self.ledger(target), self.ledger(source))

    # ---- the script itself --------------------------------------------------------------

    def run_script(self, *arguments):
        return subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, text=True,
                              timeout=120)

    def test_the_script(self):
        path = os.path.join(self.folder, "copied 100%.db")
        done = self.run_script(self.path, path, EXTENSION)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        target = self.open(path)
        self.assertEqual(facts(target), facts(self.db))
        self.assertEqual(self.ledger(target), self.ledger(self.db))

    def test_a_late_fact_after_a_close_is_said(self):
        """A close holds what was settled when it was made: the copy counts the late fact at its own
        time."""
        rows(self.db, "INSERT INTO period_close(team_id, closed_until)"
             " VALUES ('t', '2025-03-01 00:00:00')")
        rows(self.db, "INSERT INTO usage(usage_id, client_id, api, sku, occurred_at)"
                      " VALUES (5, 'c', 'model-derivative', 'rvt', '2025-02-03 00:00:00')")
        rows(self.db, "SELECT settle()")
        path = os.path.join(self.folder, "copied.db")
        done = self.run_script(self.path, path, EXTENSION)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("the ledger differs in 2 entries", done.stderr)
        self.assertEqual(facts(self.open(path)), facts(self.db))

    def test_bad_arguments(self):
        taken = os.path.join(self.folder, "taken.db")
        open(taken, "w").close()
        for arguments, word in [((), "FROM TO"), ((self.path, taken, EXTENSION), "taken.db"),
                                (("/no/such.db", taken + "2", EXTENSION), "/no/such.db")]:
            with self.subTest(arguments=arguments):
                done = self.run_script(*arguments)
                self.assertEqual(done.returncode, 1)
                self.assertIn(word, done.stderr)
        self.assertEqual(os.path.getsize(taken), 0)
        self.assertFalse(os.path.exists(taken + "2"))

    def test_all_or_nothing(self):
        """A row that does not load leaves the target as it was."""
        target = self.empty("target.db")
        before = facts(target)
        rows(target, "CREATE TRIGGER spoil BEFORE INSERT ON usage BEGIN"
             " SELECT RAISE(ABORT, 'spoiled'); END")
        with self.assertRaisesRegex(sqlite3.Error, "spoiled"):
            sample.copy(self.db, target)
        self.assertEqual(facts(target), before)

    # ---- facts that one order allowed and another did not --------------------------------

    def test_a_credit_lot_where_flex_is_sold_is_warned_of(self):
        rows(self.db, "INSERT INTO account(account_id, country) VALUES ('x', NULL)")
        rows(self.db, "INSERT INTO team(team_id, account_id) VALUES ('x', 'x')")
        lot = ("INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at)"
               " VALUES (?, ?, 'cloud_credit', 5, ?)")
        rows(self.db, lot, 11, "x", "2024-01-01 00:00:00")
        rows(self.db, "UPDATE account SET country = 'JP' WHERE account_id = 'x'")
        rows(self.db, lot, 12, "t", "2024-01-01 00:00:00")
        self.assertEqual(rows(self.db, "SELECT subject FROM billing_check WHERE rule = 'lot_market'"
                              " ORDER BY 1"),
                         [("lot 11",), ("lot 12",)])
        rows(self.db, "SELECT settle()")
        self.compare(self.db, "target.db", "")

    def test_a_trial_that_is_recorded_after_a_transfer(self):
        own = ("INSERT INTO app_owner(client_id, account_id, owned_from)"
               " VALUES ('c', 'b', '2025-02-20 00:00:00')")
        rows(self.db, own)
        rows(self.db, "UPDATE account SET trial_started_at = '2025-02-10 00:00:00'"
             " WHERE account_id = 'b'")
        rows(self.db, "SELECT settle()")
        target = self.compare(self.db, "target.db", "")
        rows(target, "DELETE FROM app_owner")
        self.refused(target, own, words=["on trial"])
        self.assertEqual(one(target, "SELECT count(*) FROM app_owner"), 0)


if __name__ == "__main__":
    unittest.main()
