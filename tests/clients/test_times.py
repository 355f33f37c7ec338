"""Times as drivers send them: a fact is stored in one spelling, an argument or a constraint
compares as an instant, and what is no time is an error that names utc()."""

import sqlite3
import unittest

from cases import JOB, WithWorld, entries, facts, one, rows

# Spellings of one instant; all of them are exact to the millisecond.
WHOLE = "2025-06-15 10:11:12"
SPELLINGS = [
    "2025-06-15 10:11:12", "2025-06-15T10:11:12", "2025-06-15T10:11:12Z", "2025-06-15 10:11:12Z",
    "2025-06-15 10:11:12.000", "2025-06-15 10:11:12.0", "2025-06-15 10:11:12.000000",
    "2025-06-15 10:11:12.0000000", "2025-06-15T10:11:12.000000000Z", "2025-06-15 10:11:12+00:00",
    "2025-06-15T10:11:12.000000+00:00", "2025-06-15 10:11:12-00:00", "2025-06-15T19:11:12+09:00",
    "2025-06-15 04:41:12-05:30", "2025-06-15T15:56:12+05:45", "2025-06-16T00:11:12+14:00",
    "2025-06-14T22:11:12.000-12:00",
]
THOUSANDTHS = "2025-06-15 10:11:12.250"
SPELLINGS_OF_THOUSANDTHS = [
    "2025-06-15 10:11:12.250", "2025-06-15 10:11:12.25", "2025-06-15T10:11:12.250Z",
    "2025-06-15 10:11:12.250000", "2025-06-15T10:11:12.250000+00:00",
    "2025-06-15T19:11:12.25+09:00", "2025-06-15 10:11:12.250000000",
]

# Times that are not exact to the millisecond, or not a time of day at all: good arguments, but no
# facts.
TOO_FINE = ["2025-06-15 10:11:12.0001", "2025-06-15 10:11:12.2501", "2025-06-15T10:11:12.250001Z",
            "2025-06-15 10:11:12.000000001", "2025-06-15T19:11:12.123456+09:00"]
DATE_ALONE = ["2025-06-15"]

NONSENSE = ["yesterday", "now", "", " ", "2025", "2025-06", "10:11:12", "2025-13-01 00:00:00",
            "2025-02-29 00:00:00", "2025-06-31T00:00:00Z", "2025-06-15 25:00:00",
            "2025-06-15 10:60:00",
            "2025-06-15 10:11:61", "2025-06-15 10:11:12+99:00", "2025-06-15 10:11:12 Mars",
            "2025-06-15 10:11:12\x00", "15.06.2025 10:11:12", "2025/06/15 10:11:12",
            "2025-06-15 10:11:12.25x", 1750000000, 2460842.5, b"2025-06-15 10:11:12"]

# Spellings on which nothing but utc() decides.
DOUBTFUL = ["2025-06-15t10:11:12z", "20250615T101112Z", "2025-06-15T10:11Z", "2025-06-15 10:11",
            "2025-06-15T10:11:12+0900", "2025-06-15T10:11:12+09", "2025-06-15 10:11:12 +00:00",
            "2025-06-15 10:11:12,250", " 2025-06-15 10:11:12", "2025-06-15 10:11:12 ",
            "2025-06-15 24:00:00",
            "2025-W24-7T10:11:12", "2025-166T10:11:12", "+002025-06-15T10:11:12Z",
            "2016-12-31T23:59:60Z",
            "2025-06-15 10:11:12 UTC", "2025-06-15 10:11:12.", "2025-06-15 10:11:12+24:00",
            "-0001-06-15 10:11:12"]

# Every time column of every fact table: an insert, with ? where the time goes.
COLUMNS = {
    "account.trial_started_at":
        "INSERT INTO account(account_id, country, trial_started_at) VALUES ('n', 'JP', ?)",
    "account.trial_ended_at":
        "INSERT INTO account(account_id, country, trial_started_at, trial_ended_at)"
        " VALUES ('n', 'JP', '2025-05-01 00:00:00', ?)",
    "app_team.assigned_at": "INSERT INTO app_team(client_id, team_id, assigned_at)"
    " VALUES ('d', 't', ?)",
    "app_owner.owned_from": "INSERT INTO app_owner(client_id, account_id, owned_from)"
    " VALUES ('d', 'b', ?)", "account_agreement.starts_at":
        "INSERT INTO account_agreement(account_id, agreement, starts_at) VALUES ('b', 'eba', ?)",
    "product_assignment.assigned_at":
        "INSERT INTO product_assignment(account_id, team_id, assigned_at) VALUES ('a', 'u', ?)",
    "product_assignment.revoked_at":
        "INSERT INTO product_assignment(account_id, team_id, assigned_at, revoked_at)"
        " VALUES ('a', 'u', '2020-01-01 00:00:00', ?)",
    "token_lot.purchased_at":
        "INSERT INTO token_lot(team_id, kind, tokens, purchased_at)"
    " VALUES ('u', 'flex_token', 5, ?)", "token_lot.expires_at":
        "INSERT INTO token_lot(team_id, kind, tokens, purchased_at, expires_at)"
        " VALUES ('u', 'flex_token', 5, '2025-01-01 00:00:00', ?)",
    "token_lot.voided_at":
        "INSERT INTO token_lot(team_id, kind, tokens, purchased_at, voided_at)"
        " VALUES ('u', 'flex_token', 5, '2025-01-01 00:00:00', ?)",
    "lot_move.moved_at": "INSERT INTO lot_move(lot_id, team_id, moved_at) VALUES (2, 't', ?)",
    "sku_alias.effective_from":
        "INSERT INTO sku_alias(api, alias, sku, effective_from)"
        " VALUES ('model-derivative', 'skp', 'complex', ?)",
    "rate_card.effective_from":
        "INSERT INTO rate_card(api, sku, effective_from, tokens)"
    " VALUES ('model-derivative', 'simple', ?, 0.2)", "usage.occurred_at":
        "INSERT INTO usage(client_id, api, sku, occurred_at)"
    " VALUES ('d', 'model-derivative', 'rvt', ?)",
    "country.flex_from": "INSERT INTO country(country, flex_from) VALUES ('XX', ?)",
    "subscription.starts_at":
        "INSERT INTO subscription(account_id, starts_at, ends_at)"
    " VALUES ('a', ?, '2026-01-01 00:00:00')", "subscription.ends_at":
        "INSERT INTO subscription(account_id, starts_at, ends_at)"
    " VALUES ('a', '2025-01-01 00:00:00', ?)",
    "unblock.unblocked_at": "INSERT INTO unblock(team_id, unblocked_at) VALUES ('u', ?)",
    "period_close.closed_until": "INSERT INTO period_close(team_id, closed_until) VALUES ('u', ?)",
    "policy_change.effective_from":
        "INSERT INTO policy_change(name, value, effective_from) VALUES ('grace_days', 10, ?)",
    "budget.starts_at": "INSERT INTO budget(team_id, tokens, starts_at) VALUES ('u', 5, ?)",
    "budget.ends_at":
        "INSERT INTO budget(team_id, tokens, starts_at, ends_at)"
    " VALUES ('u', 5, '2025-01-01 00:00:00', ?)",
}
NO_UPDATE = {"period_close.closed_until"}  # a close can't be changed


class Facts(WithWorld):
    def setUp(self):
        super().setUp()
        # Nothing that hangs on d, so that its owner and lots may change at any time.
        self.db.execute("BEGIN")

    def insert(self, place, value):
        """What a column holds after the insert of a value."""
        table, column = place.split(".")
        self.db.execute("SAVEPOINT one")
        try:
            before = set(rows(self.db, "SELECT * FROM " + table))
            rows(self.db, COLUMNS[place], value)
            names = [row[1] for row in rows(self.db, "PRAGMA table_info(%s)" % table)]
            new = [row for row in rows(self.db, "SELECT * FROM " + table) if row not in before]
            self.assertEqual(len(new), 1, place)
            return new[0][names.index(column)]
        finally:
            self.db.execute("ROLLBACK TO one")
            self.db.execute("RELEASE one")

    def test_there_is_no_other_time_column(self):
        tables = {place.split(".")[0] for place in COLUMNS} | {"rate_tier"}
        for table in tables:
            for _, column, declared, *_ in rows(self.db, "PRAGMA table_info(%s)" % table):
                if declared == "TIMESTAMP" and table != "rate_tier":
                    self.assertIn("%s.%s" % (table, column), COLUMNS)

    def test_every_spelling_is_stored_as_one(self):
        for place in COLUMNS:
            for spelling in SPELLINGS:
                with self.subTest(place=place, spelling=spelling):
                    self.assertEqual(self.insert(place, spelling), WHOLE)
            for spelling in SPELLINGS_OF_THOUSANDTHS:
                with self.subTest(place=place, spelling=spelling):
                    self.assertEqual(self.insert(place, spelling), THOUSANDTHS)

    def test_an_update_is_stored_so_too(self):
        for place in COLUMNS:
            if place in NO_UPDATE:
                continue
            table, column = place.split(".")
            for spelling in ["2025-06-15T19:11:13+09:00", "2025-06-15 10:11:13.000000"]:
                with self.subTest(place=place, spelling=spelling):
                    self.db.execute("SAVEPOINT one")
                    try:
                        rows(self.db, COLUMNS[place], WHOLE)
                        rows(self.db, "UPDATE %s SET %s = ? WHERE %s = ?" % (table, column, column),
                             spelling, WHOLE)
                        self.assertEqual(rows(self.db, "SELECT count(*) FROM %s WHERE %s = ?"
                                              % (table, column), "2025-06-15 10:11:13"), [(1,)])
                        self.assertEqual(rows(self.db, "SELECT count(*) FROM %s WHERE %s = ?"
                                              % (table, column), WHOLE), [(0,)])
                    finally:
                        self.db.execute("ROLLBACK TO one")

    def test_what_is_not_exact_is_refused(self):
        for place in COLUMNS:
            for value in TOO_FINE + DATE_ALONE:
                with self.subTest(place=place, value=value):
                    self.refused(self.db, COLUMNS[place], value, words=[place, value, "utc("])

    def test_nonsense_is_refused(self):
        for place in COLUMNS:
            for value in NONSENSE:
                with self.subTest(place=place, value=value):
                    self.refused(self.db, COLUMNS[place], value, words=[place, "utc("])

    def test_an_update_to_nonsense_is_refused(self):
        for place in COLUMNS:
            if place in NO_UPDATE:
                continue
            table, column = place.split(".")
            for value in TOO_FINE[:1] + DATE_ALONE + NONSENSE[:6]:
                with self.subTest(place=place, value=value):
                    self.db.execute("SAVEPOINT one")
                    try:
                        rows(self.db, COLUMNS[place], WHOLE)
                        self.refused(self.db, "UPDATE %s SET %s = ? WHERE %s = ?"
                                     % (table, column, column),
                                     value, WHOLE, words=[column, "utc("])
                    finally:
                        self.db.execute("ROLLBACK TO one")

    def test_a_fact_takes_what_utc_takes(self):
        """Where utc() takes a text that is exact, so does a fact; where it does not, neither does a
        fact."""
        for place in ("usage.occurred_at", "token_lot.expires_at", "app_team.assigned_at"):
            for text in DOUBTFUL:
                with self.subTest(place=place, text=text):
                    canonical = None
                    try:
                        canonical = one(self.db, "SELECT utc(?)", text)
                    except sqlite3.Error:
                        pass
                    if canonical is None:
                        self.refused(self.db, COLUMNS[place], text, words=["utc("])
                    elif place != "token_lot.expires_at" or canonical > "2025":
                        self.assertEqual(self.insert(place, text), canonical)

    def test_a_tier_finds_its_rate_in_any_spelling(self):
        rows(self.db, "INSERT INTO rate_card(api, sku, effective_from, tokens) VALUES"
                      " ('model-derivative', 'simple', ?, 1)", "2026-06-15T19:11:12+09:00")
        for number, spelling in enumerate(["2026-06-15 10:11:12", "2026-06-15T10:11:12Z",
                                           "2026-06-15 10:11:12.000000"]):
            with self.subTest(spelling=spelling):
                rows(self.db, "INSERT INTO rate_tier(api, sku, effective_from, above, tokens)"
                     " VALUES ('model-derivative', 'simple', ?, ?, 0.5)", spelling, 10 + number)
        self.assertEqual(rows(self.db, "SELECT DISTINCT effective_from FROM rate_tier"
                              " WHERE above < 20"),
                         [("2026-06-15 10:11:12",)])

    def test_times_of_one_row_are_compared_as_instants(self):
        lot = ("INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at, expires_at)"
               " VALUES (?, 'u', 'flex_token', 5, ?, ?)")
        # As texts the first pair is in order and the second is not; as instants it is the other way
        # round.
        self.refused(self.db, lot, 70, "2025-06-15T23:00:00-05:00", "2025-06-16 03:00:00",
                     words=["token_lot.expires_at"])
        rows(self.db, lot, 71, "2025-06-16T00:30:00+09:00", "2025-06-15 16:00:00")
        self.assertEqual(rows(self.db, "SELECT purchased_at, expires_at FROM token_lot"
                              " WHERE lot_id = 71"),
                         [("2025-06-15 15:30:00", "2025-06-15 16:00:00")])
        self.refused(self.db, "INSERT INTO lot_move(lot_id, team_id, moved_at) VALUES"
                              " (71, 't', '2025-06-15T23:30:00+09:00')",
                     words=["lot_move.moved_at"])

    def test_one_instant_is_one_key(self):
        for sql in ["INSERT INTO app_team(client_id, team_id, assigned_at) VALUES ('c', 'u', ?)",
                    "INSERT OR IGNORE INTO app_team(client_id, team_id, assigned_at)"
                    " VALUES ('c', 'u', ?)"]:
            for spelling in ["2020-01-01T00:00:00Z", "2020-01-01 09:00:00+09:00",
                             "2020-01-01 00:00:00.000"]:
                with self.subTest(sql=sql, spelling=spelling):
                    before = facts(self.db)
                    self.assertIsInstance(self.message(self.db, sql, spelling),
                                          sqlite3.IntegrityError)
                    self.assertEqual(facts(self.db), before)
        # The row that is there already, written another way: one row stays.
        rows(self.db, "INSERT OR IGNORE INTO app_team(client_id, team_id, assigned_at)"
             " VALUES ('c', 't', ?)", "2020-01-01T00:00:00Z")
        self.assertEqual(rows(self.db, "SELECT team_id, assigned_at FROM app_team"
                              " WHERE client_id = 'c'"),
                         [("t", "2020-01-01 00:00:00")])
        rows(self.db, "INSERT OR REPLACE INTO app_team(client_id, team_id, assigned_at)"
             " VALUES ('c', 'u', ?)", "2020-01-01T00:00:00.000Z")
        self.assertEqual(rows(self.db, "SELECT team_id, assigned_at FROM app_team"
                              " WHERE client_id = 'c'"),
                         [("u", "2020-01-01 00:00:00")])

    def test_upsert_and_many_rows(self):
        rows(self.db, "INSERT INTO usage(client_id, api, sku, occurred_at, source_id) VALUES"
                      " ('d', 'viewer', NULL, '2025-06-01T00:00:00Z', 's1'),"
                      " ('d', 'viewer', NULL, '2025-06-01T09:00:00.5+09:00', 's2')")
        rows(self.db, "INSERT OR IGNORE INTO usage(client_id, api, sku, occurred_at, source_id)"
             " VALUES ('d', 'viewer', NULL, '2025-06-01T00:00:00+00:00', 's1')")
        rows(self.db, "INSERT INTO usage(client_id, api, sku, occurred_at, source_id) VALUES"
                      " ('d', 'viewer', NULL, '2025-06-02T00:00:00Z', 's2')"
                      " ON CONFLICT(source_id) DO UPDATE SET occurred_at = excluded.occurred_at")
        self.assertEqual(rows(self.db, "SELECT source_id, occurred_at FROM usage"
                              " WHERE source_id > '' ORDER BY 1"),
                         [("s1", "2025-06-01 00:00:00"), ("s2", "2025-06-02 00:00:00")])


class Autosettled(WithWorld):
    autosettle = True

    def test_the_ledger_does_not_depend_on_the_spelling(self):
        other = self.file("other.db")
        times = ["2025-03-01 00:00:00", "2025-03-01 12:30:00.250", "2025-02-03 00:00:00"]
        spelled = ["2025-03-01T09:00:00+09:00", "2025-03-01T12:30:00.250000Z",
                   "2025-02-03 00:00:00.000"]
        for plain, other_way in zip(times, spelled):
            rows(self.db, JOB, "c", "rvt", 90, plain)
            rows(other, JOB, "c", "rvt", 90, other_way)
        self.assertEqual(entries(other), entries(self.db))
        self.assertEqual(facts(other)["usage"], facts(self.db)["usage"])

    def test_a_close_in_another_spelling_closes_there(self):
        rows(self.db, "INSERT INTO period_close(team_id, closed_until)"
             " VALUES ('t', '2025-02-10T09:00:00+09:00')")
        self.assertEqual(rows(self.db, "SELECT closed_until FROM period_close"),
                         [("2025-02-10 00:00:00",)])
        self.refused(self.db, "UPDATE usage SET quantity = 2 WHERE usage_id = 2", words=["usage"])
        rows(self.db, "UPDATE usage SET quantity = 2 WHERE usage_id = 3")


class Arguments(WithWorld):
    FUNCTIONS = ["rate('model-derivative', 'rvt', 2, ?)", "payer('c', ?)", "access('t', ?)",
                 "can_call('c', 'model-derivative', ?)"]
    TABLES = ["wallet_balance", "lot_balance", "uncharged_usage", "usage_status", "usage_daily",
              "billing_alert", "token_events", "wallet_forecast", "budget_status"]
    AT = "2025-06-15 10:11:12"

    def setUp(self):
        super().setUp()
        self.db.executescript("""
          INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES
            (5, 'c', 'model-derivative', 'rvt', 300, '2025-06-15 10:11:12'),
            (6, 'c', 'model-derivative', 'rvt', 3, '2025-06-15 10:11:12.001');
          INSERT INTO budget(team_id, tokens, starts_at) VALUES ('t', 10, '2025-01-01 00:00:00');
          SELECT settle();""")

    def test_functions(self):
        for function in self.FUNCTIONS:
            right = one(self.db, "SELECT " + function, self.AT)
            for spelling in SPELLINGS:
                with self.subTest(function=function, spelling=spelling):
                    self.assertEqual(one(self.db, "SELECT " + function, spelling), right)

    def test_tables(self):
        for table in self.TABLES:
            right = rows(self.db, "SELECT * FROM %s('t', ?)" % table, self.AT)
            self.assertTrue(right, table)
            for spelling in SPELLINGS + TOO_FINE[:1]:
                with self.subTest(table=table, spelling=spelling):
                    self.assertEqual(rows(self.db, "SELECT * FROM %s('t', ?)" % table, spelling),
                                     right)
                    if table != "token_events":  # its column at is the time of the event
                        self.assertEqual(rows(self.db, "SELECT * FROM %s WHERE team_id = 't'"
                                              " AND at = ?" % table, spelling), right)

    def test_at_reads_back_in_one_spelling(self):
        for spelling in SPELLINGS + TOO_FINE[:1]:
            with self.subTest(spelling=spelling):
                self.assertEqual(one(self.db, "SELECT at FROM wallet_balance('t', ?)", spelling),
                                 self.AT)

    def test_an_argument_is_truncated(self):
        before = one(self.db, "SELECT balance FROM wallet_balance('t', '2025-06-15 10:11:11.999')")
        self.assertEqual(one(self.db, "SELECT balance FROM wallet_balance('t', "
                             "'2025-06-15 10:11:11.9999999')"),
                         before)
        at = one(self.db, "SELECT balance FROM wallet_balance('t', '2025-06-15 10:11:12')")
        self.assertNotEqual(at, before)
        self.assertEqual(one(self.db, "SELECT balance FROM wallet_balance('t', "
                             "'2025-06-15T10:11:12.0009Z')"), at)

    def test_a_date_alone_is_its_midnight(self):
        for date in ("2025-02-05", "2025-02-04", "2025-06-15"):
            for table in self.TABLES:
                with self.subTest(table=table, date=date):
                    self.assertEqual(rows(self.db, "SELECT * FROM %s('t', ?)" % table, date),
                                     rows(self.db, "SELECT * FROM %s('t', ?)" % table,
                                          date + " 00:00:00"))
        for function in self.FUNCTIONS:
            with self.subTest(function=function):
                self.assertEqual(one(self.db, "SELECT " + function, "2022-03-29"),
                                 one(self.db, "SELECT " + function, "2022-03-29 00:00:00"))

    def test_nonsense_is_an_error(self):
        for value in NONSENSE[:-1]:  # a blob that holds a time may pass for one
            for function in self.FUNCTIONS:
                with self.subTest(function=function, value=value):
                    self.assertIn("utc(", str(self.message(self.db, "SELECT " + function, value)))
            for table in self.TABLES:
                with self.subTest(table=table, value=value):
                    for sql in ("SELECT * FROM %s('t', ?)", "SELECT * FROM %s WHERE at = ?"):
                        self.assertIn("utc(", str(self.message(self.db, sql % table, value)))

    def test_an_instant_through_a_join_or_in_a_list(self):
        for spelling in SPELLINGS:
            with self.subTest(spelling=spelling):
                right = rows(self.db, "SELECT * FROM wallet_balance WHERE at = ?", self.AT)
                self.assertEqual(rows(self.db, "WITH m(i) AS (VALUES (?)) SELECT w.* FROM m"
                                      " JOIN wallet_balance w ON w.at = m.i", spelling), right)
                self.assertEqual(rows(self.db, "SELECT * FROM wallet_balance WHERE at IN (?)",
                                      spelling), right)
                self.assertEqual(rows(self.db, "SELECT * FROM wallet_balance WHERE at IN (?, ?)"
                                      " AND team_id = 't'"
                                               " ORDER BY at", "2025-02-02T00:00:00Z", spelling),
                                 rows(self.db, "SELECT *"
                                      " FROM wallet_balance('t', '2025-02-02 00:00:00')")
                                 + rows(self.db, "SELECT * FROM wallet_balance('t', ?)", self.AT))


class Constraints(WithWorld):
    """A constraint on a time column finds the rows of the instants that it names, whatever the
    spelling."""

    # Reading tables, their time columns that are no parameters, and how to read them.
    COLUMNS = {
        "usage_status": ["occurred_at", "settled_at"], "uncharged_usage": ["occurred_at"],
        "ledger": ["occurred_at", "charged_at"], "settlement_preview": [
            "occurred_at", "charged_at"],
        "lot_balance": ["purchased_at", "expires_at"], "unrated_usage": ["occurred_at"],
        "usage_daily": ["day"], "wallet_balance": ["negative_since", "grace_ends_at",
                                                   "next_lapse_at"],
        "billing_alert": ["since"], "token_events": ["at"],
        "budget_status": ["starts_at", "ends_at"],
    }
    AT = {"usage_status", "uncharged_usage", "lot_balance", "wallet_balance", "billing_alert",
          "budget_status"}

    def setUp(self):
        super().setUp()
        self.db.executescript("""
          INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES
            (5, 'c', 'model-derivative', 'rvt', 300, '2025-02-25 00:00:00.250'),
            (6, 'x', 'model-derivative', 'rvt', 3, '2025-02-25 00:00:00'),
            (7, 'y', 'model-derivative', 'rvt', 3, '2025-02-25 00:00:00.001');
          INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES
            (3, 'u', 'flex_token', 100, '2025-01-01 00:00:00.250'),
            (4, 'v', 'flex_token', 10, '2025-02-05 00:00:00');
          INSERT INTO budget(team_id, tokens, starts_at, ends_at) VALUES
            ('t', 10, '2025-01-01 00:00:00', '2025-04-01 00:00:00'),
            ('u', 10, '2025-01-01 00:00:00.250', NULL);
          SELECT settle();
          INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES
            (8, 'd', 'model-derivative', 'rvt', 1, '2025-02-05 00:00:00'),
            (9, 'd', 'model-derivative', 'rvt', 1, '2025-02-05 12:00:00.250');""")

    def read(self, table):
        return table + ("(NULL, '2025-03-01 00:00:00')" if table in self.AT else "")

    @staticmethod
    def spelled(canonical):
        """One instant as drivers write it."""
        day, _, rest = canonical.partition(" ")
        rest = rest or "00:00:00"
        whole, _, fraction = rest.partition(".")
        fraction = fraction or "000"
        yield "%sT%s.%sZ" % (day, whole, fraction)
        yield "%s %s.%s000" % (day, whole, fraction)
        yield "%s %s.%s+00:00" % (day, whole, fraction)
        hour = int(whole[:2])
        if hour < 15:
            yield "%sT%02d%s.%s+09:00" % (day, hour + 9, whole[2:], fraction)

    OPERATORS = {"=": lambda a, b: a == b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b,
                 ">": lambda a, b: a > b, ">=": lambda a, b: a >= b}

    @staticmethod
    def key(text):
        """A canonical time, or a date, as a text that sorts by instant."""
        text = text if len(text) > 10 else text + " 00:00:00"
        return text if "." in text else text + ".000"

    def test_comparisons(self):
        for table, columns in self.COLUMNS.items():
            source = self.read(table)
            for column in columns:
                all_rows = rows(self.db, "SELECT %s, * FROM %s" % (column, source))
                there = sorted({row[0] for row in all_rows if row[0]})
                self.assertTrue(there or column in ("settled_at", "ends_at"), (table, column))
                for instant in there[:3] + there[-1:]:
                    for sign, holds in self.OPERATORS.items():
                        right = [row for row in all_rows
                                 if row[0] and holds(self.key(row[0]), self.key(instant))]
                        for spelling in [instant, *self.spelled(instant)]:
                            with self.subTest(table=table, column=column, sign=sign,
                                              spelling=spelling):
                                got = rows(self.db, "SELECT %s, * FROM %s WHERE %s %s ?"
                                           % (column, source, column, sign), spelling)
                                self.assertEqual(sorted(got, key=repr), sorted(right, key=repr))
                                got = rows(self.db, "SELECT %s, * FROM %s WHERE ? %s %s"
                                           % (column, source,
                                              sign.translate(str.maketrans("<>", "><")), column),
                                           spelling)
                                self.assertEqual(sorted(got, key=repr), sorted(right, key=repr))

    def test_between_in_and_both_sides(self):
        read = "SELECT usage_id FROM usage_status WHERE %s ORDER BY 1"
        both = ["2025-02-01T00:00:00Z", "2025-02-25T09:00:00.000+09:00"]
        for where, values, right in [
                ("occurred_at BETWEEN ? AND ?", both, [1, 2, 3, 6, 8, 9]),
                ("occurred_at >= ? AND occurred_at < ?", both, [1, 2, 8, 9]),
                ("occurred_at >= '2025-02-01 00:00:00.000'"
                 " AND occurred_at < '2025-02-25 00:00:00.000'", [], [1, 2, 8, 9]),
                ("occurred_at IN (?, ?)", both, [1, 3, 6]),
                ("occurred_at IN (SELECT ? UNION SELECT ?)", both, [1, 3, 6]),
                ("occurred_at = ? OR occurred_at = ?", both, [1, 3, 6]),
                ("occurred_at < ? OR occurred_at > ?", both, [4, 5, 7]),
                ("occurred_at < ? AND team_id = 't'", both[1:], [1, 2])]:
            with self.subTest(where=where):
                self.assertEqual([row[0] for row in rows(self.db, read % where, *values)], right)
        everyone = [1, 2, 3, 4, 5, 6, 7, 8, 9]
        for where, values, right in [
                ("occurred_at <> ?", both[:1], everyone[1:]), ("occurred_at IS ?", both[:1], [1]),
                ("occurred_at IS NOT ?", both[:1], everyone[1:]),
                ("occurred_at NOT BETWEEN ? AND ?", both, [4, 5, 7]),
                ("NOT occurred_at < ?", both[1:], [3, 4, 5, 6, 7])]:
            with self.subTest(where=where):
                self.right_or_refused(self.db, [(n,) for n in right], read % where, *values)

    def test_joins(self):
        self.db.execute("CREATE TEMP TABLE calendar(i TEXT)")
        self.db.execute("INSERT INTO calendar VALUES ('2025-02-05T00:00:00Z'), "
                        "('2025-02-26 09:00:00+09:00')")
        for sql in ("SELECT usage_id FROM calendar JOIN usage_status ON occurred_at = i",
                    "SELECT usage_id FROM usage_status JOIN calendar ON i = occurred_at",
                    "SELECT usage_id FROM usage_status WHERE occurred_at IN (SELECT i"
                    " FROM calendar)",
                    "SELECT usage_id FROM calendar LEFT JOIN usage_status ON occurred_at = i"):
            with self.subTest(sql=sql):
                self.right_or_refused(self.db, [(2,), (4,), (8,)], sql)

    def test_a_constraint_is_exact(self):
        """An argument is truncated to the millisecond, a constraint is not."""
        count = "SELECT count(*) FROM usage_status WHERE team_id = 't' AND "
        for where, value, right in [
                ("occurred_at = ?", "2025-02-01 00:00:00.0001", 0),
                ("occurred_at >= ?", "2025-02-26 00:00:00.0001", 0),
                ("occurred_at > ?", "2025-02-25 23:59:59.9999", 1),
                ("occurred_at < ?", "2025-02-01 00:00:00.0001", 1),
                ("occurred_at <= ?", "2025-01-31T23:59:59.9999999Z", 0),
                ("occurred_at <= ?", "2025-02-25 00:00:00.2499999", 3),
                ("occurred_at <= ?", "2025-02-25 00:00:00.2500001", 4),
                ("occurred_at < ?", "2025-02-05", 1), ("occurred_at <= ?", "2025-02-05", 2),
                ("occurred_at = ?", "2025-02-05", 1), ("occurred_at > ?", "2025-02-26", 0)]:
            with self.subTest(where=where, value=value):
                self.assertEqual(one(self.db, count + where, value), right)

    def test_days(self):
        days = "SELECT DISTINCT day FROM usage_daily WHERE day %s ? ORDER BY 1"
        everyone = ["2025-02-01", "2025-02-05", "2025-02-25", "2025-02-26"]
        for sign, value, right in [
                ("=", "2025-02-05", [1]), ("=", "2025-02-05 00:00:00", [1]),
                ("=", "2025-02-05T00:00:00.000Z", [1]),
                ("=", "2025-02-05T09:00:00+09:00", [1]), ("=", "2025-02-05 12:00:00", []),
                ("<", "2025-02-05 00:00:00", [0]), ("<=", "2025-02-05 00:00:00.000", [0, 1]),
                ("<", "2025-02-05 00:00:00.0001", [0, 1]), (">", "2025-02-05 12:00:00", [2, 3]),
                (">=", "2025-02-05T00:00:00Z", [1, 2, 3]), (">=", "2025-02-25 00:00:01", [3])]:
            with self.subTest(sign=sign, value=value):
                self.assertEqual([day for (day,) in rows(self.db, days % sign, value)],
                                 [everyone[n] for n in right])

    def test_nonsense_is_an_error_and_null_is_nothing(self):
        for table, columns in self.COLUMNS.items():
            for column in columns:
                for sign in ("=", "<", ">="):
                    sql = "SELECT * FROM %s WHERE %s %s ?" % (self.read(table), column, sign)
                    with self.subTest(table=table, column=column, sign=sign, value=None):
                        self.assertEqual(rows(self.db, sql, None), [])
                    for value in ("yesterday", "2025-02", "2025", "", "2025-02-30 00:00:00",
                                  20250201):
                        with self.subTest(table=table, column=column, sign=sign, value=value):
                            self.assertIn("utc(", str(self.message(self.db, sql, value)))


class Utc(WithWorld):
    def test_forms(self):
        for text, right in [
                ("2016-12-31T23:59:60Z", "2017-01-01 00:00:00"),
                ("2016-12-31 23:59:60", "2017-01-01 00:00:00"),
                ("2017-01-01T08:59:60+09:00", "2017-01-01 00:00:00"),
                ("2016-12-31T18:59:60-05:00", "2017-01-01 00:00:00"),
                ("2015-06-30T23:59:60.000Z", "2015-07-01 00:00:00"),
                ("2025-07-01", "2025-07-01 00:00:00"), ("2025-06-15 10:11:12.9999999",
                                                        "2025-06-15 10:11:12.999"),
                ("2025-03-01T00:30:00+01:00", "2025-02-28 23:30:00"),
                ("2024-02-29T23:59:59.5Z", "2024-02-29 23:59:59.500"), (None, None)]:
            with self.subTest(text=text):
                self.assertEqual(one(self.db, "SELECT utc(?)", text), right)
                self.assertEqual(one(self.db, "SELECT utc(?, 0)", text), right)
        for text in SPELLINGS:
            with self.subTest(text=text):
                self.assertEqual(one(self.db, "SELECT utc(?)", text), WHOLE)

    def test_nonsense(self):
        for value in NONSENSE + ["2016-12-31T23:59:61Z", "2025-06-15 10:11:60", "2025-02-30",
                                 "2025-00-10", "9" * 5000]:
            with self.subTest(value=value):
                self.house_style(str(self.message(self.db, "SELECT utc(?)", value)))
                self.assertIsNone(one(self.db, "SELECT utc(?, 0)", value))

    def test_an_import_with_rejects(self):
        self.db.execute("CREATE TABLE raw(line INTEGER, at TEXT)")
        self.db.executemany("INSERT INTO raw VALUES (?, ?)",
                            [(1, "2025-06-15T10:11:12Z"), (2, "soon"), (3, "2025-06-15"),
                             (4, "2025-06")])
        self.assertEqual([line for (line,) in rows(self.db, "SELECT line FROM raw"
                                                   " WHERE utc(at, 0) IS NULL")],
                         [2, 4])
        rows(self.db, "INSERT INTO usage(client_id, api, occurred_at)"
                      " SELECT 'c', 'viewer', utc(at, 0) FROM raw WHERE utc(at, 0) IS NOT NULL")
        self.assertEqual(one(self.db, "SELECT count(*) FROM usage WHERE api = 'viewer'"), 2)

    def test_the_leap_second_as_fact_and_argument(self):
        rows(self.db, JOB, "d", "rvt", 1, "2016-12-31T23:59:60Z")
        self.assertEqual(one(self.db, "SELECT occurred_at FROM usage WHERE client_id = 'd'"),
                         "2017-01-01 00:00:00")
        self.assertEqual(one(self.db, "SELECT at FROM wallet_balance('t', '2016-12-31 23:59:60')"),
                         "2017-01-01 00:00:00")


if __name__ == "__main__":
    unittest.main()
