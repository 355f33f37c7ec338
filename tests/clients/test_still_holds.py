"""What held before and goes on holding: small things that strangers try first."""

import os
import re
import unittest

from cases import FACTS, JOB, WORLD, WithWorld, entries, errors, facts, one, rows
from support import shell

READING = ["wallet_balance", "lot_balance", "ledger", "uncharged_usage", "usage_status",
           "unrated_usage",
           "usage_daily", "settlement_preview", "billing_alert", "token_events", "wallet_forecast",
           "budget_status", "billing_check"]

# An insert into each fact table, and the row that RETURNING gives of it.
RETURNING = re.split(r"\n(?! )", """
INSERT INTO account(account_id, country) VALUES ('n', 'JP') RETURNING account_id, country, agreement
INSERT INTO team(team_id, account_id, name) VALUES ('n', 'a', 'New')
  RETURNING team_id, account_id, name
INSERT INTO app(client_id, account_id) VALUES ('n', 'a') RETURNING client_id, account_id
INSERT INTO app_team(client_id, team_id, assigned_at) VALUES ('d', 't', '2025-03-01 00:00:00')
  RETURNING client_id, team_id, assigned_at
INSERT INTO product_assignment(account_id, team_id, assigned_at)
  VALUES ('a', 'u', '2025-03-01 00:00:00') RETURNING account_id, team_id, revoked_at
INSERT INTO token_kind(kind, rank) VALUES ('voucher', 5) RETURNING kind, rank
INSERT INTO kind_api(kind, api) VALUES ('cloud_credit', 'viewer') RETURNING kind, api
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at)
  VALUES (9, 't', 'flex_token', 5, '2025-03-01 00:00:00') RETURNING lot_id, tokens, expires_at
INSERT INTO lot_move(lot_id, team_id, moved_at) VALUES (2, 't', '2025-03-01 00:00:00')
  RETURNING lot_id, team_id, moved_at
INSERT INTO api(api, premium) VALUES ('render', 1) RETURNING api, premium
INSERT INTO api_alias(alias, api) VALUES ('md', 'model-derivative') RETURNING alias, api
INSERT INTO sku_alias(api, alias, sku, effective_from)
  VALUES ('model-derivative', 'skp', 'complex', '2025-03-01 00:00:00') RETURNING alias, sku
INSERT INTO rate_card(api, sku, effective_from, tokens)
  VALUES ('model-derivative', 'complex', '2025-03-01 00:00:00', 2) RETURNING api, tokens, per
INSERT INTO rate_tier(api, sku, effective_from, above, tokens)
  VALUES ('model-derivative', 'complex', '2022-03-29 00:00:00', 10, 2) RETURNING above, tokens
INSERT INTO outcome_rule(api, outcome, factor) VALUES ('model-derivative', 'lost', 0)
  RETURNING api, outcome, factor
INSERT INTO usage(usage_id, client_id, api, occurred_at)
  VALUES (9, 'c', 'viewer', '2025-03-01 00:00:00') RETURNING usage_id, quantity, outcome
INSERT INTO country(country, flex_from) VALUES ('XX', NULL) RETURNING country, flex_from
INSERT INTO subscription(account_id, starts_at, ends_at)
  VALUES ('a', '2025-03-01 00:00:00', '2026-03-01 00:00:00') RETURNING account_id, ends_at
INSERT INTO unblock(team_id, unblocked_at) VALUES ('t', '2025-03-01 00:00:00')
  RETURNING team_id, unblocked_at
INSERT INTO period_close(team_id, closed_until) VALUES ('t', '2025-02-10 00:00:00')
  RETURNING team_id, closed_until
INSERT INTO budget(team_id, tokens, starts_at) VALUES ('t', 5, '2025-03-01 00:00:00')
  RETURNING team_id, tokens
""".strip())
RETURNED = [("n", "JP", "flex"), ("n", "a", "New"), ("n", "a"), ("d", "t", "2025-03-01 00:00:00"),
            ("a", "u", None),
            ("voucher", 5), ("cloud_credit", "viewer"), (9, 5.0, None),
            (2, "t", "2025-03-01 00:00:00"),
            ("render", 1), ("md", "model-derivative"), ("skp", "complex"),
            ("model-derivative", 2.0, 1.0),
            (10.0, 2.0), ("model-derivative", "lost", 0.0), (9, 1.0, "success"), ("XX", None),
            ("a", "2026-03-01 00:00:00"), ("t", "2025-03-01 00:00:00"),
            ("t", "2025-02-10 00:00:00"), ("t", 5.0)]


class Inserts(WithWorld):
    def test_returning_in_inserts_of_every_fact(self):
        for autosettle in (0, 1):
            rows(self.db, "SELECT billing_autosettle(?)", autosettle)
            for sql, right in zip(RETURNING, RETURNED):
                with self.subTest(sql=sql, autosettle=autosettle):
                    self.db.execute("SAVEPOINT one")
                    try:
                        self.assertEqual(rows(self.db, sql), [right])
                        rows(self.db, "SELECT settle()")
                        self.assertEqual(errors(self.db), [])
                    finally:
                        self.db.execute("ROLLBACK TO one")
                        self.db.execute("RELEASE one")

    def test_empty_strings_where_an_id_is_due(self):
        for sql in ["INSERT INTO team(team_id, account_id) VALUES ('', 'a')",
                    "INSERT INTO account(account_id, country) VALUES ('', 'JP')",
                    "INSERT INTO app(client_id, account_id) VALUES ('', 'a')",
                    "INSERT INTO usage(client_id, api, occurred_at)"
                    " VALUES ('', 'viewer', '2025-03-01 00:00:00')",
                    "INSERT INTO usage(client_id, api, occurred_at)"
                    " VALUES ('c', '', '2025-03-01 00:00:00')",
                    "INSERT INTO usage(client_id, api, occurred_at) VALUES ('c', 'viewer', '')"]:
            with self.subTest(sql=sql):
                self.refused(self.db, sql)

    def test_negative_zero(self):
        rows(self.db, JOB, "c", "rvt", -0.0, "2025-02-02 00:00:00")
        rows(self.db, "SELECT settle()")
        self.assertEqual(one(self.db, "SELECT balance FROM wallet_balance('t', "
                             "'2025-03-01 00:00:00')"), 98)
        self.assertEqual(str(one(self.db, "SELECT rate('model-derivative', 'rvt', -0.0, "
                                 "'2025-02-02 00:00:00')")), "0.0")
        self.assertEqual(str(one(self.db, "SELECT sum(tokens) FROM usage_daily"
                                 " WHERE day = '2025-02-02'")), "0.0")
        self.assertEqual(errors(self.db), [])

    def test_a_users_table_is_renamed(self):
        self.db.executescript("CREATE TABLE mine(x); CREATE VIEW mine_view AS SELECT x FROM mine;"
                              "INSERT INTO mine VALUES (1); ALTER TABLE mine RENAME TO yours;"
                              "ALTER TABLE yours RENAME COLUMN x TO y; ALTER TABLE yours ADD "
                              "COLUMN z;")
        self.assertEqual(rows(self.db, "SELECT * FROM yours"), [(1, None)])
        self.assertEqual(rows(self.db, "SELECT * FROM mine_view"), [(1,)])
        rows(self.db, JOB, "c", "rvt", 1, "2025-02-27 00:00:00")
        rows(self.db, "SELECT settle()")
        self.assertEqual(errors(self.db), [])


class Prices(WithWorld):
    def test_the_exact_edge_of_a_tier(self):
        """The price beyond `above` begins beyond it, per calendar month."""
        rows(self.db, "INSERT INTO rate_tier(api, sku, effective_from, above, tokens)"
                      " VALUES ('model-derivative', 'complex', '2022-03-29 00:00:00', 10, 3)")
        for number, (quantity, at, right) in enumerate([
                (10, "2025-05-01 00:00:00", 5), (1, "2025-05-02 00:00:00", 3),
                (9.5, "2025-06-01 00:00:00", 4.75),
                (1, "2025-06-02 00:00:00", 0.25 + 1.5), (11, "2025-07-31 23:59:59.999", 5 + 3),
                (1, "2025-08-01 00:00:00", 0.5)]):
            rows(self.db, JOB.replace("usage(", "usage(usage_id, ").replace(
                "VALUES (", "VALUES (%d, "
                 % (50 + number)), "c", "rvt", quantity, at)
            rows(self.db, "SELECT settle()")
            with self.subTest(quantity=quantity, at=at):
                self.assertAlmostEqual(one(self.db, "SELECT tokens FROM usage_status"
                                           " WHERE usage_id = ?", 50 + number),
                                       right)

    def test_29_february_and_a_year(self):
        rows(self.db, "INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at)"
                      " VALUES (9, 'v', 'flex_token', 5, '2024-02-29 12:00:00')")
        rows(self.db, "SELECT settle()")
        self.assertEqual(one(self.db, "SELECT expires_at"
                             " FROM lot_balance('v', '2024-03-01 00:00:00')"),
                         "2025-03-01 12:00:00")
        for at, available in (("2025-03-01 11:59:59.999", 5), ("2025-03-01 12:00:00", 0)):
            self.assertEqual(one(self.db, "SELECT available FROM wallet_balance('v', ?)", at),
                             available)

    def test_a_gap_in_the_rates(self):
        rows(self.db, "INSERT INTO rate_card(api, sku, effective_from, tokens) VALUES"
                      " ('model-derivative', 'complex', '2025-02-05 00:00:00', NULL),"
                      " ('model-derivative', 'complex', '2025-02-25 00:00:00', 1)")
        rows(self.db, "SELECT settle()")
        self.assertEqual(rows(self.db, "SELECT usage_id, status, tokens FROM usage_status"
                              " ORDER BY 1"),
                         [(1, "charged", 0.5), (2, "unrated", None), (3, "charged", 1.0),
                          (4, "charged", 1.0)])
        self.assertIsNone(one(self.db, "SELECT rate('model-derivative', 'rvt', 1, "
                              "'2025-02-24 23:59:59.999')"))
        self.assertEqual(errors(self.db), [])

    def test_offsets(self):
        for text, right in [("2025-06-15T15:56:12+05:45", "2025-06-15 10:11:12"),
                            ("2025-06-15T04:41:12-05:30", "2025-06-15 10:11:12"),
                            ("2025-01-01T00:00:00+14:00", "2024-12-31 10:00:00")]:
            self.assertEqual(one(self.db, "SELECT utc(?)", text), right)


class Reading(WithWorld):
    def test_joins_in_either_order(self):
        at = "'2025-03-01 00:00:00'"
        right = rows(self.db, "SELECT team_id, balance FROM wallet_balance WHERE at = %s ORDER BY 1"
                     % at)
        self.assertEqual(len(right), 3)
        for sql in ["SELECT w.team_id, balance FROM team JOIN wallet_balance w USING (team_id)"
                    " WHERE w.at = %s",
                    "SELECT w.team_id, balance FROM wallet_balance w JOIN team USING (team_id)"
                    " WHERE w.at = %s",
                    "SELECT t.team_id, balance FROM team t, wallet_balance(t.team_id, %s)",
                    "SELECT t.team_id, (SELECT balance FROM wallet_balance(t.team_id, %s))"
                    " FROM team t",
                    "WITH m(i) AS (VALUES (%s)) SELECT w.team_id, balance FROM m"
                    " JOIN wallet_balance w ON w.at = m.i",
                    "WITH m(i) AS (VALUES (%s)) SELECT w.team_id, balance FROM wallet_balance w"
                    " JOIN m ON w.at = m.i",
                    "SELECT t.team_id, balance FROM team t LEFT JOIN wallet_balance w"
                    " ON w.team_id = t.team_id AND w.at = %s",
                    "SELECT w.team_id, balance FROM usage_status s JOIN wallet_balance w"
                    " ON w.team_id = s.team_id"
                    " AND w.at = %s GROUP BY 1 UNION SELECT team_id, balance FROM wallet_balance"
                    " WHERE at = " + at]:
            with self.subTest(sql=sql):
                self.assertEqual(sorted(rows(self.db, sql % at)), right)

    def test_count_of_every_reading_table(self):
        for table in READING:
            with self.subTest(table=table):
                self.assertEqual(one(self.db, "SELECT count(*) FROM " + table),
                                 len(rows(self.db, "SELECT * FROM " + table)))

    def test_in_lists_of_teams(self):
        for table in ("wallet_balance", "lot_balance", "usage_status", "ledger", "usage_daily",
                      "billing_alert"):
            everyone = [row for row in rows(self.db, "SELECT team_id, * FROM " + table)
                        if row[0] in ("t", "v")]
            for teams in ("'t', 'v'", "'v', 't', 't', 'none', NULL",
                          "SELECT team_id FROM team WHERE team_id <> 'u'"):
                with self.subTest(table=table, teams=teams):
                    got = rows(self.db, "SELECT team_id, * FROM %s WHERE team_id IN (%s)"
                               % (table, teams))
                    self.assertEqual(len(got), len(everyone))
                    self.assertEqual({row[0] for row in got}, {row[0] for row in everyone})

    def test_each_row_once(self):
        """Cases 2, 3 and 4: what the planner makes of OR, of a range of instants and of a forced
        order."""
        self.assertEqual(one(self.db, "SELECT sum(events) FROM usage_daily"
                                      " WHERE day < '2025-02-10' OR day > '2025-02-20'"), 4)
        error = self.message(self.db, "SELECT count(*) FROM wallet_balance"
                                      " WHERE at BETWEEN '2025-01-01 00:00:00'"
                             " AND '2025-03-01 00:00:00'")
        self.assertIn("join", str(error).lower())
        join = ("WITH m(at) AS (VALUES ('2025-02-02 00:00:00')) SELECT balance FROM %s"
                " WHERE w.at = m.at AND w.team_id = 't'")
        for source in ("wallet_balance w JOIN m", "m JOIN wallet_balance w",
                       "m CROSS JOIN wallet_balance w"):
            self.assertEqual(rows(self.db, join % source), [(99.5,)], source)
        self.right_or_refused(self.db, [(99.5,)], join % "wallet_balance w CROSS JOIN m")


class Shell(WithWorld):
    def test_a_csv_with_a_byte_order_mark(self):
        path = os.path.join(self.folder, "usage.csv")
        with open(path, "w", encoding="utf-8-sig", newline="") as file:
            file.write("client_id,api,sku,quantity,occurred_at,source_id\r\n"
                       "c,model-derivative,rvt,2,2025-02-27 00:00:00,csv-1\r\n"
                       "d,model-derivative,dwg,3,2025-02-27 00:00:00,csv-2\r\n")
        out, err = shell(self.path, """
.mode csv
.import "%s" raw
INSERT OR IGNORE INTO usage(client_id, api, sku, quantity, occurred_at, source_id)
  SELECT client_id, api, sku, quantity, occurred_at, source_id FROM raw;
SELECT settle();
.mode list
SELECT balance FROM wallet_balance('t', '2025-03-01 00:00:00');
""" % path)
        self.assertEqual((out.split("\n")[-2:], err), (["97.0", ""], ""))

    def test_dump_and_reload(self):
        self.db.close()
        dumped, err = shell(self.path, ".dump\n")
        self.assertEqual(err, "")
        path = os.path.join(self.folder, "reloaded.db")
        out, err = shell(path, ".dbconfig defensive off\n" + dumped)
        self.assertEqual(err, "")
        before, after = self.open(self.path), self.open(path)
        self.assertEqual(facts(after), facts(before))
        self.assertEqual(entries(after), entries(before))
        for table in ("wallet_balance('t', '2025-03-01 00:00:00')", "usage_daily", "usage_status"):
            self.assertEqual(rows(after, "SELECT * FROM " + table),
                             rows(before, "SELECT * FROM " + table))
        self.assertEqual(errors(after), [])
        rows(after, JOB, "c", "rvt", 1, "2025-02-27 00:00:00")
        rows(after, "SELECT settle()")
        self.assertEqual(one(after, "SELECT balance FROM wallet_balance('t', "
                             "'2025-03-01 00:00:00')"), 97.5)


class World(WithWorld):
    def test_the_world_is_sound(self):
        self.assertEqual(rows(self.db, "SELECT * FROM billing_check"), [])
        self.assertTrue(WORLD and FACTS)
        self.assertEqual(one(self.db, "SELECT balance FROM wallet_balance('t', "
                             "'2025-03-01 00:00:00')"), 98)


if __name__ == "__main__":
    unittest.main()
