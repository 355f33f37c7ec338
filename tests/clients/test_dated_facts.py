"""Facts that change over a customer's life have dates: what held before the date goes on counting
as it did."""

import itertools
import random
import sqlite3
import unittest

from cases import JOB, WithWorld, entries, errors, facts, one, rows

JOBS = [("c", "rvt", 10, "2025-03-0%d 12:00:00" % day) for day in range(1, 8)]
PAID = "SELECT usage_id, team_id, status, charged, uncharged FROM usage_status ORDER BY 1"


def access(db, at, team="t"):
    return one(db, "SELECT access(?, ?)", team, at)


class Agreements(WithWorld):
    def agree(self, agreement, starts_at, account="a"):
        rows(self.db, "INSERT INTO account_agreement(account_id, agreement, starts_at)"
             " VALUES (?, ?, ?)", account, agreement, starts_at)
        rows(self.db, "SELECT settle()")

    def statuses(self):
        return [status for (status,) in rows(self.db, "SELECT status FROM usage_status"
                                             " ORDER BY usage_id")]

    def test_an_eba_from_a_date_on_keeps_the_charges_before(self):
        before = entries(self.db)
        self.agree("eba", "2025-02-25 00:00:00")
        self.assertEqual(self.statuses(), ["charged", "charged", "excluded", "excluded"])
        self.assertEqual(entries(self.db), before[:2])
        self.assertEqual(access(self.db, "2025-02-24 23:59:59.999"), "full")
        self.assertEqual(access(self.db, "2025-02-25 00:00:00"), "excluded")
        self.assertEqual(one(self.db, "SELECT balance FROM wallet_balance('t', "
                             "'2025-03-01 00:00:00')"), 99)
        self.assertEqual(errors(self.db), [])

    def test_there_and_back(self):
        self.agree("eba", "2025-02-05 00:00:00")
        self.agree("flex", "2025-02-26 00:00:00")
        self.assertEqual(self.statuses(), ["charged", "excluded", "excluded", "charged"])
        for at, right in [("2025-02-04 00:00:00", "full"), ("2025-02-05 00:00:00", "excluded"),
                          ("2025-02-25 23:59:59.999", "excluded"), ("2025-02-26 00:00:00", "full")]:
            self.assertEqual(access(self.db, at), right, at)

    def test_the_column_holds_before_the_first_row_and_corrects_the_past(self):
        self.agree("flex", "2025-02-25 00:00:00")
        rows(self.db, "UPDATE account SET agreement = 'eba' WHERE account_id = 'a'")
        rows(self.db, "SELECT settle()")
        self.assertEqual(self.statuses(), ["excluded", "excluded", "charged", "charged"])

    def test_taking_the_row_back_or_moving_it(self):
        before = entries(self.db)
        self.agree("eba", "2025-02-05 00:00:00")
        rows(self.db, "UPDATE account_agreement SET starts_at = '2025-02-26 00:00:00'")
        rows(self.db, "SELECT settle()")
        self.assertEqual(self.statuses(), ["charged", "charged", "charged", "excluded"])
        rows(self.db, "DELETE FROM account_agreement")
        rows(self.db, "SELECT settle()")
        self.assertEqual(entries(self.db), before)

    def test_other_accounts_are_not_touched(self):
        rows(self.db, "INSERT INTO token_lot(team_id, kind, tokens, purchased_at)"
                      " VALUES ('v', 'flex_token', 10, '2025-01-01 00:00:00')")
        self.agree("eba", "2025-02-05 00:00:00", account="b")
        self.assertEqual(self.statuses(), ["charged"] * 4)
        self.assertEqual(access(self.db, "2025-03-01 00:00:00", "v"), "excluded")

    def test_bad_rows(self):
        sql = "INSERT INTO account_agreement(account_id, agreement, starts_at) VALUES (?, ?, ?)"
        for values, word in [(("nobody", "eba", "2025-01-01 00:00:00"), "nobody"),
                             (("a", "gold", "2025-01-01 00:00:00"), "gold"),
                             (("a", "EBA ", "2025-01-01 00:00:00"), "agreement"),
                             (("a", None, "2025-01-01 00:00:00"), "agreement"),
                             (("a", "eba", None), "starts_at"),
                             ((None, "eba", "2025-01-01 00:00:00"), "account_id")]:
            with self.subTest(values=values):
                self.refused(self.db, sql, *values, words=["account_agreement.", word])
        rows(self.db, sql, "a", "eba", "2025-04-01 00:00:00")
        for clause in ("", "OR IGNORE "):
            with self.subTest(clause=clause), self.assertRaises(sqlite3.IntegrityError):
                rows(self.db, sql.replace("INTO", clause + "INTO"), "a", "flex",
                     "2025-04-01 00:00:00")

    def test_a_trial_comes_after_an_eba(self):
        rows(self.db, "UPDATE account SET trial_started_at = '2025-02-01 00:00:00'"
             " WHERE account_id = 'a'")
        self.agree("eba", "2025-02-05 00:00:00")
        self.assertEqual(self.statuses(), ["trial", "excluded", "excluded", "excluded"])
        self.assertEqual(access(self.db, "2025-02-01 00:00:00"), "trial")
        self.assertEqual(access(self.db, "2025-02-05 00:00:00"), "excluded")


class Owners(WithWorld):
    """An app without app_team rows is paid by its owner's first team, from its date on by the new
    owner's."""

    def setUp(self):
        super().setUp()
        rows(self.db, "INSERT INTO app(client_id, account_id) VALUES ('e', 'a')")
        rows(self.db, "INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at)"
                      " VALUES (3, 'v', 'flex_token', 100, '2025-01-01 00:00:00')")
        for number, job in enumerate(JOBS):
            rows(self.db, JOB.replace("usage(", "usage(usage_id, ").replace(
                "VALUES (", "VALUES (%d, "
                 % (11 + number)), "e", *job[1:])
        rows(self.db, "SELECT settle()")

    def teams(self):
        return [team for (team,) in rows(self.db, "SELECT team_id FROM usage_status"
                                         " WHERE client_id = 'e' ORDER BY usage_id")]

    def own(self, account, owned_from):
        rows(self.db, "INSERT INTO app_owner(client_id, account_id, owned_from) VALUES ('e', ?, ?)",
             account, owned_from)
        rows(self.db, "SELECT settle()")

    def test_usage_of_before_stays(self):
        before = [entry for entry in entries(self.db) if entry[0] in (11, 12, 13)]
        self.own("b", "2025-03-04 12:00:00")
        self.assertEqual(self.teams(), ["t"] * 3 + ["v"] * 4)
        self.assertEqual([entry for entry in entries(self.db) if entry[0] in (11, 12, 13)], before)
        self.assertEqual(one(self.db, "SELECT payer('e', '2025-03-04 11:59:59.999')"), "t")
        self.assertEqual(one(self.db, "SELECT payer('e', '2025-03-04 12:00:00')"), "v")
        self.assertEqual(errors(self.db), [])

    def test_there_and_back(self):
        self.own("b", "2025-03-03 00:00:00")
        self.own("a", "2025-03-06 00:00:00")
        self.assertEqual(self.teams(), ["t"] * 2 + ["v"] * 3 + ["t"] * 2)

    def test_the_column_is_the_owner_before_the_first_row(self):
        self.own("b", "2025-03-04 12:00:00")
        rows(self.db, "INSERT INTO account(account_id, country) VALUES ('f', 'JP')")
        rows(self.db, "INSERT INTO team(team_id, account_id) VALUES ('w', 'f')")
        rows(self.db, "UPDATE app SET account_id = 'f' WHERE client_id = 'e'")
        rows(self.db, "SELECT settle()")
        self.assertEqual(self.teams(), ["w"] * 3 + ["v"] * 4)

    def test_product_assignments_are_those_of_the_owner_then(self):
        rows(self.db, "INSERT INTO product_assignment(account_id, team_id, assigned_at)"
                      " VALUES ('a', 'u', '2025-03-02 00:00:00')")
        self.own("b", "2025-03-04 12:00:00")
        self.assertEqual(self.teams(), ["t"] + ["u"] * 2 + ["v"] * 4)

    def test_an_owner_does_not_overrule_an_assigned_team(self):
        rows(self.db, "INSERT INTO app_team(client_id, team_id, assigned_at)"
                      " VALUES ('e', 'u', '2025-03-02 00:00:00')")
        self.own("b", "2025-03-04 12:00:00")
        self.assertEqual(self.teams(), ["t"] + ["u"] * 6)

    def test_agreement_and_trial_are_those_of_the_payer_then(self):
        rows(self.db, "INSERT INTO account_agreement(account_id, agreement, starts_at)"
                      " VALUES ('b', 'eba', '2025-03-06 00:00:00')")
        self.own("b", "2025-03-04 12:00:00")
        self.assertEqual([status for (status,) in rows(
            self.db, "SELECT status FROM usage_status WHERE client_id = 'e' ORDER BY usage_id")],
            ["charged"] * 5 + ["excluded"] * 2)

    def test_both_sides_are_at_full_access(self):
        """Rule 100."""
        sql = ("INSERT INTO app_owner(client_id, account_id, owned_from)"
               " VALUES ('e', 'b', '2025-04-01 00:00:00')")
        for what, fact in [
                ("the old owner owes", JOB.replace("?, 'model", "'e', 'model").replace("?, ?, ?)",
                 "'rvt', 500, '2025-03-20 00:00:00')")),
                ("the new owner is on trial",
                 "UPDATE account SET trial_started_at = '2025-03-20 00:00:00'"
                 " WHERE account_id = 'b'"),
                ("the old owner is on trial",
                 "UPDATE account SET trial_started_at = '2025-03-20 00:00:00'"
                 " WHERE account_id = 'a'")]:
            with self.subTest(what=what):
                self.db.execute("SAVEPOINT one")
                rows(self.db, fact)
                rows(self.db, "SELECT settle()")
                self.refused(self.db, sql, words=["app_owner."])
                self.db.execute("ROLLBACK TO one")
        rows(self.db, sql)

    def test_bad_rows(self):
        sql = "INSERT INTO app_owner(client_id, account_id, owned_from) VALUES (?, ?, ?)"
        for values, word in [(("nobody", "b", "2025-04-01 00:00:00"), "nobody"),
                             (("e", "nobody", "2025-04-01 00:00:00"), "nobody"),
                             (("e", None, "2025-04-01 00:00:00"), "account_id"),
                             (("e", "b", None), "owned_from")]:
            with self.subTest(values=values):
                self.refused(self.db, sql, *values, words=["app_owner.", word])


class Policies(WithWorld):
    def change(self, name, value, effective_from):
        rows(self.db, "INSERT INTO policy_change(name, value, effective_from) VALUES (?, ?, ?)",
             name, value, effective_from)
        rows(self.db, "SELECT settle()")

    def owe(self, at):
        rows(self.db, JOB, "c", "rvt", 1000, at)
        rows(self.db, "SELECT settle()")

    def test_grace_days(self):
        self.owe("2025-03-01 00:00:00")
        self.assertEqual(access(self.db, "2025-03-14 23:59:59"), "grace")
        self.assertEqual(access(self.db, "2025-03-15 00:00:00"), "limited")
        # A change after the episode began and ended changes nothing of it.
        self.change("grace_days", 30, "2025-05-01 00:00:00")
        self.assertEqual(access(self.db, "2025-03-15 00:00:00"), "limited")
        self.assertEqual(one(self.db, "SELECT grace_ends_at"
                             " FROM wallet_balance('t', '2025-03-10 00:00:00')"),
                         "2025-03-15 00:00:00")

    def test_grace_days_of_a_later_episode(self):
        self.change("grace_days", 3, "2025-03-01 00:00:00")
        self.owe("2025-03-02 00:00:00")
        self.assertEqual(one(self.db, "SELECT grace_ends_at"
                             " FROM wallet_balance('t', '2025-03-03 00:00:00')"),
                         "2025-03-05 00:00:00")
        self.assertEqual(access(self.db, "2025-03-05 00:00:00"), "limited")

    def test_trial_days(self):
        self.change("trial_days", 10, "2025-02-20 00:00:00")
        rows(self.db, "UPDATE account SET trial_started_at = '2025-02-01 00:00:00'"
             " WHERE account_id = 'a'")
        rows(self.db, "UPDATE account SET trial_started_at = '2025-03-01 00:00:00'"
             " WHERE account_id = 'b'")
        rows(self.db, "SELECT settle()")
        self.assertEqual(access(self.db, "2025-02-19 00:00:00"), "trial")
        self.assertEqual(access(self.db, "2025-03-10 23:59:59", "v"), "trial")
        self.assertEqual(access(self.db, "2025-03-11 00:00:00", "v"), "full")

    def test_lot_term(self):
        self.change("lot_term", "+2 years", "2025-02-10 00:00:00")
        rows(self.db, "INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES"
                      " (10, 't', 'flex_token', 5, '2025-02-09 23:59:59'),"
                      " (11, 't', 'flex_token', 5, '2025-02-10 00:00:00')")
        rows(self.db, "SELECT settle()")
        self.assertEqual(rows(self.db, "SELECT lot_id, expires_at"
                              " FROM lot_balance('t', '2025-03-01 00:00:00') ORDER BY 1"),
                         [(1, "2026-01-01 00:00:00"), (10, "2026-02-09 23:59:59"),
                          (11, "2027-02-10 00:00:00")])

    def test_restore(self):
        self.owe("2025-03-01 00:00:00")
        rows(self.db, "INSERT INTO token_lot(team_id, kind, tokens, purchased_at)"
                      " VALUES ('t', 'flex_token', 1000, '2025-04-01 00:00:00')")
        self.change("restore", "auto", "2025-06-01 00:00:00")
        self.assertEqual(access(self.db, "2025-05-01 00:00:00"), "limited")
        self.owe("2025-07-01 00:00:00")
        self.owe("2025-07-01 00:00:00")
        rows(self.db, "INSERT INTO token_lot(team_id, kind, tokens, purchased_at)"
                      " VALUES ('t', 'flex_token', 1000, '2025-08-01 00:00:00')")
        rows(self.db, "SELECT settle()")
        self.assertEqual(access(self.db, "2025-08-02 00:00:00"), "full")

    def test_the_undated_value_holds_before_the_first_row(self):
        self.change("low_balance_tokens", 99, "2025-06-01 00:00:00")
        low = "SELECT count(*) FROM billing_alert('t', ?) WHERE alert = 'low_balance'"
        self.assertEqual(one(self.db, low, "2025-05-31 23:59:59"), 0)
        self.assertEqual(one(self.db, low, "2025-06-01 00:00:00"), 1)

    def test_min_purchase(self):
        self.owe("2025-03-01 00:00:00")
        rows(self.db, "INSERT INTO token_lot(team_id, kind, tokens, purchased_at)"
                      " VALUES ('t', 'flex_token', 400, '2025-03-02 00:00:00')")
        self.change("min_purchase_tokens", 50, "2025-04-01 00:00:00")
        least = "SELECT min_purchase FROM wallet_balance('t', ?)"
        self.assertEqual(one(self.db, least, "2025-03-31 00:00:00"), 100)
        self.assertEqual(one(self.db, least, "2025-04-01 00:00:00"), 50)

    def test_bad_rows(self):
        sql = "INSERT INTO policy_change(name, value, effective_from) VALUES (?, ?, ?)"
        for values, word in [(("gracedays", 5, "2025-01-01 00:00:00"), "gracedays"),
                             (("grace_days", -1, "2025-01-01 00:00:00"), "-1"),
                             (("grace_days", "many", "2025-01-01 00:00:00"), "many"),
                             (("restore", "maybe", "2025-01-01 00:00:00"), "maybe"),
                             (("lot_term", "one year", "2025-01-01 00:00:00"), "one year"),
                             (("grace_days", None, "2025-01-01 00:00:00"), "value"),
                             (("grace_days", 5, "soon"), "soon")]:
            with self.subTest(values=values):
                self.refused(self.db, sql, *values, words=["policy_change.", word])


class Countries(WithWorld):
    """Market rules hold as of each instant (Q32)."""

    def setUp(self):
        super().setUp()
        self.db.executescript("""
          INSERT INTO country(country, flex_from) VALUES ('XX', NULL);
          INSERT INTO account(account_id, country) VALUES ('x', 'XX');
          INSERT INTO team(team_id, account_id) VALUES ('xt', 'x');
          INSERT INTO app(client_id, account_id) VALUES ('xc', 'x');
          INSERT INTO app_team(client_id, team_id, assigned_at)
            VALUES ('xc', 'xt', '2020-01-01 00:00:00');
          INSERT INTO subscription(account_id, starts_at, ends_at)
            VALUES ('x', '2024-01-01 00:00:00', '2025-01-01 00:00:00');
          INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at)
            VALUES (20, 'xt', 'cloud_credit', 10, '2024-06-01 00:00:00');
          SELECT settle();""")

    AT = ["2023-12-31 00:00:00", "2024-05-31 00:00:00", "2024-07-01 00:00:00",
          "2024-12-31 23:59:59",
          "2025-01-01 00:00:00", "2025-02-01 00:00:00", "2025-05-31 00:00:00"]

    def readings(self):
        return [rows(self.db, "SELECT * FROM wallet_balance('xt', ?)", at) for at in self.AT]

    def test_flex_that_begins_later_changes_nothing_before(self):
        before = self.readings()
        self.assertEqual(one(self.db, "SELECT available"
                             " FROM wallet_balance('xt', '2025-02-01 00:00:00')"), 0)
        self.assertEqual(access(self.db, "2025-02-01 00:00:00", "xt"), "none")
        rows(self.db, "UPDATE country SET flex_from = '2030-01-01 00:00:00' WHERE country = 'XX'")
        rows(self.db, "SELECT settle()")
        self.assertEqual(self.readings(), before)

    def test_flex_that_begins_while_the_credits_live(self):
        rows(self.db, "UPDATE country SET flex_from = '2024-10-01 00:00:00' WHERE country = 'XX'")
        rows(self.db, "SELECT settle()")
        # The subscription ended under the new rules: it takes nothing along.
        self.assertEqual(one(self.db, "SELECT available"
                             " FROM wallet_balance('xt', '2025-02-01 00:00:00')"), 10)
        self.assertEqual(access(self.db, "2025-02-01 00:00:00", "xt"), "full")
        self.assertEqual(access(self.db, "2023-06-01 00:00:00", "xt"), "none")

    def test_an_account_without_any_subscription_is_judged_by_its_balance(self):
        self.db.executescript("""
          INSERT INTO account(account_id, country) VALUES ('y', 'JP');
          INSERT INTO team(team_id, account_id) VALUES ('yt', 'y');
          SELECT settle();""")
        self.assertEqual(access(self.db, "2021-01-01 00:00:00", "yt"), "full")

    def test_in_any_order(self):
        rows(self.db, "UPDATE country SET flex_from = '2030-01-01 00:00:00' WHERE country = 'XX'")
        rows(self.db, "SELECT settle()")
        before = self.readings()
        rows(self.db, "UPDATE country SET flex_from = NULL WHERE country = 'XX'")
        rows(self.db, "SELECT settle()")
        self.assertEqual(self.readings(), before)


class Deletions(WithWorld):
    """What usage or charges hang on is not deleted (D115)."""

    def setUp(self):
        super().setUp()
        self.db.executescript("""
          INSERT INTO app(client_id, account_id) VALUES ('e', 'b'), ('idle', 'b');
          INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at)
            VALUES (3, 'v', 'flex_token', 100, '2025-01-01 00:00:00');
          INSERT INTO team(team_id, account_id) VALUES ('z', 'b');
          INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES
            (31, 'e', 'model-derivative', 'rvt', 1, '2025-02-02 00:00:00'),
            (32, 'stranger', 'viewer', NULL, 1, '2025-02-02 00:00:00');
          SELECT settle();""")

    def test_what_charges_hang_on(self):
        for sql in ["DELETE FROM app WHERE client_id = 'e'",
                    "DELETE FROM app WHERE client_id = 'c'",
                    "DELETE FROM app WHERE client_id IN ('idle', 'e')", "DELETE FROM app",
                    "DELETE FROM team WHERE team_id = 'v'",
                    "DELETE FROM account WHERE account_id = 'b'",
                    "DELETE FROM token_kind WHERE kind = 'flex_token'",
                    "DELETE FROM api WHERE api = 'model-derivative'"]:
            with self.subTest(sql=sql):
                self.refused(self.db, sql)

    def test_a_key_that_charges_hang_on_is_not_taken_by_replace(self):
        self.refused(self.db, "UPDATE app SET client_id = 'f' WHERE client_id = 'e'", words=["'e'"])

    def test_corrections_show(self):
        """What may be deleted as a correction leaves no charge that nothing explains."""
        for sql in ["DELETE FROM app_team WHERE client_id = 'c'",
                    "DELETE FROM token_lot WHERE lot_id = 1",
                    "DELETE FROM rate_card WHERE api = 'model-derivative' AND sku = 'complex'"]:
            with self.subTest(sql=sql):
                self.db.execute("SAVEPOINT one")
                try:
                    rows(self.db, sql)
                except sqlite3.IntegrityError:
                    pass
                else:
                    rows(self.db, "SELECT settle()")
                    self.assertEqual(errors(self.db), [])
                    self.assertEqual(rows(self.db, "SELECT usage_id FROM usage_status"
                                          " WHERE team_id = 't'"
                                                   " AND status IN ('charged', 'partial')"
                                          " AND charged = 0"), [])
                self.db.execute("ROLLBACK TO one")

    def test_usage_that_waits_counts_as_well(self):
        rows(self.db, JOB, "idle", "rvt", 1, "2025-02-03 00:00:00")
        self.refused(self.db, "DELETE FROM app WHERE client_id = 'idle'", words=["idle"])

    def test_what_nothing_hangs_on_may_go(self):
        rows(self.db, "DELETE FROM app WHERE client_id = 'idle'")
        rows(self.db, "DELETE FROM team WHERE team_id = 'z'")
        self.assertEqual(errors(self.db), [])

    def test_usage_and_lots_that_nothing_closes_can_be_corrected(self):
        """Deleting a usage is a correction that says so."""
        rows(self.db, "DELETE FROM usage WHERE usage_id = 31")
        rows(self.db, "SELECT settle()")
        self.assertEqual(one(self.db, "SELECT balance FROM wallet_balance('v', "
                             "'2025-03-01 00:00:00')"), 100)
        rows(self.db, "DELETE FROM app WHERE client_id = 'e'")


class AnyOrder(WithWorld):
    """The ledger is a function of the facts: every order of insertion, settled once or after each
    row."""

    DATED = [
        "INSERT INTO account_agreement(account_id, agreement, starts_at)"
        " VALUES ('b', 'eba', '2025-03-05 00:00:00')",
        "INSERT INTO account_agreement(account_id, agreement, starts_at)"
        " VALUES ('b', 'flex', '2025-03-07 00:00:00')",
        "INSERT INTO app_owner(client_id, account_id, owned_from)"
        " VALUES ('e', 'b', '2025-03-04 00:00:00')",
        "INSERT INTO policy_change(name, value, effective_from)"
        " VALUES ('lot_term', '+2 days', '2025-03-02 00:00:00')",
        "INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at)"
        " VALUES (40, 'v', 'flex_token', 7, '2025-03-05 00:00:00')",
        "INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at)"
        " VALUES (41, 't', 'cloud_credit', 7, '2022-03-05 00:00:00')",
    ] + [JOB.replace("usage(", "usage(usage_id, ").replace("(?, 'm", "(%d, 'e', 'm" % (50 + day))
         .replace("?, ?, ?)", "'rvt', 4, '2025-03-0%d 12:00:00')" % day) for day in range(1, 8)]

    def play(self, name, order, autosettle):
        db = self.empty(name)
        db.executescript("""
          INSERT INTO account(account_id, country) VALUES ('a', 'JP'), ('b', 'JP');
          INSERT INTO team(team_id, account_id) VALUES ('t', 'a'), ('v', 'b');
          INSERT INTO app(client_id, account_id) VALUES ('e', 'a');
          INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES
            (1, 't', 'flex_token', 20, '2025-01-01 00:00:00'),
            (2, 'v', 'flex_token', 20, '2025-01-01 00:00:00');
          """)
        rows(db, "SELECT billing_autosettle(?)", autosettle)
        for sql in order:
            rows(db, sql)
        rows(db, "SELECT settle()")
        self.assertEqual(errors(db), [], order)
        return (entries(db), rows(db, PAID),
                [rows(db, "SELECT * FROM wallet_balance WHERE at = ?", "2025-03-0%d 18:00:00" % day)
                 for day in range(1, 9)])

    def test_orders(self):
        right = self.play("right.db", self.DATED, 0)
        self.assertEqual({status for _, _, status, _, _ in right[1]}, {"charged", "excluded"})
        source = random.Random(11)
        for number in range(12):
            order = list(self.DATED)
            source.shuffle(order)
            for autosettle in (0, 1):
                with self.subTest(number=number, autosettle=autosettle):
                    self.assertEqual(self.play("%d%d.db" % (number, autosettle), order, autosettle),
                                     right)

    def test_corrected_again_and_again(self):
        """Rows that come and go leave nothing behind."""
        right = self.play("right.db", self.DATED, 0)
        for autosettle, pair in itertools.product((0, 1), [("2025-03-06 00:00:00",
                                                            "2025-03-05 00:00:00"),
                                                           ("2025-03-08 00:00:00",
                                                            "2025-03-05 00:00:00")]):
            with self.subTest(autosettle=autosettle, pair=pair):
                order = list(self.DATED)
                order[0] = order[0].replace("2025-03-05", pair[0][:10])
                order += ["UPDATE account_agreement SET starts_at = '%s' WHERE agreement = 'eba'"
                          % pair[1], "DELETE FROM app_owner", self.DATED[2],
                          "UPDATE policy_change SET value = '+9 days'",
                          "UPDATE policy_change SET value = '+2 days'"]
                self.assertEqual(self.play("%d%s.db" % (autosettle, pair[0][:10]), order,
                                           autosettle), right)

    def test_facts_are_kept_as_written(self):
        self.play("right.db", self.DATED, 1)
        self.assertIn("account_agreement", facts(self.open(self.folder + "/right.db")))


if __name__ == "__main__":
    unittest.main()
