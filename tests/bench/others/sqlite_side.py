"""billing, and what one would write instead in SQLite: a window query, a script, triggers."""

import csv
import datetime
import os
import pathlib
import shutil
import sqlite3

import script
from common import INSERTS, TOP_UP, clock, text

CACHE = "PRAGMA cache_size = -65536; PRAGMA synchronous = NORMAL"

RESOLVED = """
    SELECT usage_id, client_id, billing_api(api), billing_sku(api, sku, occurred_at), quantity,
      occurred_at, outcome FROM usage ORDER BY usage_id"""
LOTS = """
    SELECT lot_id, team_id, rank, units(tokens), purchased_at, datetime(purchased_at, '+1 year'), 0
    FROM token_lot JOIN token_kind USING (kind)"""
RATES = """
    SELECT api, sku, effective_from, lead(effective_from, 1, '9999') OVER (
      PARTITION BY api, sku ORDER BY effective_from), tokens * 3600000.0 / per
    FROM rate_card WHERE true"""


def for_sqlite(sql):
    """SQLite calls these two otherwise."""
    return sql.replace("least(", "min(").replace("greatest(", "max(")


class Sqlite:
    """billing's file, and one with the plain tables."""

    def __init__(self, folder, extension, pending):
        self.folder, self.extension, self.pending = folder, extension, pending
        self.plain = folder / "plain.db"
        self.ready = None  # the file of the product's last round

    def connect(self, path):
        """Like the C program does."""
        database = sqlite3.connect(path, isolation_level=None)
        database.executescript("PRAGMA journal_mode = WAL; " + CACHE)
        return database

    def billing(self, path):
        """With the extension."""
        database = self.connect(path)
        database.enable_load_extension(True)
        database.load_extension(str(self.extension))
        return database

    def copy(self, name, source):
        """A fresh copy, on disk."""
        path = self.folder / name
        for suffix in ("", "-wal", "-shm"):
            pathlib.Path(f"{path}{suffix}").unlink(missing_ok=True)
        shutil.copyfile(source, path)
        with open(path, "rb") as file:
            os.fsync(file.fileno())
        return path

    def make_plain(self, rows):
        """The facts for the others: in SQLite and as CSV files."""
        self.plain.unlink(missing_ok=True)
        facts, plain = self.billing(self.pending), self.connect(self.plain)
        plain.executescript(text("tables.sql").replace("BIGINT PRIMARY KEY", "INTEGER PRIMARY KEY"))
        plain.execute("BEGIN")
        for table, query in (("usage", RESOLVED), ("token_lot", LOTS), ("rate", RATES),
                             ("app_team", "SELECT client_id, team_id FROM app_team")):
            found = facts.execute(query).fetchall()
            plain.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(found[0]))})",
                              found)
            with open(self.folder / f"{table}.csv", "w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows(found)
        plain.executescript("ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)")
        assert plain.execute("SELECT count(*) FROM usage").fetchone()[0] == rows
        plain.close()
        facts.close()

    def settle_all(self, results, job, rows):
        """One round of each."""
        self.ready = self.copy("others-billing.db", self.pending)
        database = self.billing(self.ready)
        results.add(job, "billing", rows, clock(database.execute, "SELECT settle()"))
        database.close()
        for name, work in (("SQLite, one window query", lambda d: d.executescript(
                for_sqlite(text("window.sql")))), ("Python script", script.settle)):
            database = self.connect(self.copy("others-plain.db", self.plain))
            results.add(job, name, rows, clock(work, database))
            database.close()

    def compare(self):
        """The script does the whole job for facts that never change: its ledger has to be
        billing's."""
        plain = self.connect(self.folder / "others-plain.db")
        plain.execute("ATTACH ? AS product", (str(self.ready),))
        either = ("SELECT usage_id, lot_id, units, unixepoch(charged_at) FROM main.entry",
                  "SELECT usage_id, lot_id, units, charged_ms / 1000 FROM product.ledger_entry")
        counts = [plain.execute(f"SELECT count(*) FROM ({a} EXCEPT {b})").fetchone()[0]
                  for a, b in (either, reversed(either))]
        total = plain.execute("SELECT count(*) FROM product.ledger_entry").fetchone()[0]
        plain.close()
        return (f"- the script's ledger and billing's: {total:,} entries,"
                f" {counts[0]} only in the script's, {counts[1]} only in billing's")

    def incoming(self):
        """Rows that come after the last one, like the last ones."""
        plain = self.connect(self.plain)
        last = plain.execute("SELECT client_id, api, sku, quantity, outcome FROM usage"
                             " ORDER BY usage_id DESC LIMIT ?", (INSERTS,)).fetchall()
        plain.close()
        start = datetime.datetime.fromisoformat(TOP_UP)
        return [(*row[:4], str(start + datetime.timedelta(seconds=7 * number)), row[4])
                for number, row in enumerate(last)]

    def insert_each(self, results, job, incoming):
        """A round of inserts that settle at once, by billing and by plain triggers; all rolled
        back."""
        insert = ("INSERT INTO usage(client_id, api, sku, quantity, occurred_at, outcome)"
                  " VALUES (?, ?, ?, ?, ?, ?)")
        contestants = (("billing", self.inserting_billing()), ("SQLite, plain triggers",
                                                               self.inserting_plain()))
        for _ in range(5):
            for name, database in contestants:
                database.execute("BEGIN")
                results.add(job, name, INSERTS, clock(database.executemany, insert, incoming))
                database.execute("ROLLBACK")
        for _, database in contestants:
            database.close()

    def inserting_billing(self):
        """Settled; every team buys enough; autosettle is on."""
        database = self.billing(self.ready)
        database.execute("INSERT INTO token_lot(team_id, kind, tokens, purchased_at)"
                         " SELECT team_id, 'flex_token', 1000000, ? FROM team", (TOP_UP,))
        database.execute("SELECT billing_autosettle(1)")
        return database

    def inserting_plain(self):
        """Likewise, with the triggers."""
        database = self.connect(self.folder / "others-plain.db")
        database.execute("INSERT INTO token_lot SELECT 1000000 + row_number() OVER (), team_id, 2,"
                         " 3600000000000, ?, datetime(?, '+1 year'), 0"
                         " FROM (SELECT DISTINCT team_id FROM app_team)", (TOP_UP, TOP_UP))
        database.execute("UPDATE token_lot SET used = units WHERE lot_id < 1000000")
        database.executescript(text("triggers.sql"))
        return database

    def report(self, results, job):
        """A month of the largest team; the plain tables with an index that helps."""
        plain = self.connect(self.folder / "others-plain.db")
        plain.executescript("CREATE INDEX usage_by_client"
                            " ON usage(client_id, occurred_at); ANALYZE")
        billing = self.billing(self.ready)
        for _ in range(5):
            results.add(job, "billing", 1, clock(lambda: billing.execute(
                "SELECT * FROM usage_daily('team-0001') WHERE day >= '2023-02-01'"
                " AND day < '2023-03-01'").fetchall()))
            results.add(job, "SQLite, GROUP BY with an index on (client_id, occurred_at)", 1,
                        clock(lambda: plain.execute(text("report.sql")).fetchall()))
        plain.close()
        billing.close()
