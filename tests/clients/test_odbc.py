"""ODBC for real: unixODBC and the SQLite driver on a DSN that loads the extension.

The driver tells tools the declared types, so what is checked here is what a BI tool sees. The DSN
lives in build/odbc and not in the machine's configuration.
"""

import datetime
import glob
import itertools
import os
import shutil
import subprocess
import unittest

from support import (AT, BALANCES, ONE_MORE, READING, READING_SOME, ROOT, WithDatabase, columns_of,
                     library, open_files_of)

CONFIGURATION = os.path.join(ROOT, "build", "odbc")
os.environ["ODBCSYSINI"] = CONFIGURATION  # read when the driver manager is loaded
os.environ["ODBCINI"] = os.path.join(CONFIGURATION, "odbc.ini")

try:
    import pyodbc
    # A pooled connection would outlive close(), and belong to the DSN as it was before.
    pyodbc.pooling = False
except ImportError:
    pyodbc = None

# unixODBC may remember what a DSN says for as long as a process lives: each test has one of its
# own.
NUMBERS = itertools.count(1)

DRIVERS = [path for folder in ("/usr/lib/*/odbc", "/usr/lib64", "/usr/lib", "/usr/local/lib")
           for path in glob.glob(os.path.join(folder, "libsqlite3odbc.so"))]

MISSING = None
if pyodbc is None:
    MISSING = "there is no pyodbc"
elif not DRIVERS:
    MISSING = "there is no SQLite driver for ODBC"
elif not shutil.which("isql"):
    MISSING = "there is no isql"

PYTHON_TYPES = {"t": str, "i": int, "r": float, "d": datetime.date, "s": datetime.datetime}


def sql_types(letter):
    """The ODBC type codes that a column of this kind may have."""
    return {
        "t": (pyodbc.SQL_VARCHAR, pyodbc.SQL_WVARCHAR, pyodbc.SQL_LONGVARCHAR,
              pyodbc.SQL_WLONGVARCHAR),
        "i": (pyodbc.SQL_BIGINT,),
        "r": (pyodbc.SQL_DOUBLE, pyodbc.SQL_FLOAT, pyodbc.SQL_REAL),
        "d": (pyodbc.SQL_TYPE_DATE, 9),        # 9, 11: the ODBC 2 codes of the same types
        "s": (pyodbc.SQL_TYPE_TIMESTAMP, 11),
    }[letter]


@unittest.skipIf(MISSING, MISSING)
class Odbc(WithDatabase):
    def setUp(self):
        super().setUp()
        self.dsn = "billing%d" % next(NUMBERS)
        os.makedirs(CONFIGURATION, exist_ok=True)
        with open(os.path.join(CONFIGURATION, "odbcinst.ini"), "w") as file:
            file.write("[SQLite3]\nDescription=SQLite\nDriver=%s\n" % DRIVERS[0])
        with open(os.path.join(CONFIGURATION, "odbc.ini"), "w") as file:
            file.write("[%s]\nDriver=SQLite3\nDatabase=%s\nLoadExt=%s\nBigInt=1\n"
                       % (self.dsn, self.path, library()))

    def connect(self, autocommit=True):
        db = pyodbc.connect("DSN=" + self.dsn, autocommit=autocommit)
        self.addCleanup(db.close)
        return db

    def balance(self, db):
        return db.execute("SELECT balance FROM wallet_balance WHERE team_id = ? AND at = ?",
                          ("T1", AT)).fetchone()[0]

    def isql(self, script):
        done = subprocess.run(["isql", self.dsn, "-b", "-d|"], input=script, capture_output=True,
                              text=True, timeout=60)
        return done.stdout.strip().splitlines()

    def test_isql(self):
        with open(os.path.join(ROOT, "VERSION")) as version:
            self.assertEqual(self.isql("SELECT billing_version()\n"), [version.read().strip()])
        rows = self.isql("SELECT team_id, balance FROM wallet_balance WHERE at = '%s'"
                         " ORDER BY team_id\n" % AT)
        self.assertEqual([(team, float(balance)) for team, balance in
                          (row.split("|") for row in rows)], [row[:2] for row in BALANCES])

    def test_isql_writes(self):
        self.isql(ONE_MORE + "\nINSERT INTO settlement(team_id) VALUES (NULL)\n")
        self.assertEqual(self.balance(self.connect()), 96.0)

    def test_catalogue_lists_every_reading_table(self):
        listed = {row.table_name for row in self.connect().cursor().tables()}
        self.assertLessEqual(set(READING) | set(READING_SOME), listed)
        self.assertLessEqual({"usage", "token_lot", "ledger_entry", "team"}, listed)

    def test_catalogue_has_the_columns(self):
        db = self.connect()
        for table in READING:
            listed = db.cursor().columns(table=table).fetchall()
            expected = columns_of(table)
            self.assertEqual([row.column_name for row in listed][:len(expected)],
                             [name for name, _ in expected], table)
            for row, (name, letter) in zip(listed, expected):
                self.assertIn(row.data_type, sql_types(letter), "%s.%s" % (table, name))

    def test_values_have_their_types(self):
        db = self.connect()
        for table in READING:
            rows = db.execute("SELECT * FROM " + table).fetchall()
            self.assertTrue(rows, table + " has no row")
            for row in rows:
                for (name, letter), value, about in zip(columns_of(table), row,
                                                        row.cursor_description):
                    self.assertIs(about[1], PYTHON_TYPES[letter], "%s.%s" % (table, name))
                    if value is not None:
                        self.assertIs(type(value), PYTHON_TYPES[letter], "%s.%s" % (table, name))

    def test_types_hold_where_there_is_no_row(self):
        db = self.connect()
        for table in READING:
            key = "name" if table == "billing_help" else "team_id"
            cursor = db.execute("SELECT * FROM %s WHERE %s = 'nobody'" % (table, key))
            self.assertEqual([column[1] for column in cursor.description][:len(columns_of(table))],
                             [PYTHON_TYPES[letter] for _, letter in columns_of(table)], table)

    def test_texts_that_look_like_integers_in_the_first_row_stay_texts(self):
        """A driver that guessed the type of a column by its first row would take these for
        numbers."""
        db = self.connect()
        db.execute("INSERT INTO team(team_id, account_id, name) VALUES ('007', 'A1', '1')")
        db.execute("INSERT INTO app(client_id, name, account_id) VALUES ('0012', '12', 'A1')")
        db.execute("INSERT INTO app_team(client_id, team_id, assigned_at)"
                   " VALUES ('0012', '007', '2024-01-01 00:00:00')")
        for usage_id, user in ((70, "1"), (71, "two")):
            db.execute("INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at, "
                       "user_id, label)"
                       " VALUES (?, '0012', 'model-derivative', 'rvt', 1, '2025-05-05 00:00:00', "
                       "?, '003')", (usage_id, user))
        db.execute("SELECT settle()").fetchall()
        cursor = db.execute("SELECT team_id, client_id, user_id, label, events"
                            " FROM usage_series('007', '2025-05-01', '2025-06-01')"
                            " ORDER BY user_id")
        self.assertEqual([column[1] for column in cursor.description], [str, str, str, str, int])
        self.assertEqual([tuple(row) for row in cursor], [("007", "0012", "1", "003", 1),
                                                          ("007", "0012", "two", "003", 1)])
        said = self.isql("SELECT team_id, user_id, label FROM usage_series WHERE team_id = '007'"
                         " AND since = '2025-05-01' AND until = '2025-06-01' ORDER BY user_id\n")
        self.assertEqual(said, ["007|1|003", "007|two|003"])

    def test_values(self):
        db = self.connect()
        rows = db.execute("SELECT team_id, balance, available, uncharged FROM wallet_balance"
                          " WHERE at = ? ORDER BY team_id", (AT,)).fetchall()
        self.assertEqual([tuple(row) for row in rows], BALANCES)
        # More than 31 bits of units, a fraction of a second, a day.
        row = db.execute("SELECT units, occurred_at FROM ledger WHERE team_id = 'T2'").fetchone()
        self.assertEqual(row.units, 1500 * 3600000)
        self.assertEqual(row.occurred_at, datetime.datetime(2025, 5, 3, 12, 30, 0, 250000))
        row = db.execute("SELECT day, tokens FROM usage_daily WHERE team_id = 'T2'").fetchone()
        self.assertEqual(tuple(row), (datetime.date(2025, 5, 3), 1500.5))

    def test_insert_is_settled_by_the_trigger(self):
        db = self.connect(autocommit=False)
        db.execute("SELECT billing_autosettle(1)").fetchall()
        db.commit()
        db.execute("INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at)"
                   " VALUES (?, ?, ?, ?, ?, ?)",
                   (50, "app1", "model-derivative", "nwd", 1, "2025-05-05 00:00:00"))
        status = db.execute("SELECT status, charged FROM usage_status WHERE usage_id = 50"
                            " AND team_id = 'T1'").fetchone()
        self.assertEqual(tuple(status), ("charged", 0.5))
        self.assertEqual(self.balance(db), 96.0)
        db.rollback()
        self.assertEqual(self.balance(db), 96.5)
        self.assertEqual(db.execute("SELECT count(*) FROM usage WHERE usage_id = 50").fetchone()[0],
                         0)
        db.execute(ONE_MORE)
        db.commit()
        self.assertEqual(self.balance(self.connect()), 96.0)

    def test_settlement_is_dml(self):
        db = self.connect(autocommit=False)
        db.execute(ONE_MORE)
        db.execute("INSERT INTO settlement(team_id) VALUES (?)", ("T1",))
        self.assertEqual(self.balance(db), 96.0)
        db.rollback()
        self.assertEqual(self.balance(db), 96.5)

    def test_errors_name_the_column(self):
        db = self.connect()
        with self.assertRaisesRegex(pyodbc.Error, "usage.occurred_at"):
            db.execute("INSERT INTO usage(client_id, api, quantity, occurred_at)"
                       " VALUES ('app1', 'viewer', 1, 'yesterday')")

    def test_disconnecting_leaves_no_open_file(self):
        for finish in ("commit", "rollback", None):
            db = pyodbc.connect("DSN=" + self.dsn, autocommit=False)
            db.execute(ONE_MORE)
            db.execute("SELECT settle()").fetchall()
            for table in READING:
                db.execute("SELECT * FROM " + table).fetchall()
            if finish:
                getattr(db, finish)()
            db.close()
            self.assertIn(open_files_of(self.path), (0, None), finish)


if __name__ == "__main__":
    unittest.main()
