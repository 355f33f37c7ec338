"""Ids and names never decide a price by accident: white space, control characters, nothing at all
and invalid UTF-8 are refused; what may be a slip of the pen is warned of, once for each value."""

import sqlite3
import unittest

from cases import JOB, WithWorld, one, rows, said

# What has something at an end that the eye does not see, or no character at all.
TRIMMABLE = ["x ", " x", "x\t", "\tx", "x\r", "x\n", "x\r\n", "\nx", "x\x0b", "x\x0c", "x\u00a0",
             "\u00a0x", "x\u3000", "x\u2003"]
CONTROL = ["a\x01b", "a\tb", "a\nb", "a\rb", "a\x1fb", "a\x7fb", "a\x85b", "a\x00b", "x\x00"]
EMPTY = ["", " ", "\t", "\u3000", "\u200b", "\u200d\ufe0f"]
# Format characters and others that are not seen: soft hyphen, zero-width, direction, fillers, tags.
HIDDEN = ["\u00ad", "\u034f", "\u061c", "\u200b", "\u200c", "\u200d", "\u200e", "\u200f",
          "\u202a", "\u202e", "\u2060", "\u2064", "\u2066", "\u2069", "\u3164", "\ufeff",
          "\ufff9", "\U000e0041"]
# Joiners and selectors where a script needs them.
NEEDED = ["\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0915\u094d\u200d\u0937",
          "\U0001f469\u200d\U0001f4bb", "\u2764\ufe0f", "\u845b\U000e0100\u57ce",
          "1\ufe0f\u20e3", "\U0001f469\U0001f3fd\u200d\u2764\ufe0f\u200d\U0001f468"]
# Invalid UTF-8, as hex.
INVALID = ["ff", "61ff", "c3", "61c328", "c0af", "eda080", "f4908080", "e28261", "80"]

# Every id or name of every fact table: an insert, with ? where the text goes.
COLUMNS = {
    "account.account_id": "INSERT INTO account(account_id, country) VALUES (?, 'JP')",
    "account.name": "INSERT INTO account(account_id, country, name) VALUES ('n', 'JP', ?)",
    "account.country": "INSERT INTO account(account_id, country) VALUES ('n', ?)",
    "team.team_id": "INSERT INTO team(team_id, account_id) VALUES (?, 'a')",
    "team.name": "INSERT INTO team(team_id, account_id, name) VALUES ('n', 'a', ?)",
    "app.client_id": "INSERT INTO app(client_id, account_id) VALUES (?, 'a')",
    "app.name": "INSERT INTO app(client_id, account_id, name) VALUES ('n', 'a', ?)",
    "token_kind.kind": "INSERT INTO token_kind(kind, rank) VALUES (?, 7)",
    "token_kind.name": "INSERT INTO token_kind(kind, rank, name) VALUES ('n', 7, ?)",
    "token_lot.source_id":
        "INSERT INTO token_lot(team_id, kind, tokens, purchased_at, source_id)"
        " VALUES ('u', 'flex_token', 5, '2025-01-01 00:00:00', ?)",
    "api.api": "INSERT INTO api(api, premium) VALUES (?, 0)",
    "api.name": "INSERT INTO api(api, premium, name) VALUES ('n', 0, ?)",
    "api_alias.alias": "INSERT INTO api_alias(alias, api) VALUES (?, 'viewer')",
    "sku_alias.alias":
        "INSERT INTO sku_alias(api, alias, sku, effective_from)"
        " VALUES ('model-derivative', ?, 'complex', '2025-01-01 00:00:00')",
    "sku_alias.sku":
        "INSERT INTO sku_alias(api, alias, sku, effective_from)"
        " VALUES ('model-derivative', 'n', ?, '2025-01-01 00:00:00')",
    "rate_card.sku":
        "INSERT INTO rate_card(api, sku, effective_from, tokens)"
        " VALUES ('model-derivative', ?, '2025-01-01 00:00:00', 1)",
    "outcome_rule.outcome": "INSERT INTO outcome_rule(api, outcome, factor)"
    " VALUES ('model-derivative', ?, 0)",
    "usage.client_id": "INSERT INTO usage(client_id, api, occurred_at)"
    " VALUES (?, 'viewer', '2025-02-02 00:00:00')",
    "usage.api": "INSERT INTO usage(client_id, api, occurred_at)"
    " VALUES ('c', ?, '2025-02-02 00:00:00')", "usage.sku":
        "INSERT INTO usage(client_id, api, sku, occurred_at)"
        " VALUES ('c', 'model-derivative', ?, '2025-02-02 00:00:00')",
    "usage.outcome":
        "INSERT INTO usage(client_id, api, sku, occurred_at, outcome)"
        " VALUES ('c', 'model-derivative', 'rvt', '2025-02-02 00:00:00', ?)",
    "usage.user_id":
        "INSERT INTO usage(client_id, api, occurred_at, user_id)"
        " VALUES ('c', 'viewer', '2025-02-02 00:00:00', ?)",
    "usage.source_id":
        "INSERT INTO usage(client_id, api, occurred_at, source_id)"
        " VALUES ('c', 'viewer', '2025-02-02 00:00:00', ?)",
    "country.country": "INSERT INTO country(country) VALUES (?)",
    "contact.address": "INSERT INTO contact(account_id, address) VALUES ('a', ?)",
    "budget.source_id":
        "INSERT INTO budget(team_id, source_id, tokens, starts_at)"
    " VALUES ('t', ?, 5, '2025-01-01 00:00:00')",
}
# References are refused too, as an unknown or as an unclean name.
REFERENCES = {
    "team.account_id": "INSERT INTO team(team_id, account_id) VALUES ('n', ?)",
    "app.account_id": "INSERT INTO app(client_id, account_id) VALUES ('n', ?)",
    "app_team.client_id":
        "INSERT INTO app_team(client_id, team_id, assigned_at)"
    " VALUES (?, 't', '2025-01-01 00:00:00')", "app_team.team_id":
        "INSERT INTO app_team(client_id, team_id, assigned_at)"
    " VALUES ('c', ?, '2025-01-01 00:00:00')", "app_owner.client_id":
        "INSERT INTO app_owner(client_id, account_id, owned_from)"
    " VALUES (?, 'b', '2025-01-01 00:00:00')", "app_owner.account_id":
        "INSERT INTO app_owner(client_id, account_id, owned_from)"
    " VALUES ('c', ?, '2025-01-01 00:00:00')", "account_agreement.account_id":
        "INSERT INTO account_agreement(account_id, agreement, starts_at)"
    " VALUES (?, 'eba', '2025-01-01 00:00:00')", "account_agreement.agreement":
        "INSERT INTO account_agreement(account_id, agreement, starts_at)"
    " VALUES ('b', ?, '2025-01-01 00:00:00')",
    "contact.account_id": "INSERT INTO contact(account_id, address) VALUES (?, 'm@example.com')",
    "contact.team_id": "INSERT INTO contact(account_id, team_id, address)"
    " VALUES ('a', ?, 'm@example.com')",
    "contact.wants": "INSERT INTO contact(account_id, address, wants)"
    " VALUES ('a', 'm@example.com', ?)", "product_assignment.team_id":
        "INSERT INTO product_assignment(account_id, team_id, assigned_at)"
    " VALUES ('a', ?, '2025-01-01 00:00:00')", "token_lot.team_id":
        "INSERT INTO token_lot(team_id, kind, tokens, purchased_at)"
        " VALUES (?, 'flex_token', 5, '2025-01-01 00:00:00')",
    "token_lot.kind":
        "INSERT INTO token_lot(team_id, kind, tokens, purchased_at)"
    " VALUES ('u', ?, 5, '2025-01-01 00:00:00')",
    "kind_api.api": "INSERT INTO kind_api(kind, api) VALUES ('cloud_credit', ?)",
    "kind_api.kind": "INSERT INTO kind_api(kind, api) VALUES (?, 'viewer')",
    "api_alias.api": "INSERT INTO api_alias(alias, api) VALUES ('n', ?)",
    "sku_alias.api":
        "INSERT INTO sku_alias(api, alias, sku, effective_from)"
    " VALUES (?, 'n', 'm', '2025-01-01 00:00:00')", "rate_card.api":
        "INSERT INTO rate_card(api, sku, effective_from, tokens)"
    " VALUES (?, 'n', '2025-01-01 00:00:00', 1)",
    "outcome_rule.api": "INSERT INTO outcome_rule(api, outcome, factor) VALUES (?, 'lost', 0)",
    "subscription.account_id":
        "INSERT INTO subscription(account_id, starts_at, ends_at)"
        " VALUES (?, '2025-01-01 00:00:00', '2026-01-01 00:00:00')",
    "unblock.team_id": "INSERT INTO unblock(team_id, unblocked_at)"
    " VALUES (?, '2025-01-01 00:00:00')",
    "period_close.team_id": "INSERT INTO period_close(team_id, closed_until)"
    " VALUES (?, '2025-01-01 00:00:00')",
    "policy.name": "INSERT INTO policy(name, value) VALUES (?, 1)",
    "policy_change.name":
        "INSERT INTO policy_change(name, value, effective_from)"
    " VALUES (?, 1, '2025-01-01 00:00:00')", "budget.client_id":
        "INSERT INTO budget(team_id, client_id, tokens, starts_at)"
    " VALUES ('t', ?, 5, '2025-01-01 00:00:00')",
    "budget.team_id": "INSERT INTO budget(team_id, tokens, starts_at)"
    " VALUES (?, 5, '2025-01-01 00:00:00')",
}
# One good text for each column, to begin an UPDATE with; 'q' elsewhere.
GOOD = {"account.country": "XY", "usage.client_id": "q", "usage.api": "qapi",
        "country.country": "XY", "contact.address": "q@example.com"}


class Refused(WithWorld):
    def refuse(self, place, sql, *values, words=()):
        """The error of a statement on a column, that writes nothing. If it does, it is taken
        back."""
        table = "SELECT * FROM " + place.split(".")[0]
        self.db.execute("SAVEPOINT refuse")
        try:
            before = rows(self.db, table)
            error = self.message(self.db, sql, *values)
            self.assertIsInstance(error, sqlite3.IntegrityError, str(error))
            self.house_style(str(error))
            for word in (place, *words):
                self.assertIn(word, str(error))
            for sign in list("\n\r\t\x00\x01\x0b\x7f\u2003") + HIDDEN:
                self.assertNotIn(sign, str(error), "the name is not shown escaped")
            self.assertEqual(rows(self.db, table), before)
        finally:
            self.db.execute("ROLLBACK TO refuse")
            self.db.execute("RELEASE refuse")

    def test_white_space_at_an_end(self):
        for place, sql in COLUMNS.items():
            for value in TRIMMABLE:
                with self.subTest(place=place, value=value):
                    self.refuse(place, sql, value, words=["trim("])

    def test_control_characters(self):
        for place, sql in COLUMNS.items():
            for value in CONTROL:
                with self.subTest(place=place, value=value):
                    self.refuse(place, sql, value)

    def test_what_is_not_seen_at_an_end(self):
        for place, sql in COLUMNS.items():
            for sign in HIDDEN:
                for value in (sign + "x", "x" + sign):
                    with self.subTest(place=place, value=value):
                        self.refuse(place, sql, value, words=["trim("])

    def test_what_is_not_seen_inside(self):
        for place, sql in COLUMNS.items():
            for sign in HIDDEN + ["\ufe0f"]:
                with self.subTest(place=place, sign=sign):
                    self.refuse(place, sql, "r" + sign + "vt",
                                words=["replace(", "char(%d)" % ord(sign)])

    def test_what_a_script_needs_is_allowed(self):
        for value in NEEDED:
            with self.subTest(value=value):
                self.db.execute("SAVEPOINT one")
                rows(self.db, COLUMNS["team.name"], value)
                rows(self.db, COLUMNS["usage.user_id"], value)
                self.db.execute("ROLLBACK TO one")

    def test_nothing_at_all(self):
        for place, sql in COLUMNS.items():
            for value in EMPTY:
                with self.subTest(place=place, value=value):
                    self.refuse(place, sql, value)

    def test_invalid_utf_8(self):
        for place, sql in {**COLUMNS, **REFERENCES}.items():
            for value in INVALID:
                with self.subTest(place=place, value=value):
                    self.refuse(place, sql.replace("?", "CAST(x'%s' AS TEXT)" % value))
        # All that reads the file goes on working.
        for table in ("team", "usage", "account", "wallet_balance", "usage_status",
                      "billing_check"):
            rows(self.db, "SELECT * FROM " + table)

    def test_references(self):
        for place, sql in REFERENCES.items():
            for value in ["t ", "a\r", "c\t", "flex_token ", "viewer\n", "", " "]:
                with self.subTest(place=place, value=value):
                    self.refuse(place, sql, value)

    def test_updates(self):
        for place, sql in COLUMNS.items():
            table, column = place.split(".")
            for value in TRIMMABLE[:4] + CONTROL[:2] + EMPTY[:2]:
                with self.subTest(place=place, value=value):
                    self.db.execute("SAVEPOINT one")
                    try:
                        good = GOOD.get(place, "q")
                        rows(self.db, sql, good)
                        self.refuse(place, "UPDATE %s SET %s = ? WHERE %s = '%s'"
                                    % (table, column, column, good), value)
                    finally:
                        self.db.execute("ROLLBACK TO one")

    def test_or_ignore_and_upsert_refuse_as_well(self):
        for value in ["rvt\r", "rvt ", ""]:
            for clause in ("OR IGNORE", "OR REPLACE", "OR FAIL"):
                with self.subTest(value=value, clause=clause):
                    self.refuse("usage.sku", JOB.replace("INSERT", "INSERT " + clause),
                                "c", value, 1, "2025-02-02 00:00:00")

    def test_a_name_with_blanks_inside_is_a_name(self):
        for place, value in [("team.name", "Büro Tōkyō 2"), ("team.team_id", "a b"),
                             ("app.name", "日本語"),
                             ("usage.client_id", "client 1"), ("account.name", "O'Neil & \"Co\""),
                             ("team.name", "\U0001f3d7 site"), ("usage.user_id", ".hidden")]:
            with self.subTest(place=place, value=value):
                self.db.execute("SAVEPOINT one")
                rows(self.db, COLUMNS[place], value)
                self.db.execute("ROLLBACK TO one")


class SourceIds(WithWorld):
    FLOATED = ["1.8446744073709552e+19", "9.007199254740993E15", "1.0e+16", "1e+20",
               "1.8446744073709552E+19"]

    def test_an_id_that_went_through_floating_point(self):
        for table in ("usage", "token_lot", "budget"):
            for value in self.FLOATED:
                with self.subTest(table=table, value=value):
                    self.refused(self.db, COLUMNS[table + ".source_id"], value,
                                 words=[table + ".source_id", value])

    def test_a_number_that_is_no_integer(self):
        for value in (1.8446744073709552e19, 9.5e18, 1e300):
            with self.subTest(value=value):
                self.refused(self.db, COLUMNS["usage.source_id"], value, words=["usage.source_id"])

    def test_ids_that_look_alike_but_are_none_of_them(self):
        for value in ["18446744073709551615", "order-1e5", "1.2.3", "v1.5", "e+19", "0x1F",
                      "2025-01-01"]:
            with self.subTest(value=value):
                rows(self.db, COLUMNS["usage.source_id"], value)


class Warned(WithWorld):
    def warnings(self, word):
        return [row for row in rows(self.db, "SELECT * FROM billing_check"
                                    " WHERE severity = 'warning'")
                if word in " ".join(map(str, row))]

    def settle(self, *usages):
        for row in usages:
            rows(self.db, JOB, *row)
        rows(self.db, "SELECT settle()")

    def test_nothing_is_wrong_with_the_world(self):
        self.assertEqual(said(self.db), "")

    def test_a_sku_that_only_the_star_covers(self):
        self.settle(("c", "rtv", 1, "2025-02-02 00:00:00"), ("c", "rtv", 2, "2025-02-03 00:00:00"),
                    ("d", ".rvt", 1, "2025-02-03 00:00:00"), ("d", "dwg", 1, "2025-02-03 00:00:00"))
        warned = self.warnings("rtv")
        self.assertEqual(len(warned), 1, "one warning for each distinct value")
        self.assertIn("2", " ".join(map(str, warned[0])), "count of rows")
        self.assertIn("0.3", " ".join(map(str, warned[0])), "their tokens")
        self.assertEqual(len(self.warnings(".rvt")), 1)

    def test_a_sku_that_is_listed_as_simple_is_not_warned_of(self):
        self.settle(("c", "skp", 1, "2025-02-02 00:00:00"))
        self.assertEqual(len(self.warnings("skp")), 1)
        rows(self.db, "INSERT INTO sku_alias(api, alias, sku, effective_from)"
                      " VALUES ('model-derivative', 'skp', 'simple', '2016-11-14 00:00:00')")
        rows(self.db, "SELECT settle()")
        self.assertEqual(self.warnings("skp"), [])

    def test_upper_and_lower_case_are_one_sku(self):
        self.settle(("c", "RVT", 1, "2025-02-02 00:00:00"), ("c", "Ifc", 1, "2025-02-02 00:00:00"))
        self.assertEqual(said(self.db), "")

    def test_an_outcome_without_a_rule(self):
        sql = ("INSERT INTO usage(client_id, api, sku, occurred_at, outcome)"
               " VALUES ('c', 'model-derivative', 'rvt', '2025-02-02 00:00:00', ?)")
        for outcome in ("Failed!", "Failed!", "timeout", "success", "failed"):
            rows(self.db, sql, outcome)
        rows(self.db, "SELECT settle()")
        self.assertEqual(len(self.warnings("Failed!")), 1)
        self.assertEqual(len(self.warnings("timeout")), 1)
        self.assertEqual(self.warnings("success"), [])
        self.assertEqual(len(self.warnings("outcome")), 2)

    def test_an_api_that_is_not_in_the_catalogue(self):
        for api in ("model-derivate", "model-derivate", "design-automaton"):
            rows(self.db, "INSERT INTO usage(client_id, api, sku, occurred_at)"
                          " VALUES ('c', ?, 'rvt', '2025-02-02 00:00:00')", api)
        rows(self.db, "SELECT settle()")
        for api, nearest in (("model-derivate", "model-derivative"),
                             ("design-automaton", "design-automation")):
            named = [row for row in self.warnings(api) if nearest in " ".join(map(str, row))]
            self.assertTrue(named, "%s: the nearest name is %s\n%s" % (api, nearest, said(self.db)))

    def test_a_client_that_differs_by_case_or_blanks(self):
        rows(self.db, "INSERT INTO app(client_id, account_id) VALUES ('My App', 'a')")
        for client in ("MY APP", "My  App", "MyApp"):
            self.settle((client, "rvt", 1, "2025-02-02 00:00:00"))
            with self.subTest(client=client):
                named = [row for row in self.warnings(client)
                         if "My App" in " ".join(map(str, row)).replace(client, "")]
                self.assertTrue(named, said(self.db))


class OlderFile(WithWorld):
    """What an older or a damaged file holds is shown escaped and warned of; nothing stops
    reading."""

    def test_unclean_names_that_are_there_already(self):
        triggers = rows(self.db, "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
        for name, _ in triggers:
            self.db.execute("DROP TRIGGER \"%s\"" % name)
        self.db.execute("INSERT INTO team(team_id, account_id) VALUES ('s ', 'a')")
        self.db.execute("INSERT INTO usage(usage_id, client_id, api, sku, occurred_at) VALUES"
                        " (50, 'k' || char(13), 'model-derivative', 'rvt' || char(9), "
                        "'2025-02-02 00:00:00')")
        for sign in HIDDEN:
            self.db.execute("INSERT INTO app(client_id, account_id) VALUES (?, 'a')", (f"r{sign}v",))
            self.db.execute("INSERT INTO team(team_id, account_id) VALUES (?, 'a')", ("r" + sign,))
        self.db.execute("INSERT INTO account(account_id, name) VALUES ('p', ?)", (NEEDED[0],))
        for _, sql in triggers:
            self.db.execute(sql)
        rows(self.db, "SELECT settle()")
        text = said(self.db)
        self.assertIn("trim(", text)
        for sign in ["\r", "\t", *HIDDEN]:
            self.assertNotIn(sign, text)
        for sign in HIDDEN:
            shown = "\\U%08x" % ord(sign) if sign > "\uffff" else "\\u%04x" % ord(sign)
            self.assertIn("'r%sv', correct it, replace() can" % shown, text)
            self.assertIn("'r%s', correct it, trim() can" % shown, text)
        self.assertNotIn(NEEDED[0], text)

    def test_invalid_utf_8_that_is_there_already(self):
        triggers = rows(self.db, "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
        for name, _ in triggers:
            self.db.execute("DROP TRIGGER \"%s\"" % name)
        self.db.execute("INSERT INTO team(team_id, account_id) VALUES (CAST(x'7aff' AS TEXT), 'a')")
        self.db.execute("INSERT INTO usage(usage_id, client_id, api, sku, occurred_at) VALUES (50,"
                        " CAST(x'7aff' AS TEXT), 'model-derivative', 'rvt', '2025-02-02 00:00:00')")
        for _, sql in triggers:
            self.db.execute(sql)
        rows(self.db, "SELECT settle()")
        for table in ("wallet_balance", "usage_status", "usage_daily", "unrated_usage",
                      "billing_check",
                      "uncharged_usage", "lot_balance", "ledger", "token_events", "billing_alert"):
            with self.subTest(table=table):
                rows(self.db, "SELECT * FROM " + table)
        self.assertIn("UTF-8", said(self.db))

    def test_one_such_row_hides_no_other(self):
        self.assertEqual(one(self.db, "SELECT count(*) FROM wallet_balance"), 3)


if __name__ == "__main__":
    unittest.main()
