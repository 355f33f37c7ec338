#!/usr/bin/python3
"""What a file costs through usage_import, beside the same `.import` into a bare table.

    /usr/bin/python3 tests/bench/import.py [--rows 1000000] [--rounds 3] [--extension build/billing]

Four steps, each a sqlite3 shell of its own on a file of its own, in turns:

    bare      .import into a table without keys, checks and triggers
    insert    INSERT INTO usage SELECT from that table: all or nothing
    door      .import into usage_import
    settle    settle() of what is there

It prints seconds of the processor (user and system; the machine is shared) and of the clock,
medians, and the ratios with the least and the greatest of the rounds.
"""

import argparse
import os
import random
import resource
import shutil
import statistics
import subprocess
import tempfile
import time

COLUMNS = "source_id, client_id, api, sku, quantity, occurred_at, outcome, user_id, label"
BARE = "CREATE TABLE bare(source_id TEXT, client_id TEXT, api TEXT, sku TEXT, quantity REAL," \
       " occurred_at TEXT, outcome TEXT, user_id TEXT, label TEXT);\n"
FACTS = """
SELECT billing_install();
INSERT INTO account(account_id, country) VALUES ('acme', 'JP');
INSERT INTO team(team_id, account_id) SELECT 'team' || value, 'acme'
  FROM json_each('[0,1,2,3,4,5,6,7,8,9]');
INSERT INTO app(client_id, account_id) SELECT 'app' || a.value || b.value, 'acme'
  FROM json_each('[0,1,2,3,4,5,6,7,8,9]') a, json_each('[0,1,2,3,4,5,6,7,8,9]') b;
INSERT INTO app_team SELECT client_id, 'team' || substr(client_id, 5), '2020-01-01 00:00:00'
  FROM app;
INSERT INTO token_lot(team_id, kind, tokens, purchased_at)
  SELECT team_id, 'flex_token', 20000, '2024-0' || value || '-01 00:00:00'
    FROM team, json_each('[1,2,3,4,5,6,7,8,9]');
"""


def write_file(path, rows, columns):
    """A CSV file with a header, times as ISO 8601 with a Z; the same one for the same number of
    rows."""
    seeded = random.Random(14)
    start, step = 1704067200, 86400 * 270 / rows  # 2024-01-01, nine months
    with open(path, "w", encoding="utf-8") as file:
        file.write(columns.replace(" ", "") + "\n")
        for i in range(rows):
            at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(start + i * step))
            job = ("model-derivative,rvt,1" if i % 3 else "design-automation,revit,%d"
                   % seeded.randint(5, 900))
            file.write("s-%07d,app%02d,%s,%s,success,user%02d,J-%03d\n" % (
                i, seeded.randint(0, 99), job, at, i % 97, i % 1000))


class Runner:
    """Steps on database files in a folder."""

    def __init__(self, folder, extension, shell):
        self.folder, self.extension, self.shell = folder, extension, shell

    def run(self, db, script):
        """(seconds of the processor, seconds of the clock)"""
        before, clock = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        done = subprocess.run([self.shell, "-batch", "-init", os.devnull,
                               os.path.join(self.folder, db)],
                              input=".bail on\n.load %s\nPRAGMA journal_mode = WAL;\n%s"
                              % (self.extension, script),
                              text=True, capture_output=True, check=False)
        clock = time.monotonic() - clock
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode or done.stderr:
            raise SystemExit(done.stderr)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, clock

    def round(self, file, rows):
        """The four steps: {name: (processor, clock)}."""
        for name in ("bare.db", "door.db"):
            for suffix in ("", "-wal", "-shm"):
                if os.path.exists(os.path.join(self.folder, name + suffix)):
                    os.remove(os.path.join(self.folder, name + suffix))
            shutil.copyfile(os.path.join(self.folder, "facts.db"), os.path.join(self.folder, name))
        self.run("bare.db", BARE)
        took = {"bare": self.run("bare.db", ".import --csv --skip 1 %s bare\n" % file),
                "door": self.run("door.db", ".import --csv %s usage_import\n" % file)}
        took["settle"] = self.run("door.db", "SELECT settle();\n")
        took["insert"] = self.run("bare.db", "INSERT INTO usage(%s) SELECT %s FROM bare;\n" % (
            COLUMNS, COLUMNS.replace("occurred_at", "utc(occurred_at)")))
        self.check(rows)
        return took

    def check(self, rows):
        """Both ways gave the same usage, and every row became usage."""
        script = ".load %s\nATTACH '%s' AS bare;\nSELECT count(*) FROM usage_reject;\n" \
             "SELECT count(*) FROM usage;\n" \
                 "SELECT count(*) FROM (SELECT * FROM usage EXCEPT SELECT * FROM bare.usage);\n" % (
                     self.extension, os.path.join(self.folder, "bare.db"))
        got = subprocess.run([self.shell, "-batch", "-init", os.devnull,
                              os.path.join(self.folder, "door.db")],
                             input=script, text=True, capture_output=True,
                             check=True).stdout.split()
        if got != ["0", str(rows), "0"]:
            raise SystemExit("rejects, usage rows, differences: %s" % got)


RATIOS = (
    ("door : bare + settle", ("door",), ("bare", "settle")),
    ("door + settle : bare + insert + settle", ("door", "settle"), ("bare", "insert", "settle")),
    ("door + settle : bare + settle", ("door", "settle"), ("bare", "settle")),
)


def show(rounds):
    for name in ("bare", "insert", "door", "settle"):
        print("%-8s %6.2f s of the processor, %6.2f s"
              % (name, *(statistics.median(took[name][i] for took in rounds)
                                                                 for i in (0, 1))))
    for name, above, below in RATIOS:
        ratios = sorted(sum(took[step][0] for step in above) / sum(took[step][0] for step in below)
                        for took in rounds)
        print("%-40s %.2f (%.2f - %.2f)" % (name, statistics.median(ratios), ratios[0], ratios[-1]))


def main():
    parser = argparse.ArgumentParser(description="The cost of an import")
    parser.add_argument("--rows", type=int, default=1000000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--extension", default="build/billing")
    parser.add_argument("--shell", default=os.environ.get("SQLITE3", "sqlite3"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(folder, os.path.abspath(options.extension), options.shell)
        file = os.path.join(folder, "usage.csv")
        write_file(file, options.rows, COLUMNS)
        runner.run("facts.db", FACTS)
        show([runner.round(file, options.rows) for _ in range(options.rounds)])


if __name__ == "__main__":
    main()
