"""Facts whose times are written in other spellings: the rows, the ledger and what is refused are
those of the canonical spelling, with autosettle on and off. The differential part plays the same
random statements into two files."""

import datetime
import os
import random
import sqlite3
import tempfile
import unittest

import support

START = """
INSERT INTO account(account_id, country) VALUES ('A', 'JP'), ('B', 'US');
INSERT INTO team(team_id, account_id) VALUES ('T', 'A'), ('U', 'A'), ('V', 'B');
INSERT INTO app(client_id, account_id) VALUES ('c', 'A'), ('d', 'B');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES
  (1, 'T', 'flex_token', 5, '2025-01-01 00:00:00'),
  (2, 'U', 'flex_token', 5, '2025-01-01 00:00:00');
"""
TABLES = ["account", "app_team", "product_assignment", "token_lot", "lot_move", "subscription",
          "unblock",
          "period_close", "sku_alias", "rate_card", "rate_tier", "country", "budget", "usage"]
TEAM, CLIENT, ACCOUNT = ["T", "U", "V"], ["c", "d", "x"], ["A", "B"]


def spell(dice, time):
    """Another spelling of a canonical time, exact to the millisecond."""
    instant = datetime.datetime.fromisoformat(time)
    shift = dice.choice([0, 0, 540, -300, 345])
    moved = instant + datetime.timedelta(minutes=shift)
    fraction = "%03d" % (instant.microsecond // 1000)
    ends = dice.choice(["", "Z", "+00:00"]) if not shift else "%s%02d:%02d" % (
        "-" if shift < 0 else "+", abs(shift) // 60, abs(shift) % 60)
    digits = dice.choice([fraction, fraction + "000"]) if fraction != "000" else dice.choice(
        ["", "000", "000000"])
    return moved.strftime("%Y-%m-%d" + dice.choice(" T") + "%H:%M:%S") + (
        "." + digits if digits else "") + ends


class Statements:
    """Random statements with {} where a time goes, and those times."""

    def __init__(self, seed):
        self.dice = random.Random(seed)

    def time(self):
        day = datetime.datetime(2025, 1, 1) + datetime.timedelta(
            hours=12 * self.dice.randrange(180))
        text = day.strftime("%Y-%m-%d %H:%M:%S")
        return text + (".250" if self.dice.random() < 0.2 else "")

    def next(self):
        dice, pick = self.dice, self.dice.choice
        clause = pick(["", "", " OR IGNORE", " OR REPLACE"])
        forms = [
            ("INSERT%s INTO usage(client_id, api, sku, quantity, occurred_at, source_id)"
             " VALUES ('%s',"
             " 'model-derivative', 'rvt', %d, {}, %s)" % (clause, pick(CLIENT),
                                                          dice.randrange(1, 4),
                                                         pick(["NULL", "'s%d'"
                                                               % dice.randrange(8)])), 1),
            ("INSERT%s INTO app_team VALUES ('%s', '%s', {})" % (clause, pick("cd"), pick(TEAM)),
             1),
            ("INSERT%s INTO product_assignment VALUES ('%s', '%s', {}, NULL)"
             % (clause, pick(ACCOUNT), pick(TEAM)), 1),
            ("INSERT INTO token_lot(team_id, kind, tokens, purchased_at, expires_at)"
             " VALUES ('%s', 'flex_token', %d, {}, {})" % (pick(TEAM), dice.randrange(1, 9)), 2),
            ("INSERT%s INTO lot_move VALUES (%d, '%s', {})" % (clause, dice.randrange(1, 6),
                                                               pick(TEAM)), 1),
            ("INSERT INTO subscription VALUES ('%s', {}, {})" % pick(ACCOUNT), 2),
            ("INSERT INTO unblock VALUES ('%s', {}, NULL)" % pick(TEAM), 1),
            ("INSERT%s INTO rate_card(api, sku, effective_from, tokens)"
             " VALUES ('model-derivative', '%s', {}, %s)"
             % (clause, pick(["complex", "simple"]), pick(["0.5", "1", "2"])), 1),
            ("INSERT%s INTO sku_alias VALUES ('model-derivative', 'rvt', '%s', {})"
             % (clause, pick(["complex", "simple"])), 1),
            ("INSERT INTO rate_tier SELECT api, sku, utc({}), %d, 0.1 FROM rate_card LIMIT 1"
             % dice.randrange(1, 9), 1),
            ("UPDATE usage SET occurred_at = {} WHERE usage_id = %d" % dice.randrange(1, 12), 1),
            ("UPDATE%s app_team SET assigned_at = {} WHERE rowid = %d" % (pick(["", " OR REPLACE"]),
                                                                        dice.randrange(1, 4)), 1),
            ("UPDATE token_lot SET purchased_at = {}, voided_at = {} WHERE lot_id = %d"
             % dice.randrange(1, 6), 2),
            ("UPDATE lot_move SET moved_at = {} WHERE lot_id = %d" % dice.randrange(1, 6), 1),
            ("UPDATE account SET trial_started_at = {} WHERE account_id = '%s'" % pick(ACCOUNT), 1),
            ("UPDATE country SET flex_from = {} WHERE country = '%s'" % pick(["JP", "US"]), 1),
            ("UPDATE unblock SET unblocked_at = {} WHERE rowid = %d" % dice.randrange(1, 4), 1),
            ("INSERT INTO budget(team_id, tokens, starts_at, ends_at) VALUES ('%s', 5, {}, {})"
             % pick(TEAM), 2),
            ("DELETE FROM app_team WHERE assigned_at = utc({})", 1),
        ]
        if dice.random() < 0.03:
            forms = [("INSERT INTO period_close VALUES ('%s', {})" % pick(TEAM), 1)]
        sql, count = forms[0] if dice.random() < 0.3 else dice.choice(forms)
        times = [self.time() for _ in range(count)]
        return sql.replace("{}", "?"), times, [spell(dice, time) for time in times]


class Spelling(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.files = 0

    def open(self, autosettle):
        self.files += 1
        db = sqlite3.connect(os.path.join(self.folder.name, "%d.db" % self.files),
                             isolation_level=None)
        self.addCleanup(db.close)
        db.enable_load_extension(True)
        db.load_extension(support.EXTENSION)
        db.execute("PRAGMA synchronous = OFF")
        db.execute("SELECT billing_install()")
        db.executescript(START)
        db.execute("SELECT billing_autosettle(?)", [autosettle])
        return db

    @staticmethod
    def attempt(db, sql, times):
        try:
            cursor = db.execute(sql, times)
            cursor.fetchall()
            return cursor.rowcount
        except sqlite3.IntegrityError:
            return "refused"

    def state(self, db, settled):
        rows = {table: sorted(map(repr, db.execute("SELECT * FROM " + table))) for table in TABLES}
        if settled:
            rows["ledger"] = list(db.execute(
                "SELECT usage_id, lot_id, units, charged_at FROM ledger_entry ORDER BY 1, 4, 2, 3"))
            rows["wallets"] = list(db.execute("SELECT * FROM wallet_balance(NULL, "
                                              "'2025-07-01 00:00:00')"))
        return rows

    def play(self, seed, autosettle):
        plain, other = self.open(autosettle), self.open(autosettle)
        statements = Statements(seed)
        for step in range(80):
            sql, times, spelled = statements.next()
            with self.subTest(seed=seed, step=step, sql=sql, times=times, spelled=spelled):
                self.assertEqual(self.attempt(other, sql, spelled), self.attempt(plain, sql, times))
                self.assertEqual(self.state(other, autosettle), self.state(plain, autosettle))
        for db in (plain, other):
            db.execute("SELECT settle()")
        self.assertEqual(self.state(other, 1), self.state(plain, 1))
        self.assertEqual(other.execute("SELECT * FROM billing_check"
                                       " WHERE severity = 'error'").fetchall(), [])
        return len(self.state(plain, 1)["ledger"])

    def test_random_statements(self):
        entries = sum(self.play(seed, seed % 2) for seed in range(16))
        self.assertGreater(entries, 50)

    def test_what_a_statement_says_of_its_row(self):
        db = self.open(1)
        row = db.execute("INSERT INTO usage(client_id, api, occurred_at)"
                         " VALUES ('c', 'viewer', '2025-02-01T00:00:00Z')"
                         " RETURNING usage_id, occurred_at").fetchone()
        # What was written: SQLite takes the row of RETURNING before the triggers after the insert.
        self.assertEqual(row, (1, "2025-02-01T00:00:00Z"))
        self.assertEqual(db.execute("SELECT last_insert_rowid(), changes()").fetchone(), (1, 1))
        self.assertEqual(db.execute("SELECT occurred_at FROM usage").fetchone(),
                         ("2025-02-01 00:00:00",))

    def test_the_guard_sees_the_instant(self):
        db = self.open(1)
        db.execute("SELECT billing_guard(1)")
        db.execute("UPDATE token_lot SET tokens = 0 WHERE team_id = 'V'")
        sql = ("INSERT INTO usage(client_id, api, sku, occurred_at)"
               " VALUES ('x', 'model-derivative', 'rvt', ?)")
        for time in ("2025-02-01 00:00:00", "2025-02-01T09:00:00+09:00"):
            with self.assertRaisesRegex(sqlite3.IntegrityError, "nobody pays"):
                db.execute(sql, [time])

    def test_an_upsert_of_the_same_instant_names_the_way_to_write_it(self):
        """SQLite looks for the row by the text of its key: the error says how to write it, and then
        it works."""
        keys = {
            "app_team.assigned_at": ("INSERT INTO app_team VALUES ('c', 'U', {})",
                                     "client_id, assigned_at", "team_id = 'U'"),
            "app_owner.owned_from": ("INSERT INTO app_owner VALUES ('c', 'A', {})",
                                     "client_id, owned_from", "account_id = 'A'"),
            "account_agreement.starts_at":
                ("INSERT INTO account_agreement VALUES ('A', 'eba', {})", "account_id, starts_at",
                 "agreement = 'eba'"),
            "product_assignment.assigned_at":
                ("INSERT INTO product_assignment VALUES ('A', 'U', {}, NULL)",
                 "account_id, assigned_at", "team_id = 'U'"),
            "lot_move.moved_at": ("INSERT INTO lot_move VALUES (1, 'U', {})", "lot_id, moved_at",
                                  "team_id = 'V'"),
            "period_close.closed_until": ("INSERT INTO period_close VALUES ('T', {})",
                                          "team_id, closed_until", None),
            "policy_change.effective_from":
                ("INSERT INTO policy_change VALUES ('grace_days', 3, {})", "name, effective_from",
                 "value = 4"),
            "sku_alias.effective_from":
                ("INSERT INTO sku_alias VALUES ('model-derivative', 'xyz', 'simple', {})",
                 "api, alias, effective_from", "sku = 'complex'"),
            "rate_card.effective_from":
                ("INSERT INTO rate_card(api, sku, effective_from, tokens)"
                 " VALUES ('model-derivative', 'complex', {}, 1)", "api, sku, effective_from",
                 "tokens = 2"),
            "rate_tier.effective_from":
                ("INSERT INTO rate_tier VALUES ('model-derivative', 'complex', {}, 9, 1)",
                 "api, sku, effective_from, above", "tokens = 2"),
        }
        db = self.open(0)
        stored, written = "'2025-03-01 00:00:00'", "'2025-03-01T09:00:00.000+09:00'"
        rows = ("SELECT * FROM %s ORDER BY 1, 2, 3")
        db.execute(keys["rate_card.effective_from"][0].format(stored))
        for column, (insert, key, change) in keys.items():
            table = column.split(".")[0]
            if table != "rate_card":
                db.execute(insert.format(stored))
            before = db.execute(rows % table).fetchall() if table != "period_close" else None
            clauses = ["", " ON CONFLICT DO NOTHING", " ON CONFLICT (%s) DO NOTHING" % key]
            if change:
                clauses.append(" ON CONFLICT (%s) DO UPDATE SET %s" % (key, change))
            for verb in ("INSERT", "INSERT OR ABORT", "INSERT OR FAIL"):
                for clause in clauses:
                    sql = insert.replace("INSERT", verb)
                    with self.subTest(column=column, verb=verb, clause=clause):
                        with self.assertRaises(sqlite3.IntegrityError) as caught:
                            db.execute(sql.format(written) + clause)
                        self.assertEqual(str(caught.exception), column + ": a row has that key"
                                         " already, " + written + ", write " + stored + ", as utc()"
                                         " does, for ON CONFLICT to find it")
                        if before:
                            self.assertEqual(db.execute(rows % table).fetchall(), before)
                        if clause:
                            db.execute("SAVEPOINT one")
                            db.execute(sql.format("utc(%s)" % written) + clause)
                            db.execute("ROLLBACK TO one")

    def test_an_update_to_the_key_of_another_row(self):
        db = self.open(0)
        db.execute("INSERT INTO app_team VALUES ('c', 'T', '2025-02-01 00:00:00'),"
                   " ('c', 'U', '2025-03-01 00:00:00')")
        for time, said in (("2025-02-01 00:00:00", "UNIQUE"),
                           ("2025-02-01T00:00:00Z", "write '2025-02-01 00:00:00', as utc()")):
            with self.assertRaises(sqlite3.IntegrityError) as caught:
                db.execute("UPDATE app_team SET assigned_at = ? WHERE team_id = 'U'", [time])
            self.assertIn(said, str(caught.exception))
        db.execute("UPDATE app_team SET assigned_at = '2025-03-01T00:00:00Z' WHERE team_id = 'U'")
        self.assertEqual(db.execute("SELECT team_id, assigned_at FROM app_team").fetchall(),
                         [("T", "2025-02-01 00:00:00"), ("U", "2025-03-01 00:00:00")])


if __name__ == "__main__":
    unittest.main()
