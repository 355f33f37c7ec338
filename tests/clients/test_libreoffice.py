"""LibreOffice for real: what Calc imports over ODBC is numbers, dates and text, as they are.

The office runs without a screen, with a profile of its own, and is told what to do by UNO. Its DSN is
without BigInt, so that INTEGER arrives as a number.
"""

import datetime
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import unittest

import test_odbc
from support import ROOT, WithDatabase, library

MISSING = None
if not test_odbc.DRIVERS:
    MISSING = "there is no SQLite driver for ODBC"
elif not shutil.which("soffice"):
    MISSING = "there is no LibreOffice"
elif importlib.util.find_spec("uno") is None:
    MISSING = "there is no python3-uno"

FIRST_DAY = datetime.date(1899, 12, 30)  # which Calc counts from


def value_of(cell):
    kind, shown, number, is_date = cell
    if kind == "EMPTY":
        return None
    if kind == "TEXT":
        return shown
    return FIRST_DAY + datetime.timedelta(days=number) if is_date else number


@unittest.skipIf(MISSING, MISSING)
class LibreOffice(WithDatabase):
    def setUp(self):
        super().setUp()
        self.etc = os.path.join(self.folder, "etc")
        os.makedirs(self.etc)
        with open(os.path.join(self.etc, "odbcinst.ini"), "w", encoding="utf-8") as file:
            file.write("[SQLite3]\nDescription=SQLite\nDriver=%s\n" % test_odbc.DRIVERS[0])
        with open(os.path.join(self.etc, "odbc.ini"), "w", encoding="utf-8") as file:
            file.write("[sheet]\nDriver=SQLite3\nDatabase=%s\nLoadExt=%s\n"
                       % (self.path, library()))

    def imported(self, **imports):
        """For each import its rows, the first with the names of the columns."""
        out = os.path.join(self.folder, "sheets.json")
        environment = dict(os.environ, ODBCSYSINI=self.etc,
                           ODBCINI=os.path.join(self.etc, "odbc.ini"))
        subprocess.run(
            [sys.executable, os.path.join(ROOT, "tests", "clients", "drivers", "sheet.py"),
             self.folder, "sheet", json.dumps(imports), out],
            env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, timeout=600, check=False)  # python may crash as it ends
        with open(out, encoding="utf-8") as file:
            sheets = json.load(file)
        return [[[value_of(cell) for cell in row] for row in sheet] for sheet in sheets]

    def test_tables_and_queries_arrive_as_what_they_are(self):
        db = self.open()
        db.execute("INSERT INTO app(client_id, account_id) VALUES ('007', 'A1')")
        db.execute("INSERT INTO app_team VALUES ('007', 'T1', '2025-03-26 00:00:00')")
        db.execute("INSERT INTO usage(client_id, api, sku, quantity, occurred_at)"
                   " VALUES ('007', 'model-derivative', 'rvt', 3, '2025-05-06 00:00:00')")
        db.execute("SELECT settle()").fetchall()
        bars = ("SELECT day, client_id, events, quantity, tokens, charged, uncharged"
                " FROM usage_daily ORDER BY day, client_id")
        empty = "SELECT day, events, tokens FROM usage_daily('T3')"
        daily, query, nothing, balances = self.imported(
            table=["usage_daily"], query=[bars, empty, "SELECT * FROM wallet_balance"])
        shown = db.execute("SELECT * FROM usage_daily").fetchall()
        self.assertEqual(sorted(map(repr, daily[1:])), sorted(map(repr, as_cells(shown))))
        self.assertEqual(daily[0], [c[0] for c in db.execute("SELECT * FROM usage_daily")
                                    .description])
        self.assertEqual(query[1:], as_cells(db.execute(bars).fetchall()))
        self.assertEqual([row[1] for row in query[1:]].count("007"), 1)
        self.assertEqual(nothing, [["day", "events", "tokens"]])
        self.assertEqual(balances[0][-1], "pending")
        self.assertEqual([row[-1] for row in balances[1:]], [0, 0, 0])


def as_cells(rows):
    """What SQLite gives as Calc holds it: days are dates, every number is a float."""
    def cell(value):
        if isinstance(value, (int, float)):
            return float(value)
        try:
            return datetime.date.fromisoformat(value)
        except (TypeError, ValueError):
            return value
    return [[cell(value) for value in row] for row in rows]


if __name__ == "__main__":
    unittest.main()
