"""What the client tests share: where things are, a small world of facts, and its right answers."""

import os
import shutil
import sqlite3
import subprocess
import tempfile
import unittest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
EXTENSION = os.path.abspath(os.environ.get("EXTENSION", os.path.join(ROOT, "build", "billing")))
SHELL = os.environ.get("SQLITE3", "sqlite3").split()
MISSING = None if os.environ.get("SQLITE3") or shutil.which("sqlite3") else "there is no sqlite3"


def library():
    """The extension's file, with its suffix: ODBC's LoadExt is given a full path."""
    for suffix in (".so", ".dylib", ".dll"):
        if os.path.exists(EXTENSION + suffix):
            return EXTENSION + suffix
    return EXTENSION


# Team T1 has a lot of 100 tokens and an app; T2 has a lot that a usage exceeds; T3 has nothing.
# A complex job costs 0.5 tokens, an hour of automation 2, a viewer call nothing.
FACTS = """
INSERT INTO account(account_id, name, country) VALUES ('A1', 'Acme', 'JP'), ('A2', 'Beta', 'US');
INSERT INTO team(team_id, account_id, name) VALUES
  ('T1', 'A1', 'Design'), ('T2', 'A2', 'Survey'), ('T3', 'A2', 'Empty');
INSERT INTO app(client_id, name, account_id)
  VALUES ('app1', 'Viewer', 'A1'), ('app2', 'Scan', 'A2');
INSERT INTO app_team(client_id, team_id, assigned_at) VALUES
  ('app1', 'T1', '2025-03-26 00:00:00'), ('app2', 'T2', '2025-03-26 00:00:00');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES
  (1, 'T1', 'flex_token', 100, '2025-04-01 00:00:00'),
  (2, 'T2', 'flex_token', 1500, '2025-04-01 00:00:00.500');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES
  (1, 'app1', 'model-derivative', 'rvt', 3, '2025-05-01 10:00:00'),
  (2, 'app1', 'design-automation', 'revit', 3600, '2025-05-01 11:00:00'),
  (3, 'app1', 'viewer', NULL, 1, '2025-05-02 00:00:00'),
  (4, 'app2', 'model-derivative', 'complex', 3001, '2025-05-03 12:30:00.250'),
  (5, 'nobody', 'model-derivative', 'dwg', 1, '2025-05-04 00:00:00');
INSERT INTO budget(team_id, client_id, tokens, starts_at)
  VALUES ('T1', 'app1', 10, '2025-05-01 00:00:00');
"""

AT = "2025-06-01 00:00:00"

# The balances of FACTS at AT, as (team_id, balance, available, uncharged).
BALANCES = [("T1", 96.5, 96.5, 0.0), ("T2", -0.5, 0.0, 0.5), ("T3", 0.0, 0.0, 0.0)]

# One more job of 0.5 tokens for T1: what a client inserts.
ONE_MORE = (
    "INSERT INTO usage(client_id, api, sku, quantity, occurred_at)"
    " VALUES ('app1', 'model-derivative', 'nwd', 1, '2025-05-05 00:00:00')"
)

# The reading tables and their columns, in order. A letter stands for the declared type:
# t TEXT, i INTEGER, r REAL, d DATE, s TIMESTAMP.
READING = {
    "wallet_balance": "team_id:t at:s balance:r available:r cloud_credits:r flex_tokens:r"
    " uncharged:r total:r used:r purchased_ever:r used_ever:r lapsed_ever:r access:t"
    " negative_since:s grace_ends_at:s min_purchase:r next_lapse_at:s next_lapse_tokens:r moved:r",
    "lot_balance": "team_id:t at:s lot_id:i kind:t purchased_at:s expires_at:s tokens:r used:r"
    " lapsed:r remaining:r state:t",
    "ledger": "entry_id:i team_id:t usage_id:i lot_id:i client_id:t api:t sku:t occurred_at:s"
    " charged_at:s entry:t tokens:r units:i",
    "uncharged_usage": "team_id:t usage_id:i client_id:t api:t sku:t occurred_at:s tokens:r"
    " charged:r uncharged:r reason:t",
    "usage_status": "usage_id:i team_id:t client_id:t api:t sku:t quantity:r occurred_at:s tokens:r"
    " charged:r uncharged:r status:t settled_at:s",
    "usage_daily": "day:d team_id:t client_id:t api:t sku:t events:i quantity:r tokens:r charged:r"
    " uncharged:r",
    "billing_alert": "team_id:t at:s alert:t since:s tokens:r message:t title:t",
    "token_events": "team_id:t at:s event:t lot_id:i kind:t tokens:r other_team:t",
    "wallet_forecast": "team_id:t at:s days:i balance:r per_day:r basis_days:i will_use:r"
    " will_lapse:r runs_out_on:d needed:r purchase:r",
    "budget_status": "team_id:t at:s budget_id:i client_id:t user_id:t label:t starts_at:s "
    "ends_at:s tokens:r spent:r remaining:r share:r state:t",
    "billing_help": "name:t kind:t what:t example:t",
}

# Reading tables whose columns the contract names only in part.
READING_SOME = {"unrated_usage": ["usage_id", "reason"], "billing_check": ["severity", "rule",
                                                                          "subject", "detail"]}


def columns_of(table):
    """[(name, type letter)] of a table in READING."""
    return [tuple(column.split(":")) for column in READING[table].split()]


def connect(path, **options):
    """A connection with the extension, in autocommit mode."""
    db = sqlite3.connect(path, isolation_level=None, **options)
    load(db)
    return db


def load(db):
    db.enable_load_extension(True)
    db.load_extension(EXTENSION)
    db.enable_load_extension(False)


def balances(db):
    return db.execute(
        "SELECT team_id, balance, available, uncharged FROM wallet_balance WHERE at = ?"
        " ORDER BY team_id", (AT,)).fetchall()


def ledger_entries(db):
    """The stored ledger, in an order that does not depend on how it came to be."""
    return db.execute("SELECT usage_id, lot_id, units FROM ledger_entry"
                      " ORDER BY 1, 2, 3").fetchall()


def shell(path, script, *options, trusted="ON", extension=True):
    """Runs a script in the sqlite3 shell; returns (output, errors)."""
    command = SHELL + ["-batch", "-init", os.devnull, "-cmd", ".mode list", "-cmd", ".headers off"]
    command += options
    if extension:
        command += ["-cmd", ".load " + EXTENSION]
    command += ["-cmd", "PRAGMA trusted_schema = " + trusted, path]
    done = subprocess.run(command, input=script, capture_output=True, text=True, cwd=ROOT,
                          timeout=120)
    return done.stdout, done.stderr


def open_files_of(path, process="self"):
    """How often a process has the database file, or a file beside it, open; None: unknown."""
    folder = "/proc/%s/fd" % process
    if not os.path.isdir(folder):
        return None
    count = 0
    for name in os.listdir(folder):
        try:
            count += os.readlink(os.path.join(folder, name)).startswith(path)
        except OSError:
            pass
    return count


class WithDatabase(unittest.TestCase):
    """Each test has a folder of its own and, in self.path, a database with FACTS, settled."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.path = os.path.join(folder.name, "test.db")
        db = connect(self.path)
        db.execute("SELECT billing_install()")
        db.executescript(FACTS)
        db.execute("SELECT settle()")
        db.close()

    def open(self, path=None):
        db = connect(path or self.path)
        self.addCleanup(db.close)
        return db
