"""A closed period reads the same for ever: every reading table, at an instant before the close,
after any later fact. Each later fact is refused, or counts from the close."""

import re
import sqlite3
import unittest

from cases import JOB, WithWorld, entries, errors, one, rows

CLOSE = "2025-04-01 00:00:00"

# What happens before the close: a debt that is offset, a debt that stays, a trial, a moved lot, an
# unblock, free, failed, unrated and unassigned usage, a budget, a country without Flex, a low
# balance.
STORY = """
INSERT INTO country(country, flex_from) VALUES ('XX', NULL);
INSERT INTO account(account_id, country, trial_started_at)
  VALUES ('n', 'JP', '2025-02-20 00:00:00');
INSERT INTO account(account_id, country) VALUES ('x', 'XX');
INSERT INTO team(team_id, account_id) VALUES ('nt', 'n'), ('xt', 'x');
INSERT INTO app(client_id, account_id) VALUES ('nc', 'n'), ('xc', 'x'), ('e', 'b');
INSERT INTO subscription(account_id, starts_at, ends_at) VALUES
  ('x', '2024-06-01 00:00:00', '2025-02-10 00:00:00'), ('x', '2025-03-01 00:00:00',
    '2026-03-01 00:00:00');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at, expires_at) VALUES
  (10, 'u', 'cloud_credit', 20, '2022-01-01 00:00:00', '2025-03-15 00:00:00'),
  (11, 'xt', 'cloud_credit', 30, '2024-07-01 00:00:00', NULL),
  (12, 'xt', 'cloud_credit', 30, '2025-03-02 00:00:00', NULL),
  (13, 'u', 'flex_token', 40, '2025-01-10 00:00:00', NULL);
INSERT INTO lot_move(lot_id, team_id, moved_at) VALUES (13, 't', '2025-03-10 00:00:00');
INSERT INTO unblock(team_id, unblocked_at) VALUES ('v', '2025-03-20 00:00:00');
INSERT INTO budget(team_id, tokens, starts_at) VALUES ('t', 10, '2025-01-01 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at, outcome) VALUES
  (20, 'd', 'model-derivative', 'rvt', 60, '2025-02-03 00:00:00', 'success'),
  (21, 'd', 'automation', 'revit', 36000, '2025-03-12 00:00:00', 'success'),
  (22, 'c', 'model-derivative', 'ifc', 260, '2025-03-05 00:00:00', 'success'),
  (23, 'c', 'viewer', NULL, 1, '2025-03-06 00:00:00', 'success'),
  (24, 'c', 'model-derivative', 'rvt', 1, '2025-03-06 00:00:00', 'failed'),
  (25, 'e', 'model-derivative', 'rvt', 10, '2025-02-01 00:00:00', 'success'),
  (26, 'nc', 'model-derivative', 'rvt', 10, '2025-03-01 00:00:00', 'success'),
  (27, 'xc', 'model-derivative', 'dwg', 10, '2025-02-09 00:00:00', 'success'),
  (28, 'xc', 'model-derivative', 'dwg', 10, '2025-02-15 00:00:00', 'success'),
  (29, 'xc', 'model-derivative', 'dwg', 10, '2025-03-05 00:00:00', 'success'),
  (30, 'stranger', 'model-derivative', 'rvt', 1, '2025-03-05 00:00:00', 'success'),
  (31, 'c', 'teleport', 'metre', 1, '2025-03-05 00:00:00', 'success'),
  (32, 'c', 'model-derivative', 'skp', 1, '2025-03-05 00:00:00', 'success'),
  (33, 'c', 'reality-capture', 'photo', 50, '2025-03-25 00:00:00', 'success');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at)
  VALUES (14, 'v', 'flex_token', 100, '2025-03-19 00:00:00');
SELECT settle();
"""

# Usage that the close holds.
SETTLED = [1, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 33]
TEAMS = ["t", "u", "v", "nt", "xt"]
AT = ["2025-01-31 00:00:00", "2025-02-03 00:00:00", "2025-02-12 00:00:00", "2025-02-16 00:00:00",
      "2025-03-01 12:00:00", "2025-03-06 00:00:00", "2025-03-11 00:00:00", "2025-03-15 00:00:00",
      "2025-03-19 12:00:00", "2025-03-25 00:00:00", "2025-03-31 23:59:59.999"]

INSERT_USAGE = "INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES "
INSERT_LOT = "INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES "
# Facts that are recorded after the close. Each is refused or counts from the close.
LATER = re.split(r"\n(?! )", """
UPDATE account SET agreement = 'eba' WHERE account_id = 'a'
UPDATE account SET agreement = 'eba'
INSERT INTO account_agreement(account_id, agreement, starts_at)
  VALUES ('a', 'eba', '2025-02-01 00:00:00')
INSERT INTO account_agreement(account_id, agreement, starts_at)
  VALUES ('b', 'eba', '2025-03-31 00:00:00')
INSERT INTO account_agreement(account_id, agreement, starts_at)
  VALUES ('a', 'eba', '2025-04-10 00:00:00')
UPDATE account SET trial_started_at = '2025-02-01 00:00:00' WHERE account_id = 'a'
UPDATE account SET trial_started_at = NULL WHERE account_id = 'n'
UPDATE account SET trial_started_at = '2025-03-20 00:00:00' WHERE account_id = 'n'
UPDATE account SET trial_ended_at = '2025-03-01 00:00:00' WHERE account_id = 'n'
UPDATE account SET trial_ended_at = '2025-04-10 00:00:00' WHERE account_id = 'n'
UPDATE account SET country = 'XX' WHERE account_id = 'a'
UPDATE account SET country = 'JP' WHERE account_id = 'x'
UPDATE account SET country = NULL WHERE account_id = 'a'
UPDATE account SET name = 'renamed'
UPDATE country SET flex_from = '2025-02-01 00:00:00' WHERE country = 'XX'
UPDATE country SET flex_from = '2024-01-01 00:00:00' WHERE country = 'XX'
UPDATE country SET flex_from = NULL WHERE country = 'JP'
UPDATE country SET flex_from = '2025-06-01 00:00:00' WHERE country = 'JP'
UPDATE country SET flex_from = '2025-05-01 00:00:00' WHERE country = 'XX'
INSERT OR REPLACE INTO country(country, flex_from) VALUES ('XX', '2025-02-01 00:00:00')
DELETE FROM country WHERE country = 'XX'
DELETE FROM country
INSERT INTO subscription(account_id, starts_at, ends_at)
  VALUES ('x', '2025-02-10 00:00:00', '2025-03-01 00:00:00')
INSERT INTO subscription(account_id, starts_at, ends_at)
  VALUES ('a', '2024-01-01 00:00:00', '2025-02-20 00:00:00')
UPDATE subscription SET ends_at = '2025-03-20 00:00:00' WHERE starts_at = '2025-03-01 00:00:00'
UPDATE subscription SET ends_at = '2025-05-01 00:00:00' WHERE starts_at = '2025-03-01 00:00:00'
DELETE FROM subscription
DELETE FROM subscription WHERE starts_at < '2025-01-01 00:00:00'
UPDATE policy SET value = 1 WHERE name = 'grace_days'
UPDATE policy SET value = 60 WHERE name = 'grace_days'
UPDATE policy SET value = 5 WHERE name = 'trial_days'
UPDATE policy SET value = '+1 month' WHERE name = 'lot_term'
UPDATE policy SET value = '+5 years' WHERE name = 'lot_term'
UPDATE policy SET value = 1000 WHERE name = 'low_balance_tokens'
UPDATE policy SET value = 3 WHERE name = 'lapse_notice_days'
UPDATE policy SET value = 7 WHERE name = 'min_purchase_tokens'
UPDATE policy SET value = 'auto' WHERE name = 'restore'
UPDATE policy SET value = 90 WHERE name = 'red_percent'
UPDATE policy SET value = 'cloud_credit' WHERE name = 'flex_kind'
UPDATE policy SET value = 'flex_token' WHERE name = 'credit_kind'
UPDATE policy SET value = 7 WHERE name = 'forecast_days'
INSERT INTO policy_change(name, value, effective_from)
  VALUES ('grace_days', 1, '2025-01-01 00:00:00')
INSERT INTO policy_change(name, value, effective_from)
  VALUES ('restore', 'auto', '2025-01-01 00:00:00')
INSERT INTO policy_change(name, value, effective_from)
  VALUES ('lot_term', '+1 month', '2020-01-01 00:00:00')
INSERT INTO policy_change(name, value, effective_from)
  VALUES ('low_balance_tokens', 1000, '2025-01-01 00:00:00')
INSERT INTO policy_change(name, value, effective_from)
  VALUES ('grace_days', 1, '2025-04-02 00:00:00')
DELETE FROM policy WHERE name = 'grace_days'
DELETE FROM policy
INSERT INTO kind_api(kind, api) VALUES ('flex_token', 'reality-capture')
INSERT INTO kind_api(kind, api) VALUES ('cloud_credit', 'model-derivative')
UPDATE token_kind SET rank = 9 WHERE kind = 'cloud_credit'
UPDATE token_kind SET rank = rank + 10
UPDATE rate_card SET tokens = 9 WHERE api = 'model-derivative'
UPDATE rate_card SET tokens = 0
INSERT INTO rate_card(api, sku, effective_from, tokens)
  VALUES ('model-derivative', 'complex', '2025-02-01 00:00:00', 3)
INSERT INTO rate_card(api, sku, effective_from, tokens)
  VALUES ('reality-capture', 'photo', '2025-02-01 00:00:00', NULL)
DELETE FROM rate_card WHERE api = 'model-derivative'
DELETE FROM rate_card
INSERT INTO rate_tier(api, sku, effective_from, above, tokens)
  VALUES ('model-derivative', 'complex', '2022-03-29 00:00:00', 1, 7)
INSERT INTO sku_alias(api, alias, sku, effective_from)
  VALUES ('model-derivative', 'skp', 'complex', '2016-11-14 00:00:00')
INSERT INTO sku_alias(api, alias, sku, effective_from)
  VALUES ('model-derivative', 'rvt', 'simple', '2025-01-14 00:00:00')
UPDATE sku_alias SET sku = 'simple'
DELETE FROM sku_alias
UPDATE outcome_rule SET factor = 1
DELETE FROM outcome_rule
INSERT INTO outcome_rule(api, outcome, factor) VALUES ('model-derivative', 'success', 0.5)
UPDATE api SET premium = 0 WHERE api = 'model-derivative'
UPDATE api SET premium = 1 WHERE api = 'viewer'
INSERT INTO api(api, premium) VALUES ('teleport', 0)
INSERT INTO api_alias(alias, api) VALUES ('teleport', 'model-derivative')
DELETE FROM api_alias WHERE alias = 'automation'
INSERT INTO app(client_id, account_id) VALUES ('stranger', 'a')
UPDATE app SET account_id = 'b' WHERE client_id = 'nc'
UPDATE app SET account_id = 'a' WHERE client_id = 'e'
UPDATE app SET name = 'renamed'
INSERT INTO app_owner(client_id, account_id, owned_from) VALUES ('e', 'a', '2025-01-01 00:00:00')
INSERT INTO app_owner(client_id, account_id, owned_from) VALUES ('e', 'a', '2025-04-02 00:00:00')
INSERT INTO app_team(client_id, team_id, assigned_at) VALUES ('c', 'u', '2025-02-01 00:00:00')
INSERT INTO app_team(client_id, team_id, assigned_at) VALUES ('e', 't', '2025-01-01 00:00:00')
INSERT INTO app_team(client_id, team_id, assigned_at) VALUES ('c', 'u', '2025-04-02 00:00:00')
UPDATE app_team SET team_id = 'u' WHERE client_id = 'c'
UPDATE app_team SET assigned_at = '2025-04-01 00:00:00' WHERE client_id = 'c'
DELETE FROM app_team
DELETE FROM app WHERE client_id = 'e'
INSERT INTO product_assignment(account_id, team_id, assigned_at)
  VALUES ('a', 'u', '2020-01-01 00:00:00')
INSERT INTO product_assignment(account_id, team_id, assigned_at)
  VALUES ('b', 't', '2020-01-01 00:00:00')
INSERT INTO team(team_id, account_id) VALUES ('aaa', 'b')
INSERT INTO team(team_id, account_id) VALUES ('aaa', 'n')
UPDATE team SET account_id = 'n' WHERE team_id = 't'
INSERT INTO unblock(team_id, unblocked_at) VALUES ('t', '2025-03-06 00:00:00')
INSERT INTO unblock(team_id, unblocked_at) VALUES ('u', '2025-03-31 00:00:00')
DELETE FROM unblock
UPDATE unblock SET unblocked_at = '2025-03-25 00:00:00'
INSERT INTO unblock(team_id, unblocked_at) VALUES ('u', '2025-04-20 00:00:00')
INSERT INTO lot_move(lot_id, team_id, moved_at) VALUES (1, 'u', '2025-02-10 00:00:00')
INSERT INTO lot_move(lot_id, team_id, moved_at) VALUES (2, 't', '2025-04-05 00:00:00')
DELETE FROM lot_move
UPDATE lot_move SET moved_at = '2025-03-01 00:00:00'
UPDATE token_lot SET voided_at = '2025-02-10 00:00:00' WHERE lot_id = 1
UPDATE token_lot SET voided_at = '2025-04-10 00:00:00' WHERE lot_id = 2
UPDATE token_lot SET expires_at = '2025-02-10 00:00:00' WHERE lot_id = 1
UPDATE token_lot SET expires_at = '2027-01-01 00:00:00' WHERE lot_id = 2
UPDATE token_lot SET tokens = 500 WHERE lot_id = 1
UPDATE token_lot SET kind = 'adjustment' WHERE lot_id = 13
UPDATE token_lot SET purchased_at = '2025-01-02 00:00:00' WHERE lot_id = 2
UPDATE token_lot SET note = 'renamed'
DELETE FROM token_lot WHERE lot_id = 2
UPDATE usage SET quantity = 2 WHERE usage_id = 1
UPDATE usage SET occurred_at = '2025-05-01 00:00:00' WHERE usage_id = 22
UPDATE usage SET outcome = 'failed'
UPDATE usage SET label = 'renamed'
DELETE FROM usage WHERE usage_id = 20
DELETE FROM usage WHERE usage_id = 24
UPDATE usage SET sku = 'dwg' WHERE usage_id = 24
DELETE FROM usage WHERE usage_id = 26
INSERT INTO contact(account_id, address) VALUES ('a', 'm@example.com')
INSERT INTO period_close(team_id, closed_until) VALUES ('t', '2025-05-01 00:00:00')
""".strip()) + [
    INSERT_USAGE + "(60, 'c', 'model-derivative', 'rvt', 7, '2025-02-02 00:00:00')",
    INSERT_USAGE + "(60, 'd', 'model-derivative', 'rvt', 7, '2025-01-02 00:00:00')",
    INSERT_USAGE + "(60, 'xc', 'model-derivative', 'rvt', 7, '2025-02-20 00:00:00')",
    INSERT_USAGE + "(60, 'nc', 'model-derivative', 'rvt', 7, '2025-03-20 00:00:00')",
    INSERT_USAGE + "(60, 'c', 'viewer', NULL, 7, '2025-03-20 00:00:00')",
    INSERT_USAGE + "(60, 'someone', 'model-derivative', 'rvt', 7, '2025-03-20 00:00:00')",
    INSERT_USAGE + "(60, 'c', 'unheard', 'rvt', 7, '2025-03-20 00:00:00')",
    INSERT_USAGE + "(60, 'c', 'model-derivative', 'rvt', 700, '2025-04-20 00:00:00')",
    INSERT_LOT + "(60, 't', 'flex_token', 500, '2025-02-02 00:00:00')",
    INSERT_LOT + "(60, 't', 'adjustment', 1, '2025-02-02 00:00:00')",
    INSERT_LOT + "(60, 'v', 'flex_token', 5, '2025-01-01 00:00:00')",
    INSERT_LOT + "(60, 'nt', 'flex_token', 5, '2025-01-01 00:00:00')",
    INSERT_LOT + "(60, 'u', 'flex_token', 500, '2025-04-20 00:00:00')",
]

BUDGETS = re.split(r"\n(?! )", """
UPDATE budget SET tokens = 1
UPDATE budget SET team_id = NULL
UPDATE budget SET team_id = 'u'
UPDATE budget SET client_id = 'c'
UPDATE budget SET starts_at = '2025-03-01 00:00:00'
DELETE FROM budget
INSERT INTO budget(team_id, tokens, starts_at) VALUES ('t', 1, '2025-01-01 00:00:00')
INSERT INTO budget(tokens, starts_at) VALUES (1, '2025-01-01 00:00:00')
""".strip())
LATER += BUDGETS

AS_OF = ["wallet_balance", "lot_balance", "usage_status", "uncharged_usage", "usage_daily",
         "billing_alert", "token_events", "budget_status"]


# What shows users, labels and the names beside ids; ?1 is the instant.
PAGES = ["usage_page(NULL, '2025-01-01', ?1, 0, ?1)",
         "usage_bars(NULL, '2025-01-01', ?1, NULL, ?1)",
         "usage_series(NULL, '2025-01-01', ?1, 'month', NULL, 0, ?1)",
         "charge_back(NULL, '2025-01-01', ?1, ?1)", "balances_page(NULL, ?1)",
         "balance_series(NULL, '2025-01-01', ?1, 'month', NULL)",
         "lot_series(NULL, '2025-01-01', ?1, 'change', NULL)",
         "month_statement(NULL, '2025-02', NULL)",
         "forecast_series(NULL, ?1, 2)"]
DESCRIBING = re.split(r"\n(?! )", """
UPDATE team SET name = 'renamed'
UPDATE team SET name = NULL WHERE team_id = 't'
INSERT OR REPLACE INTO team(team_id, account_id, name) VALUES ('t', 'a', 'renamed')
INSERT INTO team(team_id, account_id, name) VALUES ('t', 'a', 'x')
  ON CONFLICT (team_id) DO UPDATE SET name = 'renamed'
UPDATE app SET name = 'renamed'
UPDATE api SET name = 'renamed'
UPDATE api SET api = 'Viewer', name = 'renamed' WHERE api = 'viewer'
UPDATE token_kind SET name = 'renamed'
UPDATE usage SET user_id = 'renamed'
UPDATE usage SET user_id = 'renamed' WHERE usage_id = 24
UPDATE usage SET label = 'renamed' WHERE usage_id = 31
UPDATE usage SET source_id = 'renamed' WHERE usage_id = 20
""".strip())


def read(db, table, at):
    """What a table says of the closed teams at an instant; without what waits for settle(), which
    has no date, and lots that are not alive yet, which may come, change and go."""
    cursor = db.execute("SELECT * FROM " + (table if "(" in table else table + "(NULL, ?1)"),
                        (at,) if "?1" in table or "(" not in table else ())
    names = [column[0] for column in cursor.description]
    picked = [n for n, name in enumerate(names) if name != "pending"]
    return sorted([tuple(row[n] for n in picked) for row in cursor
                   if row[names.index("team_id")] in TEAMS
                   and (not table.startswith("lot_") or row[names.index("state")] != "pending")],
                  key=repr)


def snapshot(db, tables):
    """What every reading table says of instants before the close, as {what: [row]}."""
    seen = {}
    for at in AT:
        for table in tables:
            seen[table, at] = read(db, table, at)
        seen["access", at] = [(team, one(db, "SELECT access(?, ?)", team, at)) for team in TEAMS]
    seen["ledger"] = sorted(rows(db, "SELECT team_id, usage_id, lot_id, client_id, api, sku, "
                                 "occurred_at,"
                                     " charged_at, entry, units FROM ledger WHERE charged_at < ?",
                                 CLOSE))
    for usage_id in SETTLED:
        seen["explain_charge", usage_id] = rows(db, "SELECT * FROM explain_charge(?)", usage_id)
    seen["ledger_entry"] = [entry for entry in entries(db) if entry[3] < CLOSE]
    return seen


class Closed(WithWorld):
    """All teams are closed at one instant."""

    closed = TEAMS

    def setUp(self):
        super().setUp()
        self.db.executescript(STORY)
        for team in self.closed:
            rows(self.db, "INSERT INTO period_close(team_id, closed_until) VALUES (?, ?)", team,
                 CLOSE)
        self.assertEqual(errors(self.db), [])

        self.tables = [table for table in AS_OF if table != "usage_daily" or self.daily_has_at()]

    def daily_has_at(self):
        return bool(rows(self.db, "SELECT 1 FROM pragma_table_xinfo('usage_daily')"
                         " WHERE name = 'p_at'"))

    def test_the_bars_have_an_instant(self):
        self.assertTrue(self.daily_has_at(), "usage_daily(team_id, at)")

    def differences(self, before, after):
        return ["%s:\n- %s\n+ %s" % (what, [row for row in before[what] if row not in after[what]],
                                     [row for row in after[what] if row not in before[what]])
                for what in before if before[what] != after[what]]

    def same(self, before, when, tables=None):
        different = self.differences(before, snapshot(self.db, tables or self.tables))
        self.assertFalse(different, "%d readings differ %s\n%s"
                         % (len(different), when, "\n".join(different[:3])))

    def play(self, facts, tables=None):
        before = snapshot(self.db, tables or self.tables)
        for autosettle in (0, 1):
            rows(self.db, "SELECT billing_autosettle(?)", autosettle)
            for sql in facts:
                with self.subTest(sql=sql, autosettle=autosettle):
                    self.db.execute("SAVEPOINT later")
                    try:
                        try:
                            rows(self.db, sql)
                        except sqlite3.IntegrityError as error:
                            self.house_style(str(error))
                            continue
                        rows(self.db, "SELECT settle()")
                        self.same(before, "after the fact", tables)
                        self.assertEqual(errors(self.db), [])
                    finally:
                        self.db.execute("ROLLBACK TO later")
                        self.db.execute("RELEASE later")

    def test_any_later_fact(self):
        self.play(LATER)

    def test_what_describes(self):
        """Names beside ids, users, labels: a page of a closed instant prints the same for ever."""
        self.play(DESCRIBING, PAGES + ["usage_status"])

    def test_each_close_keeps_the_names_it_found(self):
        page = ("SELECT DISTINCT team_name, app_name, api_name"
                " FROM usage_page('t', '2025-01-01', ?, 0, ?) WHERE api <> 'teleport'")
        kinds = "SELECT DISTINCT kind_name FROM balances_page('t', ?) WHERE kind = 'flex_token'"
        names, later = "2025-03-06 00:00:00", "2025-04-20 00:00:00"
        before = rows(self.db, page, names, names), rows(self.db, kinds, names)
        for table in ("team", "app", "api", "token_kind"):
            rows(self.db, "UPDATE %s SET name = 'second'" % table)
        rows(self.db, "INSERT INTO period_close(team_id, closed_until)"
                      " VALUES ('t', '2025-05-01 00:00:00')")
        for table in ("team", "app", "api", "token_kind"):
            rows(self.db, "UPDATE %s SET name = 'third'" % table)
        self.assertEqual((rows(self.db, page, names, names), rows(self.db, kinds, names)), before)
        for at, name in ((later, "second"), ("2025-05-01 00:00:00", "third")):
            self.assertEqual(rows(self.db, page, at, at), [(name, name, name)])
            self.assertEqual(rows(self.db, kinds, at), [(name,)])
        rows(self.db, "DELETE FROM period_close WHERE closed_until = '2025-05-01 00:00:00'")
        self.assertEqual(rows(self.db, page, later, later), [("third", "third", "third")])
        rows(self.db, "SELECT billing_rebuild()")
        self.assertEqual((rows(self.db, page, names, names), rows(self.db, kinds, names)), before)

    def test_before_it_is_settled(self):
        """A fact that waits changes what is said of a closed instant as little as one that is
        settled."""
        tables = ["wallet_balance", "lot_balance", "uncharged_usage"]
        before = snapshot(self.db, tables)
        for sql in LATER:
            with self.subTest(sql=sql):
                self.db.execute("SAVEPOINT later")
                try:
                    rows(self.db, sql)
                except sqlite3.IntegrityError:
                    pass
                else:
                    different = self.differences(before, snapshot(self.db, tables))
                    self.assertFalse(different, "\n".join(different[:3]))
                finally:
                    self.db.execute("ROLLBACK TO later")
                    self.db.execute("RELEASE later")

    def test_one_after_the_other(self):
        """All later facts that are not refused, in one file."""
        before = snapshot(self.db, self.tables)
        taken = 0
        for sql in LATER:
            try:
                rows(self.db, sql)
                taken += 1
            except sqlite3.IntegrityError:
                continue
        rows(self.db, "SELECT settle()")
        self.assertGreater(taken, 10)
        self.same(before, "after %d facts" % taken)


class ClosedOneByOne(Closed):
    """Closed three times, at instants of its history."""

    def setUp(self):
        WithWorld.setUp(self)
        for statement in STORY.replace("SELECT settle();", "").split(";\n"):
            rows(self.db, statement)
        for until in ("2025-02-11 00:00:00", "2025-03-10 12:00:00", CLOSE):
            for team in TEAMS:
                rows(self.db, "INSERT INTO period_close(team_id, closed_until) VALUES (?, ?)", team,
                     until)
        self.assertEqual(errors(self.db), [])
        self.tables = [table for table in AS_OF if table != "usage_daily" or self.daily_has_at()]


class Moved(WithWorld):
    """Usage that had no rate at the close of its team, and that another team pays for by now, shows
    once."""

    def setUp(self):
        super().setUp()
        self.db.executescript(STORY)
        rows(self.db, "INSERT INTO team(team_id, account_id) VALUES ('open', 'a')")
        rows(self.db, INSERT_LOT + "(80, 'open', 'flex_token', 500, '2025-01-01 00:00:00')")
        rows(self.db, "INSERT INTO period_close(team_id, closed_until) VALUES ('t', ?)", CLOSE)

    def move(self):
        rows(self.db, "INSERT INTO app_team(client_id, team_id, assigned_at)"
             " VALUES ('c', 'open', '2025-03-04 00:00:00')")

    def price(self):
        rows(self.db, "INSERT INTO api(api, premium) VALUES ('teleport', 1)")
        rows(self.db, "INSERT INTO rate_card(api, sku, effective_from, tokens)"
                      " VALUES ('teleport', 'metre', '2025-01-01 00:00:00', 2)")

    def shown(self, at):
        return rows(self.db, "SELECT team_id, tokens, status, settled_at FROM usage_status(NULL, ?)"
                             " WHERE usage_id = 31", at)

    def test_it_counts_from_the_close(self):
        for autosettle in (0, 1):
            for facts in ((self.move, self.price), (self.price, self.move), (self.move,)):
                with self.subTest(autosettle=autosettle, facts=len(facts)):
                    self.db.execute("SAVEPOINT moved")
                    rows(self.db, "SELECT billing_autosettle(?)", autosettle)
                    for fact in facts:
                        fact()
                    rows(self.db, "SELECT settle()")
                    for at in ("2025-03-05 00:00:00", "2025-03-31 23:59:59.999"):
                        self.assertEqual(self.shown(at), [("t", None, "unrated", None)])
                        self.assertEqual(one(self.db, "SELECT sum(events) FROM usage_daily(NULL, ?)"
                                             " WHERE api = 'teleport'", at), 1)
                        self.assertEqual(one(self.db, "SELECT sum(events)"
                                             " FROM usage_page(NULL, '2025-03-01', ?, 0, ?)"
                                                      " WHERE api = 'teleport'", "2025-04-01", at),
                                         1)
                    priced = ("open", 2.0, "charged", CLOSE), ("open", None, "unrated", None)
                    self.assertEqual(self.shown(CLOSE), [priced[len(facts) == 1]])
                    self.assertEqual(errors(self.db), [])
                    self.db.execute("ROLLBACK TO moved")

    def test_reopened_it_is_as_if_never_closed(self):
        self.move()
        self.price()
        rows(self.db, "SELECT settle()")
        rows(self.db, "DELETE FROM period_close")
        rows(self.db, "SELECT settle()")
        occurred = "2025-03-05 00:00:00"
        self.assertEqual(self.shown(occurred), [("open", 2.0, "charged", occurred)])
        self.assertEqual(rows(self.db, "SELECT count(*) FROM _billing_closed_fact"), [(0,)])
        self.assertEqual(errors(self.db), [])

    def test_explained_when_it_was_settled(self):
        self.move()
        self.price()
        rows(self.db, "SELECT settle()")
        rows(self.db, "INSERT INTO period_close(team_id, closed_until)"
             " VALUES ('open', '2025-05-01 00:00:00')")
        before = rows(self.db, "SELECT * FROM explain_charge(31)")
        self.assertIn(("payer", "open"), [row[2:4] for row in before])
        rows(self.db, "UPDATE rate_card SET tokens = 9 WHERE api = 'teleport'")
        rows(self.db, "DELETE FROM app_team WHERE team_id = 'open'")
        rows(self.db, "SELECT settle()")
        self.assertEqual(rows(self.db, "SELECT * FROM explain_charge(31)"), before)


class Policies(WithWorld):
    """A policy that a closed period is read by is refused on every way, with the way that is
    open."""

    # Counted from the close on, or read of no instant.
    FREE = {"grace_days", "trial_days", "lot_term", "restore", "report_lag_days",
            "max_close_days_ahead"}
    VALUES = {"lot_term": "+2 months", "restore": "auto", "flex_kind": "adjustment",
              "credit_kind": "adjustment"}
    WAYS = ("UPDATE policy SET value = :value WHERE name = :name",
            "INSERT OR REPLACE INTO policy(name, value) VALUES (:name, :value)",
            "DELETE FROM policy WHERE name = :name",
            "INSERT INTO policy_change(name, value, effective_from)"
            " VALUES (:name, :value, '2025-03-31 23:59:59.999')")

    def refusal(self, sql, values):
        self.db.execute("SAVEPOINT way")
        try:
            self.db.execute(sql, values)
        except sqlite3.IntegrityError as error:
            self.house_style(str(error))
            return str(error)
        finally:
            self.db.execute("ROLLBACK TO way")
        return None

    def test_every_way(self):
        names = [name for (name,) in rows(self.db, "SELECT name FROM policy")]
        rows(self.db, "INSERT INTO period_close(team_id, closed_until) VALUES ('t', ?)", CLOSE)
        for name in names:
            values = {"name": name, "value": self.VALUES.get(name, 7)}
            kinds = name in ("flex_kind", "credit_kind")
            for sql in self.WAYS:
                with self.subTest(name=name, sql=sql):
                    error = self.refusal(sql, values)
                    if name in self.FREE:
                        self.assertIsNone(error)
                    elif not kinds:
                        self.assertEqual(error, "policy.name: changes what a closed period reads, "
                                         "'%s', insert it into"
                                                " policy_change from '%s' on" % (name, CLOSE))
                    elif "policy_change" not in sql:
                        self.assertEqual(error, "policy.name: changes what a closed period reads, "
                                         "'%s', re-open the closed periods first" % name)
            if not kinds:
                self.assertIsNone(self.refusal(self.WAYS[3].replace(
                    "2025-03-31 23:59:59.999", CLOSE), values))

    def test_one_that_had_its_default(self):
        rows(self.db, "DELETE FROM policy WHERE name IN ('forecast_days', 'grace_days')")
        rows(self.db, "INSERT INTO period_close(team_id, closed_until) VALUES ('t', ?)", CLOSE)
        for verb in ("INSERT", "INSERT OR REPLACE", "INSERT OR IGNORE"):
            self.assertIn("changes what a closed period reads",
                          self.refusal(verb + " INTO policy(name, value)"
                                       " VALUES ('forecast_days', 7)", {}) or verb)
            self.assertIsNone(self.refusal(verb + " INTO policy(name, value)"
                                           " VALUES ('grace_days', 7)", {}))


class Kept(Closed):
    """What a close keeps comes back with the closes, and nothing of it stays without them."""

    def play(self, facts, tables=None):
        pass

    def test_closed_again(self):
        first = snapshot(self.db, self.tables)
        taken = [sql for sql in LATER if "period_close" not in sql and self.is_taken(sql)]
        self.assertGreater(len(taken), 30)
        for team in TEAMS:
            rows(self.db, "DELETE FROM period_close WHERE team_id = ?", team)
        for table in ("version", "fact", "terms", "notice", "debt", "unrated", "lot"):
            self.assertEqual(one(self.db, "SELECT count(*) FROM _billing_closed_" + table), 0,
                             table)
        rows(self.db, "UPDATE rate_card SET tokens = 1 WHERE sku = 'complex'")
        rows(self.db, "SELECT settle()")
        for team in TEAMS:
            rows(self.db, "INSERT INTO period_close(team_id, closed_until) VALUES (?, ?)", team,
                 CLOSE)
        before = snapshot(self.db, self.tables)
        self.assertNotEqual(before["explain_charge", 1], first["explain_charge", 1])
        for sql in taken:
            self.is_taken(sql)
        self.same(before, "after closing again")

    def is_taken(self, sql):
        try:
            rows(self.db, sql)
            rows(self.db, "SELECT settle()")
            return True
        except sqlite3.IntegrityError:
            return False

    def test_derived_again_and_repaired(self):
        before = snapshot(self.db, self.tables)
        rows(self.db, "UPDATE rate_card SET tokens = 9 WHERE api = 'model-derivative'")
        rows(self.db, "SELECT billing_rebuild()")
        self.same(before, "derived again")
        self.db.execute("DROP TRIGGER _billing_usage_before_update")
        rows(self.db, "SELECT billing_install()")
        self.same(before, "installed again")

    def test_what_is_lost_is_read_by_the_facts_of_today(self):
        self.db.execute("DROP TABLE _billing_closed_version")
        rows(self.db, "SELECT billing_install()")
        self.assertEqual(one(self.db, "SELECT count(DISTINCT wallet_id)"
                             " FROM _billing_closed_version"), len(TEAMS))
        before = snapshot(self.db, self.tables)
        rows(self.db, "UPDATE rate_card SET tokens = 9 WHERE api = 'model-derivative'")
        rows(self.db, "SELECT settle()")
        self.same(before, "after the fact")

    def test_little_is_kept(self):
        """A close that finds the facts as they were keeps no row of them more."""
        kept = one(self.db, "SELECT count(*) FROM _billing_closed_fact")
        rows(self.db, "INSERT INTO period_close(team_id, closed_until)"
             " VALUES ('t', '2025-05-01 00:00:00')")
        self.assertEqual(one(self.db, "SELECT count(*) FROM _billing_closed_fact"), kept)
        rows(self.db, "UPDATE outcome_rule SET factor = 0.5 WHERE api = 'model-derivative'"
             " AND outcome = 'failed'")
        rows(self.db, "INSERT INTO period_close(team_id, closed_until)"
             " VALUES ('t', '2025-05-02 00:00:00')")
        self.assertEqual(one(self.db, "SELECT count(*) FROM _billing_closed_fact"), kept + 1)


class Future(WithWorld):
    """A close far in the future is refused unless it is meant."""

    def test_refused(self):
        for until in ("2095-01-01 00:00:00", "2999-12-31 23:59:59", "9999-12-31 23:59:59.999"):
            for sql in ("INSERT INTO period_close(team_id, closed_until) VALUES ('t', ?)",
                        "INSERT OR IGNORE INTO period_close(team_id, closed_until) VALUES ('t', ?)",
                        "INSERT OR REPLACE INTO period_close(team_id, closed_until)"
                        " VALUES ('t', ?)"):
                with self.subTest(until=until, sql=sql):
                    self.refused(self.db, sql, until, words=["period_close.closed_until", until])
        self.assertEqual(rows(self.db, "SELECT * FROM period_close"), [])

    def test_beyond_400_days(self):
        later = one(self.db, "SELECT datetime('now', '+401 days')")
        sooner = one(self.db, "SELECT datetime('now', '+399 days')")
        self.refused(self.db, "INSERT INTO period_close(team_id, closed_until) VALUES ('t', ?)",
                     later)
        rows(self.db, "INSERT INTO period_close(team_id, closed_until) VALUES ('t', ?)", sooner)

    def test_the_past_and_today(self):
        for until in ("2025-02-10 00:00:00", one(self.db, "SELECT datetime('now')")):
            rows(self.db, "INSERT INTO period_close(team_id, closed_until) VALUES ('t', ?)", until)

    def test_facts_dated_years_ahead_are_warned_of(self):
        for what, sql in [("usage", JOB.replace("?, 'model", "'c', 'model").replace("?, ?, ?)",
                                                "'rvt', 1, '2095-02-01 00:00:00')")),
                          ("lot", INSERT_LOT + "(90, 't', 'flex_token', 5, "
                           "'2095-01-01 00:00:00')")]:
            with self.subTest(what=what):
                rows(self.db, sql)
                rows(self.db, "SELECT settle()")
                warned = rows(self.db, "SELECT detail FROM billing_check WHERE severity = 'warning'"
                              " AND subject || detail LIKE '%2095%'")
                self.assertTrue(warned)


if __name__ == "__main__":
    unittest.main()
