"""Who may only read: by an authorizer that allows SELECT, READ and FUNCTION, by mode=ro, immutable
or query_only. All reading tables answer what they answer a writer; nothing writes, through whatever
function; no crash. Only settlement_preview has to settle, and says so while rows wait."""

import hashlib
import os
import sqlite3
import unittest

from cases import WithWorld, rows
from support import READING, READING_SOME, load

ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION,
           sqlite3.SQLITE_RECURSIVE}
TABLES = sorted(set(READING) | set(READING_SOME) | {"explain_charge", "usage_series",
                                                     "balance_series", "lot_series",
                                                    "balances_page", "charge_back"})
DATED = ("wallet_balance lot_balance uncharged_usage billing_alert wallet_forecast budget_status "
         "usage_status balances_page token_events").split()
SPANS = ["usage_series", "balance_series", "lot_series", "charge_back"]
WHERE = {"explain_charge": " WHERE usage_id = 1"}
WHERE.update((name, " WHERE at = '2025-03-01 00:00:00'") for name in DATED)
WHERE.update((name, " WHERE since = '2025-02-01 00:00:00' AND until = '2025-03-01 00:00:00'")
             for name in SPANS)

WRITES = """SELECT settle(); SELECT settle('t'); SELECT billing_install(); SELECT billing_rebuild();
SELECT billing_autosettle(1); SELECT billing_alerts(1); SELECT billing_guard(1);
SELECT billing_export('main');
INSERT INTO settlement(team_id) VALUES (NULL);
INSERT INTO billing_setting(name, value) VALUES ('autosettle', 1);
INSERT INTO usage(client_id, api, sku, occurred_at)
  VALUES ('c', 'model-derivative', 'rvt', '2025-03-01 00:00:00');
UPDATE usage SET quantity = 2; DELETE FROM token_lot; DELETE FROM ledger_entry; DROP TABLE usage;
INSERT INTO period_close(team_id, closed_until) VALUES ('t', '2025-02-10 00:00:00')"""



def only_reads(action, *_):
    return sqlite3.SQLITE_OK if action in ALLOWED else sqlite3.SQLITE_DENY


def reads_and_declares(action, table, *_):
    """SQLite asks so when a connection uses a virtual table for the first time, json_each() too: it
    declares the columns. The schema table itself can't be written without writable_schema."""
    if action in (sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE) and table == "sqlite_master":
        return sqlite3.SQLITE_OK
    return only_reads(action)


class Readers(WithWorld):
    def setUp(self):
        super().setUp()
        self.db.execute("INSERT INTO usage(usage_id, client_id, api, sku, occurred_at) VALUES"
                        # waits for settle
                        " (9, 'c', 'model-derivative', 'rvt', '2025-02-27 00:00:00')")
        self.wanted = {name: self.answer(self.db, name) for name in TABLES}
        self.db.close()
        self.bytes = self.digest()

    def digest(self):
        with open(self.path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()

    def query(self, name):
        """Nothing in it depends on the moment at which it is asked."""
        return "SELECT * FROM %s%s" % (name, WHERE.get(name, ""))

    def answer(self, db, name):
        return sorted(rows(db, self.query(name)), key=repr)

    def reader(self, suffix=""):
        db = sqlite3.connect("file:%s%s" % (self.path, suffix), uri=True, isolation_level=None)
        self.addCleanup(db.close)
        load(db)
        return db

    def check(self, db):
        for name in TABLES:
            self.assertEqual(self.answer(db, name), self.wanted[name], name)
        self.assertIn("settlement_preview",
                      str(self.message(db, "SELECT * FROM settlement_preview")))
        for sql in WRITES.split(";"):
            if "install" in sql:
                rows(db, sql)  # there is nothing to do, and nothing is written
                continue
            with self.assertRaises(sqlite3.Error, msg=sql):
                rows(db, sql)
            self.assertFalse(db.in_transaction, sql)
        for name in TABLES:
            self.assertEqual(self.answer(db, name), self.wanted[name], name)
        db.close()
        self.assertEqual(self.digest(), self.bytes)

    def test_authorizer(self):
        db = self.reader()
        db.set_authorizer(reads_and_declares)
        self.check(db)

    def test_authorizer_once_each_table_was_used(self):
        db = self.reader()
        for name in TABLES:
            self.answer(db, name)
        db.set_authorizer(only_reads)
        self.check(db)

    def test_mode_ro(self):
        self.check(self.reader("?mode=ro"))

    def test_immutable(self):
        self.check(self.reader("?immutable=1"))

    def test_query_only(self):
        db = self.reader()
        db.execute("PRAGMA query_only = ON")
        self.check(db)


if __name__ == "__main__":
    unittest.main()
