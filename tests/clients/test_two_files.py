"""A second billing file by ATTACH: plain reads work, every write that would settle it and its
reading tables are refused with the remedy, and neither file changes."""

import contextlib
import itertools
import os
import shutil
import re
import sqlite3
import unittest

from cases import FACTS, JOB, WithWorld, entries, errors, facts, has_table, one, rows
from support import ROOT

READING = ["wallet_balance", "lot_balance", "ledger", "uncharged_usage", "usage_status",
           "unrated_usage",
           "usage_daily", "settlement_preview", "explain_charge", "billing_alert", "token_events",
           "wallet_forecast", "budget_status", "billing_help"]

# A row of every fact table that the checks allow in the attached file.
INSERTS = re.split(r"\n(?! )", """
account(account_id, country) VALUES ('n', 'JP')
team(team_id, account_id) VALUES ('n', 'a')
app(client_id, account_id) VALUES ('n', 'a')
app_team(client_id, team_id, assigned_at) VALUES ('c', 'u', '2025-02-03 00:00:00')
app_owner(client_id, account_id, owned_from) VALUES ('d', 'b', '2025-04-01 00:00:00')
account_agreement(account_id, agreement, starts_at) VALUES ('a', 'eba', '2025-02-03 00:00:00')
contact(account_id, address) VALUES ('a', 'm@example.com')
product_assignment(account_id, team_id, assigned_at) VALUES ('a', 'u', '2020-01-01 00:00:00')
token_kind(kind, rank) VALUES ('voucher', 5)
kind_api(kind, api) VALUES ('flex_token', 'viewer')
token_lot(team_id, kind, tokens, purchased_at) VALUES ('t', 'adjustment', 5, '2025-01-01 00:00:00')
lot_move(lot_id, team_id, moved_at) VALUES (2, 't', '2025-02-03 00:00:00')
api(api, premium) VALUES ('render', 1)
api_alias(alias, api) VALUES ('md', 'model-derivative')
sku_alias(api, alias, sku, effective_from)
  VALUES ('model-derivative', 'skp', 'complex', '2025-01-01 00:00:00')
rate_card(api, sku, effective_from, tokens)
  VALUES ('model-derivative', 'complex', '2025-02-03 00:00:00', 3)
rate_tier(api, sku, effective_from, above, tokens)
  VALUES ('model-derivative', 'complex', '2022-03-29 00:00:00', 1, 7)
outcome_rule(api, outcome, factor) VALUES ('model-derivative', 'lost', 0)
usage(client_id, api, sku, quantity, occurred_at)
  VALUES ('c', 'model-derivative', 'rvt', 1, '2025-02-03 00:00:00')
country(country, flex_from) VALUES ('XX', NULL)
subscription(account_id, starts_at, ends_at)
  VALUES ('a', '2025-01-01 00:00:00', '2026-01-01 00:00:00')
unblock(team_id, unblocked_at) VALUES ('t', '2025-02-03 00:00:00')
period_close(team_id, closed_until) VALUES ('t', '2025-02-10 00:00:00')
policy_change(name, value, effective_from) VALUES ('grace_days', 5, '2025-02-03 00:00:00')
budget(team_id, tokens, starts_at) VALUES ('t', 5, '2025-01-01 00:00:00')
settlement(team_id) VALUES (NULL)
settlement(team_id) VALUES ('t')
settlement(team_id, rebuild) VALUES (NULL, 1)
billing_setting(name, value) VALUES ('autosettle', 1)
billing_setting(name, value) VALUES ('guard', 1)
billing_setting(name, value) VALUES ('alerts', 1)
alert_outbox(team_id, alert, since, at, tokens, message, title)
  VALUES ('t', 'low_balance', '2025-02-03 00:00:00', '2025-02-03 00:00:00', 1, 'm', 't')
""".strip())
UPDATES = re.split(r"\n(?! )", """
account SET agreement = 'eba' WHERE account_id = 'a'
team SET account_id = 'b' WHERE team_id = 'u'
app SET account_id = 'b' WHERE client_id = 'd'
app_team SET team_id = 'u' WHERE client_id = 'c'
token_kind SET rank = 9 WHERE kind = 'flex_token'
token_lot SET tokens = 1 WHERE lot_id = 1
api SET premium = 0 WHERE api = 'model-derivative'
sku_alias SET sku = 'simple' WHERE alias = 'rvt'
rate_card SET tokens = 5 WHERE api = 'model-derivative'
outcome_rule SET factor = 1
usage SET quantity = 5 WHERE usage_id = 1
country SET flex_from = NULL WHERE country = 'JP'
policy SET value = 3 WHERE name = 'grace_days'
""".strip())
DELETES = ["usage WHERE usage_id = 1", "token_lot WHERE lot_id = 2",
           "app_team WHERE client_id = 'd'",
           "rate_card WHERE api = 'model-derivative'", "outcome_rule",
           "sku_alias WHERE alias = 'rvt'"]

DOORS = ([verb + " INTO other." + what for what in INSERTS
          for verb in ("INSERT", "INSERT OR IGNORE", "INSERT OR REPLACE")]
         + [verb + " other." + what for what in UPDATES for verb in (
             "UPDATE", "UPDATE OR IGNORE", "UPDATE OR REPLACE")]
         + ["DELETE FROM other." + what for what in DELETES])


class Attached(WithWorld):
    """Autosettle is on or off in either file."""

    def pair(self, here, there):
        name = "%d%d" % (here, there)
        main, other = self.file("main%s.db" % name), self.file("other%s.db" % name)
        # The same client in both, and no lot in the other: a trigger that takes main for its file
        # shows.
        other.executescript("DELETE FROM usage; SELECT settle(); DELETE FROM token_lot"
                            " WHERE lot_id = 1;")
        rows(other, JOB, "c", "rvt", 3, "2025-02-01 00:00:00")
        rows(other, "SELECT settle()")
        for db, on in ((main, here), (other, there)):
            rows(db, "SELECT billing_autosettle(?)", on)
        other.close()
        rows(main, "ATTACH ? AS other", os.path.join(self.folder, "other%s.db" % name))
        return main

    def everything(self, db, schema):
        return facts(db, schema), rows(db, "SELECT usage_id, lot_id, units FROM %s.ledger_entry"
                                       " ORDER BY 1, 2, 3"
                                       % schema)

    def test_every_write_is_refused(self):
        for here, there in itertools.product((0, 1), repeat=2):
            db = self.pair(here, there)
            before = self.everything(db, "main"), self.everything(db, "other")
            for sql in DOORS:
                with self.subTest(sql=sql, here=here, there=there):
                    db.execute("SAVEPOINT one")
                    try:
                        error = str(self.message(db, sql))
                        self.assertIn("main", error, "the remedy is to open that file as main")
                        self.assertIn("open", error)
                        self.house_style(error)
                        self.assertEqual((self.everything(db, "main"),
                                          self.everything(db, "other")), before)
                    finally:
                        db.execute("ROLLBACK TO one")
                        db.execute("RELEASE one")

    def test_the_other_pays_for_nothing(self):
        for here, there in itertools.product((0, 1), repeat=2):
            with self.subTest(here=here, there=there):
                db = self.pair(here, there)
                balances = rows(db, "SELECT * FROM wallet_balance WHERE at = '2025-03-01 00:00:00'")
                try:
                    rows(db, "INSERT INTO other.usage(client_id, api, sku, quantity, occurred_at)"
                             " VALUES ('c', 'model-derivative', 'rvt', 80, '2025-02-27 00:00:00')")
                except Exception:
                    pass
                self.assertEqual(rows(db, "SELECT * FROM wallet_balance"
                                      " WHERE at = '2025-03-01 00:00:00'"), balances)
                rows(db, "SELECT settle()")
                self.assertEqual(rows(db, "SELECT * FROM wallet_balance"
                                      " WHERE at = '2025-03-01 00:00:00'"), balances)
                self.assertEqual(errors(db), [])

    def test_reading_tables_of_the_other(self):
        db = self.pair(0, 0)
        for table in READING:
            with self.subTest(table=table):
                error = str(self.message(db, "SELECT * FROM other." + table))
                self.assertIn("main", error)
                self.assertIn("open", error)

    def test_plain_reads_of_the_other(self):
        db = self.pair(1, 1)
        for table in FACTS + ["ledger_entry", "alert_outbox"]:
            if rows(db, "SELECT 1 FROM other.sqlite_schema WHERE name = ?", table):
                with self.subTest(table=table):
                    rows(db, "SELECT * FROM other." + table)
        self.assertEqual(one(db, "SELECT count(*) FROM main.usage m"
                             " JOIN other.usage o USING (client_id, occurred_at)"), 1)

    def test_main_goes_on_working(self):
        for here, there in itertools.product((0, 1), repeat=2):
            with self.subTest(here=here, there=there):
                db = self.pair(here, there)
                rows(db, JOB, "c", "rvt", 2, "2025-02-27 00:00:00")
                rows(db, "SELECT settle()")
                self.assertEqual(one(db, "SELECT balance"
                                     " FROM wallet_balance('t', '2025-03-01 00:00:00')"), 97)
                for table in READING:
                    if table != "explain_charge":
                        rows(db, "SELECT * FROM main." + table)
                # Facts may be copied from the other file into main.
                rows(db, "INSERT INTO main.usage(client_id, api, sku, quantity, occurred_at)"
                         " SELECT client_id, api, sku, quantity, occurred_at FROM other.usage")
                rows(db, "SELECT settle()")
                self.assertEqual(one(db, "SELECT balance"
                                     " FROM wallet_balance('t', '2025-03-01 00:00:00')"), 95.5)
                rows(db, "DETACH other")
                self.assertEqual(errors(db), [])

    def test_the_other_file_works_as_main_afterwards(self):
        db = self.pair(0, 1)
        for sql in DOORS[:20]:
            self.message(db, sql)
        rows(db, "DETACH other")
        other = self.open(os.path.join(self.folder, "other01.db"))
        rows(other, JOB, "c", "rvt", 1, "2025-02-27 00:00:00")
        self.assertEqual(one(other, "SELECT balance FROM wallet_balance('t', "
                             "'2025-03-01 00:00:00')"), -2)
        self.assertEqual(errors(other), [])

    def test_main_without_billing(self):
        """A main file that is not ours and a billing file beside it: no write, plain reads."""
        db = self.open(os.path.join(self.folder, "plain.db"))
        rows(db, "ATTACH ? AS other", self.path)
        before = self.everything(db, "other")
        for sql in DOORS:
            with self.subTest(sql=sql):
                self.message(db, sql)
                self.assertEqual(self.everything(db, "other"), before)
        self.assertEqual(rows(db, "SELECT count(*) FROM sqlite_schema"), [(0,)])


class Older(WithWorld):
    def test_an_older_schema(self):
        """Triggers of an earlier version call functions of the same names."""
        path = os.path.join(self.folder, "old.db")
        shutil.copy(os.path.join(ROOT, "tests", "fixtures", "schema-4.db"), path)
        with contextlib.closing(sqlite3.connect(path)) as old:
            # They name main, so that SQLite can't read the file under another name.
            old.executescript("DROP TRIGGER billing_alerts_taken_back; DROP TRIGGER "
                              "billing_alerts_told;")
        rows(self.db, "ATTACH ? AS other", path)
        before = facts(self.db), entries(self.db)
        error = self.message(self.db, JOB.replace("INTO usage", "INTO other.usage"), "c", "rvt", 1,
                             "2025-08-27 00:00:00")
        self.house_style(str(error))
        self.assertEqual((facts(self.db), entries(self.db)), before)


class Names(WithWorld):
    def test_a_schema_named_main_only_by_its_user(self):
        """A file attached under any name."""
        self.file("second.db").close()
        for name in ("other", "Main2", "temp2", "a b", "billing", "usage"):
            with self.subTest(name=name):
                rows(self.db, "ATTACH ? AS \"%s\"" % name, os.path.join(self.folder, "second.db"))
                error = self.message(self.db, JOB.replace("INTO usage", "INTO \"%s\".usage" % name),
                                     "c", "rvt", 1, "2025-02-27 00:00:00")
                self.assertIn("main", str(error))
                rows(self.db, "DETACH \"%s\"" % name)

    def test_the_same_file_twice(self):
        """main attached once more is no way round."""
        before = facts(self.db), entries(self.db)
        rows(self.db, "ATTACH ? AS again", self.path)
        self.message(self.db, JOB.replace("INTO usage", "INTO again.usage"), "c", "rvt", 1,
                     "2025-02-27 00:00:00")
        rows(self.db, "DETACH again")
        self.assertEqual((facts(self.db), entries(self.db)), before)
        self.assertTrue(has_table(self.db, "usage"))


if __name__ == "__main__":
    unittest.main()
