"""Drivers for real: each language's own times go in, are stored canonically, and are asked for.

The programs in drivers/ take the same steps and print `name<TAB>value`: they load the extension,
install, insert usage at a native time with autosettle on, ask for balances and rows at native
times, read the declared types, roll back, insert bad rows, and close. What they print is compared
here. pyodbc, SQLAlchemy and Python's sqlite3 take the same steps in this process. A driver that is
not on the machine is skipped by name; `make drivers` installs all of them.
"""

import datetime
import glob
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import unittest.mock

from support import EXTENSION, FACTS, ROOT, connect, library, open_files_of

try:
    import pyodbc
except ImportError:
    pyodbc = None
try:
    import sqlalchemy
except ImportError:
    sqlalchemy = None

PROGRAMS = os.path.join(ROOT, "tests", "clients", "drivers")
WORK = os.path.join(ROOT, "build", "drivers")
GO_FOLDER = "/usr/share/gocode"
JAR = "/usr/share/java/sqlite-jdbc.jar"
ODBC = next((path for folder in ("/usr/lib/*/odbc", "/usr/lib64", "/usr/lib", "/usr/local/lib")
             for path in glob.glob(os.path.join(folder, "libsqlite3odbc.so"))), None)
# A zone of their own: what takes a time as local shows.
ENVIRONMENT = dict(os.environ, NODE_PATH=os.path.join(WORK, "node_modules"), TZ="Asia/Tokyo")

with open(os.path.join(ROOT, "VERSION"), encoding="utf-8") as version:
    VERSION = version.read().strip()

# A statement to a line, since drivers take one at a time. Autosettle is on from the first usage.
SETUP = ["SELECT billing_install()", "SELECT billing_autosettle(1)"]
SETUP += [" ".join(statement.split()) for statement in FACTS.split(";") if statement.strip()]

NOT_A_TIME = r"usage\.occurred_at: not a time, "
BAD_ROW = NOT_A_TIME + r"'yesterday', give UTC as 'YYYY-MM-DD HH:MM:SS', or use utc\(\)"
NUMBER = NOT_A_TIME + r"\d+, give UTC as 'YYYY-MM-DD HH:MM:SS'"
NUMBER_ASKED = r"wallet_balance: at is not a time, \d+(\.0)?, write YYYY-MM-DD HH:MM:SS"

# What every driver prints: usage 60 is at 2025-05-05 10:00:00, 61 at 11:00:00.250, 0.5 tokens each.
EXPECTED = {
    "version": VERSION,
    "stored": "2025-05-05 10:00:00",
    "stored fraction": "2025-05-05 11:00:00.250",
    "balance at": "96",
    "balance of": "96",
    "balance before": "96.5",
    "window": "60",
    "window before": "",
    "window fraction": "61",
    "either": "60 61",
    "fact": "60",
    "real": "true 96",
    "integer": "true 5400000000",
    "date": "true 2025-05-03",
    "timestamp": "true 2025-05-03 12:30:00.250",
    "inside": "95.5",
    "rolled back": "96",
}


def succeeds(*command):
    done = subprocess.run(command, capture_output=True, env=ENVIRONMENT, timeout=60, check=False)
    return done.returncode == 0


def missing_go():
    if not shutil.which("go"):
        return "there is no go"
    if not os.path.isdir(os.path.join(GO_FOLDER, "src", "github.com", "mattn", "go-sqlite3")):
        return "there is no go-sqlite3"
    return None


def missing_r(package):
    if not shutil.which("Rscript"):
        return "there is no R"
    if not succeeds("Rscript", "--vanilla", "-e", "library(%s)" % package):
        return "there is no " + package
    return None


def missing_rsqlite():
    return missing_r("RSQLite") or missing_r("hms")


def missing_rodbc():
    return (None if ODBC else "there is no SQLite driver for ODBC") or missing_r("RODBC")


def missing_node():
    if not shutil.which("node"):
        return "there is no node"
    if not succeeds("node", "-e", "try { require('better-sqlite3') } catch (e) {"
                    " new (require('node:sqlite').DatabaseSync)(':memory:').loadExtension.name }"):
        return "there is neither better-sqlite3 nor node:sqlite"
    return None


def missing_java():
    if not shutil.which("javac"):
        return "there is no JDK"
    return None if os.path.exists(JAR) else "there is no JDBC driver for SQLite"


class Driver(unittest.TestCase):
    """Each test has a path for a new database, and its facts as a script of one statement to a
    line."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.path = os.path.join(self.folder, "test.db")
        self.script = os.path.join(self.folder, "setup.sql")
        with open(self.script, "w", encoding="utf-8") as file:
            file.write("\n".join(SETUP) + "\n")
        os.makedirs(WORK, exist_ok=True)

    def example(self, heading, language):
        """The first example of a section of the guide, on the test's files."""
        with open(os.path.join(ROOT, "docs", "guides", "clients.md"), encoding="utf-8") as guide:
            text = guide.read().partition("## " + heading)[2]
        code = text.partition("```%s\n" % language)[2].partition("```")[0]
        self.assertIn("build/billing", code)
        return code.replace("my.db", self.path).replace("build/billing",
                                                        EXTENSION).replace("design", "T1")

    def run_example(self, heading, language, *command):
        """What an example prints on a file with the facts."""
        db = connect(self.path)
        for statement in SETUP:
            db.execute(statement).fetchall()
        db.close()
        script = os.path.join(self.folder, "example")
        with open(script, "w", encoding="utf-8") as file:
            file.write(self.example(heading, language))
        done = subprocess.run([*command, script], capture_output=True, text=True, env=ENVIRONMENT,
                              timeout=60, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def need(self, why):
        """Skips the test when its driver is missing, and says which."""
        if why:
            self.skipTest(why)

    def said_by(self, *command, environment=()):
        """What a program prints, {name: value}; that it closed the file is seen while it still
        runs."""
        with subprocess.Popen([*command, self.path, library(), self.script], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              env=dict(ENVIRONMENT, **dict(environment))) as process:
            timer = threading.Timer(120, process.kill)
            timer.start()
            said, held = {}, None
            for line in process.stdout:
                name, _, value = line.rstrip("\n").partition("\t")
                if name == "closed":
                    held = open_files_of(self.path, process.pid)
                    break
                said[name] = re.sub(r"^(true )?(\d+)\.0$", r"\1\2", value)
            errors = process.communicate("\n")[1]
            timer.cancel()
        self.assertEqual(process.returncode, 0, errors)
        self.assertEqual(errors, "")
        self.assertIn(held, (0, None), "the file is still open, or the program did not close it")
        return said

    def compare(self, said, **others):
        """Everything that is said is expected; others are regular expressions."""
        for name, value in EXPECTED.items():
            self.assertEqual(said.pop(name, "(not said)"), value, name)
        for name, pattern in others.items():
            self.assertRegex(said.pop(name.replace("_", " "), "(not said)"), pattern, name)
        self.assertEqual(said, {})

    def check_file(self, *more):
        """Nothing but the usage that was committed is there, and settled as from the beginning."""
        db = connect(self.path)
        self.addCleanup(db.close)
        self.assertEqual([row[0] for row in db.execute("SELECT usage_id FROM usage ORDER BY 1")],
                         [1, 2, 3, 4, 5, 60, 61, *more])
        self.assertEqual(db.execute("SELECT * FROM billing_check"
                                    " WHERE severity = 'error'").fetchall(), [])
        entries = "SELECT usage_id, lot_id, units, charged_at FROM ledger_entry ORDER BY 1, 2, 3"
        before = db.execute(entries).fetchall()
        self.assertEqual(len([row for row in before if row[0] >= 60]), 2 + len(more))
        db.execute("SELECT billing_rebuild()").fetchall()
        self.assertEqual(db.execute(entries).fetchall(), before)


class Programs(Driver):
    def test_go(self):
        self.need(missing_go())
        program = os.path.join(WORK, "times")
        subprocess.run(["go", "build", "-tags", "libsqlite3", "-o", program,
                        os.path.join(PROGRAMS, "times.go")], check=True, timeout=300,
                       env=dict(ENVIRONMENT, GO111MODULE="off", GOPATH=GO_FOLDER, GOFLAGS="",
                                GOCACHE=os.path.join(WORK, "go-cache")))
        self.compare(self.said_by(program), bad_row="^" + BAD_ROW, bad_row_is="^true$",
                     too_fine=r"^usage\.occurred_at: finer than a millisecond, '.*\+00:00', write ",
                     number="^" + NUMBER, number_asked="^" + NUMBER_ASKED)
        self.check_file(*range(100, 140))

    def test_node(self):
        self.need(missing_node())
        self.compare(self.said_by("node", "--no-warnings", os.path.join(PROGRAMS, "times.js")),
                     bad_row="^" + BAD_ROW, bad_row_is="^true$", number="^" + NUMBER,
                     number_asked="^" + NUMBER_ASKED, native="bind|bound|argument", busy="locked")
        self.check_file()

    def test_rsqlite(self):
        self.need(missing_rsqlite())
        self.compare(self.said_by("Rscript", "--vanilla", os.path.join(PROGRAMS, "times.R")),
                     bad_row="^" + BAD_ROW, number="^" + NUMBER, number_asked="^" + NUMBER_ASKED,
                     every_millisecond="^TRUE$", date_bound="^" + NUMBER_ASKED)
        self.check_file()

    def test_rodbc(self):
        self.need(missing_rodbc())
        said = self.said_by("Rscript", "--vanilla", os.path.join(PROGRAMS, "rodbc.R"),
                            environment={"ODBC_DRIVER": ODBC or ""})
        self.compare(said, bad_row=BAD_ROW, not_there=r"no such table")
        self.check_file()

    def test_example_of_python(self):
        self.assertEqual(self.run_example("Python", "python", sys.executable), "(0.0,)\n")

    def test_example_of_node(self):
        self.need(missing_node() or (None if succeeds("node", "-e", "require('better-sqlite3')")
                                     else "there is no better-sqlite3"))
        self.assertEqual(self.run_example("Node", "js", "node"), "{ available: 0 }\n")

    def test_example_of_rsqlite(self):
        self.need(missing_rsqlite())
        self.assertRegex(self.run_example("R\n", "r", "Rscript", "--vanilla"),
                         r"(?m)^1 +T1 20\d\d-")

    def java(self, *options):
        return self.said_by("java", "-cp", JAR, *options, os.path.join(PROGRAMS, "Times.java"))

    def test_jdbc(self):
        self.need(missing_java())
        self.compare(self.java("-Duser.timezone=UTC"), bad_row=BAD_ROW, bad_row_is="^true$",
                     number=NUMBER, number_asked=NUMBER_ASKED, busy="SQLITE_BUSY",
                     timestamp_got=r"^2025-05-03T12:30:00\.250Z$",
                     second_got="^2025-05-05T10:00:00Z$")
        self.check_file(63)

    def test_jdbc_in_another_zone(self):
        """The setting date_string_format carries the offset, so that no zone of the JVM moves a
        time."""
        self.need(missing_java())
        said = self.java("-Duser.timezone=Asia/Tokyo",
                         "-Ddrivers.format=yyyy-MM-dd HH:mm:ss.SSSXXX")
        for name in ("timestamp got", "second got"):  # read by that format, which stored times lack
            self.assertEqual(said.pop(name), "Error parsing time stamp")
        self.compare(said, bad_row=BAD_ROW, bad_row_is="^true$", number=NUMBER,
                     number_asked=NUMBER_ASKED, busy="SQLITE_BUSY")
        self.check_file(63)

    @unittest.skipIf(not ODBC or not shutil.which("isql"),
                     "there is no isql with the SQLite driver")
    def test_isql(self):
        with open(os.path.join(self.folder, "odbcinst.ini"), "w", encoding="utf-8") as file:
            file.write("[SQLite3]\nDriver=%s\n" % ODBC)
        with open(os.path.join(self.folder, "odbc.ini"), "w", encoding="utf-8") as file:
            file.write("[billing]\nDriver=SQLite3\nDatabase=%s\nLoadExt=%s\nBigInt=1\n"
                       % (self.path, library()))
        job = ("INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at)"
               " VALUES (%d, 'app1', 'model-derivative', 'nwd', 1, '%s')")
        script = SETUP + [job % (60, "2025-05-05 10:00:00.000"),
                          job % (61, "2025-05-05T20:00:00.25+09:00"), job % (62, "yesterday"),
                          "SELECT usage_id, balance"
                          " FROM usage_status, wallet_balance('T1', '2025-05-05T10:00:00Z')"
                          " WHERE occurred_at >= '2025-05-05 10:00:00.000'"
                          " AND occurred_at < '2025-05-05 10:00:01.000'"]
        done = subprocess.run(["isql", "billing", "-b", "-v", "-d|"], text=True,
                              input="\n".join(script) + "\n", capture_output=True, timeout=60,
                              check=False,
                              env=dict(ENVIRONMENT, ODBCSYSINI=self.folder,
                                       ODBCINI=os.path.join(self.folder, "odbc.ini")))
        self.assertRegex(done.stdout + done.stderr, BAD_ROW)
        self.assertEqual(re.sub(r"\.0+$", "", done.stdout.strip().splitlines()[-1]), "60|96")
        self.check_file()


# ---- drivers of this process ----

AT = datetime.datetime(2025, 5, 5, 10)
UTC = datetime.timezone.utc
TOKYO = datetime.timezone(datetime.timedelta(hours=9))
FRACTION = datetime.datetime(2025, 5, 5, 11, 0, 0, 250000)
SECOND = datetime.timedelta(seconds=1)
HOUR = datetime.timedelta(hours=1)

INSERT = ("INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at)"
          " VALUES (?, 'app1', 'model-derivative', 'nwd', 1, ?)")
BALANCE_AT = "SELECT balance FROM wallet_balance WHERE team_id = 'T1' AND at = ?"
BALANCE_OF = "SELECT balance FROM wallet_balance('T1', ?)"
WINDOW = ("SELECT usage_id FROM usage_status WHERE team_id = 'T1' AND occurred_at >= ?"
          " AND occurred_at < ? ORDER BY usage_id")

EITHER = ("SELECT usage_id FROM usage_status WHERE team_id = 'T1'"
          " AND (occurred_at = ? OR occurred_at = ?) ORDER BY usage_id")
FACT = "SELECT usage_id FROM usage WHERE occurred_at >= utc(?) AND occurred_at < utc(?)"


class InPython(Driver):
    """The same steps with a function `ask(sql, *values)` that gives the first column of all
    rows."""

    def steps(self, ask, fraction, asked):
        """Inserts at native times, and asks; `fraction` and `asked` are spelled as the driver
        can."""
        ask(INSERT, 60, AT)
        ask(INSERT, 61, fraction)
        stored = "SELECT occurred_at || '' FROM usage WHERE usage_id >= 60 ORDER BY usage_id"
        self.assertEqual(ask(stored), ["2025-05-05 10:00:00", "2025-05-05 11:00:00.250"])
        self.assertEqual(ask(BALANCE_AT, AT), [96.0])
        self.assertEqual(ask(BALANCE_OF, asked), [96.0])
        self.assertEqual(ask(BALANCE_AT, AT - SECOND), [96.5])
        self.assertEqual(ask(WINDOW, AT, AT + SECOND), [60])
        self.assertEqual(ask(WINDOW, AT - HOUR, AT), [])
        self.assertEqual(ask(WINDOW, FRACTION, AT + 2 * HOUR), [61])
        self.assertEqual(ask(EITHER, AT, FRACTION), [60, 61])
        self.assertEqual(ask(FACT, AT, AT + SECOND), [60])

    def setUp(self):
        super().setUp()
        self.addCleanup(time.tzset)
        zone = unittest.mock.patch.dict(os.environ, TZ="Asia/Tokyo")
        zone.start()
        self.addCleanup(zone.stop)
        time.tzset()

    def fails(self, pattern, ask, *statement, error=Exception):
        with self.assertRaisesRegex(error, pattern):
            ask(*statement)

    def test_sqlite3(self):
        db = connect(self.path)
        self.addCleanup(db.close)
        for statement in SETUP:
            db.execute(statement).fetchall()

        def ask(sql, *values):
            return [row[0] for row in db.execute(sql, values)]

        self.steps(ask, FRACTION.replace(tzinfo=UTC).astimezone(TOKYO), AT.replace(tzinfo=UTC))
        self.fails(BAD_ROW, ask, INSERT, 63, "yesterday", error=sqlite3.IntegrityError)
        self.fails("finer than a millisecond", ask, INSERT, 63, AT.replace(microsecond=1))
        self.fails("a date without a time of day", ask, INSERT, 63, AT.date())
        self.fails(NUMBER, ask, INSERT, 63, AT.timestamp())
        self.fails(NUMBER_ASKED, ask, BALANCE_AT, AT.timestamp())
        self.assertEqual(ask(BALANCE_AT, AT.date()), [96.5])
        db.close()
        self.assertIn(open_files_of(self.path), (0, None))
        self.check_file()

    @unittest.skipIf(pyodbc is None or not ODBC, "there is no pyodbc with the SQLite driver")
    def test_pyodbc(self):
        db = pyodbc.connect("DRIVER=%s;Database=%s;LoadExt=%s;BigInt=1;Timeout=100"
                            % (ODBC, self.path, library()), autocommit=True)
        for statement in SETUP:
            db.execute(statement)

        def ask(sql, *values):
            cursor = db.execute(sql, values)
            return [row[0] for row in cursor.fetchall()] if cursor.description else []

        # It drops the offset of an aware time, so such a time has to be brought to UTC first.
        aware = FRACTION.replace(tzinfo=UTC).astimezone(TOKYO)
        self.steps(ask, aware.astimezone(UTC), AT.replace(tzinfo=UTC))
        self.assertEqual(ask("SELECT units FROM ledger WHERE team_id = 'T2'"), [5400000000])
        self.assertEqual(ask("SELECT occurred_at FROM ledger WHERE usage_id = 61"), [FRACTION])
        self.assertEqual(ask("SELECT day FROM usage_daily WHERE team_id = 'T2'"),
                         [datetime.date(2025, 5, 3)])
        db.autocommit = False
        ask(INSERT, 62, AT)
        self.assertEqual(ask(BALANCE_AT, AT), [95.5])
        db.rollback()
        self.assertEqual(ask(BALANCE_AT, AT), [96.0])
        db.commit()
        db.autocommit = True
        self.fails(BAD_ROW, ask, INSERT, 63, "yesterday", error=pyodbc.Error)
        self.fails("a date without a time of day", ask, INSERT, 63, AT.date())
        self.fails(NUMBER, ask, INSERT, 63, AT.timestamp())
        self.fails(NUMBER_ASKED, ask, BALANCE_AT, AT.timestamp())
        with connect(self.path) as other:
            other.execute("BEGIN IMMEDIATE")
            self.fails("locked", ask, INSERT, 63, AT, error=pyodbc.Error)
            other.execute("ROLLBACK")
        other.close()
        self.assertEqual(ask(BALANCE_AT, AT), [96.0])
        db.execute("SELECT * FROM wallet_balance").fetchone()  # its other rows are never fetched
        db.close()
        self.assertIn(open_files_of(self.path), (0, None))
        self.check_file()

    @unittest.skipIf(sqlalchemy is None, "there is no SQLAlchemy")
    def test_sqlalchemy(self):
        names = {}
        exec(self.example("SQLAlchemy", "python"), names)  # pylint: disable=exec-used
        engine, utc = names["engine"], names["Utc"]
        self.addCleanup(engine.dispose)
        with engine.begin() as db:
            for statement in SETUP:
                db.exec_driver_sql(statement)
        facts = sqlalchemy.MetaData()
        tables = [sqlalchemy.Table(name, facts, *[sqlalchemy.Column(column, utc)
                                                  for column in times],
                                   autoload_with=engine)
                  for name, times in (("usage", ["occurred_at"]), ("wallet_balance", ["at"]),
                                      ("usage_status", ["occurred_at"]), ("usage_daily", []),
                                      ("ledger", ["occurred_at"]))]
        usage, wallet, status, daily, ledger = tables
        job = {"client_id": "app1", "api": "model-derivative", "sku": "nwd", "quantity": 1}
        aware = FRACTION.replace(tzinfo=UTC).astimezone(TOKYO)
        at = AT.replace(tzinfo=UTC)

        def insert(db, key, moment):
            db.execute(usage.insert().values(usage_id=key, occurred_at=moment, **job))

        def balance(db, moment):
            return db.execute(sqlalchemy.select(wallet.c.balance)
                              .where(wallet.c.team_id == "T1",
                                     wallet.c.at == moment)).scalars().all()

        with engine.begin() as db:
            insert(db, 60, at)
            insert(db, 61, aware)
        with engine.connect() as db:
            self.assertEqual(db.exec_driver_sql("SELECT occurred_at || '' FROM usage"
                                                " WHERE usage_id >= 60")
                             .scalars().all(), ["2025-05-05 10:00:00", "2025-05-05 11:00:00.250"])
            self.assertEqual([balance(db, at), balance(db, at - SECOND)], [[96.0], [96.5]])
            self.assertEqual([balance(db, AT), balance(db, AT - SECOND)], [[96.0], [96.5]])
            self.assertEqual(db.execute(sqlalchemy.select(status.c.usage_id,
                                                          status.c.occurred_at).where(
                status.c.team_id == "T1", status.c.occurred_at >= at,
                status.c.occurred_at < at + 2 * HOUR).order_by(status.c.usage_id)).all(),
                [(60, at), (61, aware)])
            self.assertEqual(db.execute(sqlalchemy.select(status.c.usage_id).where(
                status.c.team_id == "T1",
                sqlalchemy.or_(status.c.occurred_at == at, status.c.occurred_at == aware))
                .order_by(status.c.usage_id)).scalars().all(), [60, 61])
            self.assertEqual(db.execute(sqlalchemy.select(ledger.c.units, ledger.c.tokens,
                                                          ledger.c.occurred_at)
                                        .where(ledger.c.team_id == "T2")).all(),
                             [(5400000000, 1500.0, datetime.datetime(
                                 2025, 5, 3, 12, 30, 0, 250000, UTC))])
            self.assertEqual(db.execute(sqlalchemy.select(daily.c.day).where(
                daily.c.team_id == "T2"))
                             .scalars().all(), [datetime.date(2025, 5, 3)])
        with engine.connect() as db:
            insert(db, 62, at)
            self.assertEqual(balance(db, at), [95.5])
            db.rollback()
            self.assertEqual(balance(db, at), [96.0])
        # Without the type: a naive datetime goes in as `.000000`, and is taken.
        with engine.connect() as db:
            at_of = sqlalchemy.text(BALANCE_OF.replace("?", ":at")).bindparams(
                sqlalchemy.bindparam("at", AT, sqlalchemy.DateTime()))
            self.assertEqual(db.execute(at_of).scalars().all(), [96.0])
            with self.assertRaisesRegex(sqlalchemy.exc.IntegrityError, BAD_ROW):
                db.exec_driver_sql(INSERT, (63, "yesterday"))
        engine.dispose()
        self.assertIn(open_files_of(self.path), (0, None))
        self.check_file()


if __name__ == "__main__":
    unittest.main()
