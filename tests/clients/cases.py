"""A small world of facts that several client tests start from, and ways to say what must hold of
it."""

import os
import sqlite3
import tempfile
import unittest

from support import connect

# Account a with the teams t and u, a lot of 100 each; app c pays from t, d from u.
# Four complex jobs of 0.5 tokens each, all of c.
WORLD = """
INSERT INTO account(account_id, country) VALUES ('a', 'JP'), ('b', 'JP');
INSERT INTO team(team_id, account_id) VALUES ('t', 'a'), ('u', 'a'), ('v', 'b');
INSERT INTO app(client_id, account_id) VALUES ('c', 'a'), ('d', 'a');
INSERT INTO app_team(client_id, team_id, assigned_at) VALUES
  ('c', 't', '2020-01-01 00:00:00'), ('d', 'u', '2020-01-01 00:00:00');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES
  (1, 't', 'flex_token', 100, '2025-01-01 00:00:00'),
  (2, 'u', 'flex_token', 100, '2025-01-01 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES
  (1, 'c', 'model-derivative', 'rvt', 1, '2025-02-01 00:00:00'),
  (2, 'c', 'model-derivative', 'rvt', 1, '2025-02-05 00:00:00'),
  (3, 'c', 'model-derivative', 'rvt', 1, '2025-02-25 00:00:00'),
  (4, 'c', 'model-derivative', 'rvt', 1, '2025-02-26 00:00:00');
"""

# The fact tables in the order in which the contract names them: each after those it refers to.
FACTS = ("account team app app_team app_owner account_agreement contact product_assignment "
         "token_kind api"
         " api_alias kind_api token_lot lot_move sku_alias rate_card rate_tier outcome_rule usage "
         "country subscription unblock period_close policy policy_change budget").split()

JOB = ("INSERT INTO usage(client_id, api, sku, quantity, occurred_at)"
       " VALUES (?, 'model-derivative', ?, ?, ?)")


def rows(db, sql, *values):
    return db.execute(sql, values).fetchall()


def one(db, sql, *values):
    """The only value of the only row."""
    got = rows(db, sql, *values)
    assert len(got) == 1 and len(got[0]) == 1, (sql, got)
    return got[0][0]


def has_table(db, name):
    return bool(rows(db, "SELECT 1 FROM pragma_table_list WHERE schema = 'main' AND name = ?",
                     name))


def facts(db, schema="main"):
    """Every row of every fact table, to see that nothing was written."""
    there = {name for (name,) in rows(db, "SELECT name FROM %s.sqlite_schema WHERE type = 'table'"
                                      % schema)}
    return {table: sorted(rows(db, "SELECT * FROM %s.%s" % (schema, table)), key=repr)
            for table in FACTS if table in there}


def entries(db):
    """The stored ledger, in an order that does not depend on how it came to be."""
    return rows(db, "SELECT usage_id, lot_id, units, charged_at FROM ledger_entry"
                " ORDER BY 1, 2, 4, 3")


def errors(db):
    return rows(db, "SELECT rule, subject, detail FROM billing_check WHERE severity = 'error'")


def said(db):
    """Everything that billing_check says, as one text."""
    return "\n".join(" ".join(map(str, row)) for row in rows(db, "SELECT * FROM billing_check"))


class WithWorld(unittest.TestCase):
    """self.db is a new file with WORLD, settled; self.path names it."""

    autosettle = False

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.path = os.path.join(folder.name, "test.db")
        self.db = self.file(self.path)

    def open(self, path):
        db = connect(path)
        self.addCleanup(db.close)
        return db

    def empty(self, name):
        """A new file with nothing but the catalogue."""
        db = self.open(os.path.join(self.folder, name))
        db.execute("PRAGMA synchronous = OFF")
        db.execute("SELECT billing_install()").fetchall()
        return db

    def file(self, name):
        db = self.empty(name)
        if self.autosettle:
            db.execute("SELECT billing_autosettle(1)").fetchall()
        db.executescript(WORLD)
        db.execute("SELECT settle()").fetchall()
        return db

    def message(self, db, sql, *values):
        """The error that a statement ends with."""
        try:
            got = rows(db, sql, *values)
        except sqlite3.Error as error:
            return error
        self.fail("no error, but %r: %s %r" % (got[:3], sql, values))

    def house_style(self, text):
        """`name: what is wrong, value, remedy`, lower case, no full stop."""
        self.assertRegex(text, r"^[a-z_][A-Za-z_.0-9]*(\([^)]*\))?: ",
                         "the error does not name its place")
        self.assertFalse(text.endswith("."), text)

    def refused(self, db, sql, *values, words=(), fact=True):
        """A statement that is refused in the house style, with these words, and writes nothing."""
        before = facts(db), entries(db)
        error = self.message(db, sql, *values)
        if fact:
            self.assertIsInstance(error, sqlite3.IntegrityError, str(error))
        self.house_style(str(error))
        for word in words:
            self.assertIn(word, str(error))
        self.assertEqual((facts(db), entries(db)), before, "something was written: " + sql)
        return str(error)

    def right_or_refused(self, db, expected, sql, *values):
        """The rows that the statement means, or an error: never other rows."""
        try:
            got = rows(db, sql, *values)
        except sqlite3.Error:
            return
        self.assertEqual(sorted(got, key=repr), sorted(expected, key=repr), "%s %r" % (sql, values))
