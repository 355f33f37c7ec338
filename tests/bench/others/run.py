#!/usr/bin/python3
"""What one would do instead: the same jobs by plain SQL, a script, PostgreSQL and DuckDB.

    tests/bench/others/run.py --bench "build/bench/bench --folder F --extension E ..."

All of them get the generator's data; the others get it looked up beforehand (tables.sql). Each file
beside this one says what it leaves out. Loading data, indexes and ANALYZE are not timed. What is
not installed is skipped, and said so.
"""

import argparse
import csv
import datetime
import json
import os
import pathlib
import shlex
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

import script

HERE = pathlib.Path(__file__).resolve().parent
INSERTS = 10000
CACHE = "PRAGMA cache_size = -65536; PRAGMA synchronous = NORMAL"
TOP_UP = "2023-11-07 00:00:00"  # when every team buys again, after the last row

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


def text(name):
    """A file beside this one."""
    return (HERE / name).read_text(encoding="utf-8")


def for_sqlite(sql):
    """SQLite calls these two otherwise."""
    return sql.replace("least(", "min(").replace("greatest(", "max(")


def clock(work, *arguments):
    """Seconds."""
    began = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - began


class Results:
    """Seconds of each contestant, by job."""

    def __init__(self):
        self.jobs, self.notices = {}, []

    def add(self, job, name, pieces, seconds):
        """Another round: seconds for so many pieces of work."""
        self.jobs.setdefault(job, {}).setdefault(name, []).append(seconds / pieces)

    def skip(self, name, why):
        """Not here."""
        self.notices.append(f"- {name}: skipped, {why}")

    def show(self):
        """Markdown."""
        print("| job | by | takes | to billing's |\n|---|---|--:|--:|")
        for job, contestants in self.jobs.items():
            base = statistics.median(contestants["billing"])
            for name, seconds in contestants.items():
                median = statistics.median(seconds)
                print(f"| {job} | {name} ({len(seconds)}×) | {in_units(median)} | "
                      f"{median / base:.2f} |")
        print("\n" + "\n".join(self.notices) if self.notices else "")


def in_units(seconds):
    """For people."""
    for unit, size in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            break
    return f"{seconds / size:.3g} {unit}"


# ---- SQLite ----


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


# ---- PostgreSQL: a private cluster on a socket, by a user without rights ----


class Postgres:
    """Started for this run, and gone with it."""

    def __init__(self, programs):
        self.programs = programs
        self.user = "nobody" if os.getuid() == 0 else None
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="bench-postgres-"))
        if self.user:
            shutil.chown(self.home, self.user)
        self.run("initdb", "-D", self.home / "data", "-A", "trust", "--locale=C", "-E", "UTF8",
                 "-U", "bench")
        self.run("pg_ctl", "-D", self.home / "data", "-w", "-l", self.home / "log", "start", "-o",
                 f"-k {self.home} -c listen_addresses= -c shared_buffers=512MB -c work_mem=256MB"
                 " -c max_wal_size=4GB")

    def run(self, program, *arguments, **options):
        """One of its programs; what it prints."""
        done = subprocess.run([str(self.programs / program), *map(str, arguments)], user=self.user,
                              cwd=self.home, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False, **options)
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stdout.strip()[-500:]}")
        return done.stdout

    def sql(self, sql):
        """Run; seconds of its last statement."""
        out = self.run("psql", "-h", self.home, "-U", "bench", "-d", "postgres", "-v",
                       "ON_ERROR_STOP=1", "-qAt", input="\\timing on\n" + sql)
        return float([line for line in out.splitlines()
                      if line.startswith("Time: ")][-1].split()[1]) / 1e3

    def load(self, folder):
        """The plain tables and the functions."""
        self.sql(text("tables.sql") + text("postgres.sql"))
        for table in ("usage", "app_team", "token_lot", "rate"):
            with open(folder / f"{table}.csv", encoding="utf-8") as file:
                self.run("psql", "-h", self.home, "-U", "bench", "-d", "postgres", "-qc",
                         f"COPY {table} FROM STDIN (FORMAT csv)", stdin=file)
        self.sql("VACUUM ANALYZE")

    def contest(self, results, jobs, rows, loop_rows, rounds, limit):
        """All it can do; the loop once, for as many rows as are bearable."""
        window = text("window.sql")
        for _ in range(rounds):
            results.add(jobs[0], "PostgreSQL, one window query", rows,
                        self.sql(f"SET statement_timeout = {limit * 1000};TRUNCATE entry; "
                                 f"CHECKPOINT;"
                                 + window))
        for _ in range(rounds):
            results.add(jobs[2], "PostgreSQL, GROUP BY with an index on (client_id, occurred_at)",
                        1, self.sql(text("report.sql")))
        try:
            results.add(jobs[0], f"PostgreSQL, PL/pgSQL, the first {loop_rows:,} rows", loop_rows,
                        self.sql(f"SET statement_timeout = {limit * 1000}; TRUNCATE entry;"
                                 f"SELECT settle_first({loop_rows})"))
        except RuntimeError as error:
            results.notices.append(f"- PostgreSQL, PL/pgSQL: stopped after {limit} s, {error}")
        for _ in range(rounds):
            results.add(jobs[1], "PostgreSQL, PL/pgSQL trigger", INSERTS, self.insert_each())

    def insert_each(self):
        """A statement that inserts what comes; taken back."""
        return self.sql(f"""
            BEGIN;
            UPDATE token_lot SET used = units;
            INSERT INTO token_lot SELECT 1000000 + row_number() OVER (), team_id, 2, 3600000000000,
              '{TOP_UP}', '2024-11-07 00:00:00', 0 FROM (SELECT DISTINCT team_id FROM app_team) t;
            ANALYZE token_lot;
            CREATE TRIGGER usage_settle AFTER INSERT ON usage
              FOR EACH ROW EXECUTE FUNCTION settle_inserted();
            INSERT INTO usage
              SELECT 100000000 + row_number() OVER (), client_id, api, sku, quantity,
                to_char(TIMESTAMP '{TOP_UP}' + row_number() OVER () * INTERVAL '7 s',
                  'YYYY-MM-DD HH24:MI:SS'),
                outcome FROM (SELECT * FROM usage ORDER BY usage_id DESC LIMIT {INSERTS}) u;""")

    def stop(self):
        """Leaves nothing."""
        self.run("pg_ctl", "-D", self.home / "data", "-m", "immediate", "stop")
        shutil.rmtree(self.home)


def postgres_programs():
    """The folder of initdb, or None."""
    found = shutil.which("initdb")
    places = [pathlib.Path(found).resolve()] if found else []
    places += sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    return places[0].parent if places else None


def contest_postgres(results, jobs, folder, options):
    """With a notice when it is not there."""
    programs = postgres_programs()
    if not programs:
        results.skip("PostgreSQL", "initdb is not installed")
        return
    server = Postgres(programs)
    try:
        version = server.run("postgres", "--version").split()[2]
        results.notices.append(f"- PostgreSQL {version}: shared_buffers 512 MB, work_mem 256 MB, "
                               f"else as"
                               " it comes")
        server.load(folder)
        server.contest(results, jobs, options.rows, options.loop_rows, options.rounds,
                       options.limit)
    finally:
        server.stop()


# ---- DuckDB ----


DUCKDB = "@duckdb/node-api@1.5.6-r.1"  # pinned: a figure is of one version


def has_duckdb(folder):
    """Its npm package, installed below the benchmark's folder when it is not there."""
    if not shutil.which("node") or not shutil.which("npm"):
        return False
    if not (folder / "node_modules/@duckdb/node-api").exists():
        subprocess.run(["npm", "install", "--silent", "--no-save", "--prefix", folder, DUCKDB],
                       check=False)
    return (folder / "node_modules/@duckdb/node-api").exists()


def contest_duckdb(results, jobs, folder, options):
    """Its window query and its report, on a copy of the rows."""
    if not has_duckdb(folder):
        results.skip("DuckDB", f"type: npm install --prefix {folder} {DUCKDB}")
        return
    node = shutil.which("node")
    done = subprocess.run([node, HERE / "duckdb.mjs", folder, str(options.rounds)], text=True,
                          stdout=subprocess.PIPE, timeout=options.limit, check=True)
    found = json.loads(done.stdout)
    results.notices.append(f"- DuckDB {found['version']}: as it comes, both cores")
    for seconds in found["window"]:
        results.add(jobs[0], "DuckDB, one window query", options.rows, seconds)
    for seconds in found["report"]:
        results.add(jobs[2], "DuckDB, GROUP BY", 1, seconds)


# ---- all of it ----


def read_options():
    """The command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--bench", required=True)
    parser.add_argument("--rows", type=int, default=1000000)
    parser.add_argument("--loop-rows", type=int, default=100000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=int, default=300,
                        help="seconds that one statement may take")
    return parser.parse_args()


def main():
    """Prints the table."""
    options = read_options()
    command = shlex.split(options.bench) + ["--rows", str(options.rows)]
    value = dict(zip(command[1::2], command[2::2]))
    folder = pathlib.Path(value["--folder"]).resolve()
    pending = subprocess.run(command + ["--figures", "none"], stdout=subprocess.PIPE, text=True,
                             check=True).stdout.split()[-1]
    sqlite = Sqlite(folder, pathlib.Path(value["--extension"]).resolve(), pending)
    sqlite.make_plain(options.rows)
    jobs = (f"settle {options.rows:,} rows, a row",
            f"settle at every insert, {INSERTS:,} rows, a row",
            "bars of a month of the largest team")
    results = Results()
    for _ in range(options.rounds):
        sqlite.settle_all(results, jobs[0], options.rows)
    results.notices.append(sqlite.compare())
    sqlite.insert_each(results, jobs[1], sqlite.incoming())
    sqlite.report(results, jobs[2])
    contest_postgres(results, jobs, folder, options)
    contest_duckdb(results, jobs, folder, options)
    print(f"billing {value['--version']} · SQLite {sqlite3.sqlite_version} ·"
          f" Python {sys.version.split()[0]}\n")
    results.show()


if __name__ == "__main__":
    main()
