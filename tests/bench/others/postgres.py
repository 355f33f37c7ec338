"""PostgreSQL: a private cluster on a socket, run by a user without rights, gone with the run."""

import os
import pathlib
import shutil
import subprocess
import tempfile

from common import INSERTS, TOP_UP, text


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


def contest(results, jobs, folder, options):
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
