"""One log of SQL on fresh files, in processes with other clocks, locales and zones: equal facts,
ledger and reading tables. So an engine that replicates statements (rqlite, libSQL) keeps its nodes
equal.

Random by purpose, and left out: `_billing_change.stamp`, which tells caches of one file that a fact
has changed, and the one of the last close in `_billing_meta`."""

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import unittest

import world
from world import ROOT, World

PLAY = r"""
import json, os, sys, time
sys.path.insert(0, {root!r} + "/tests/cluster")
import world
db = world.connect(sys.argv[1])
db.execute("BEGIN")
for statement in open(sys.argv[3], encoding="utf-8").read().split("\n--\n"):
    if statement.strip(): db.execute(statement)
db.execute("COMMIT")
for line in open(sys.argv[2], encoding="utf-8"):
    try: db.execute(line)
    except Exception as error: print(json.dumps(str(error)))
derived = {{}}
for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'"
                          " AND sql NOT LIKE 'CREATE VIRTUAL%'"
                          " AND name NOT LIKE 'sqlite%' ORDER BY name").fetchall():
    rows = sorted(db.execute("SELECT * FROM " + name).fetchall(), key=repr)
    if name == "_billing_change":
        names = [row[1] for row in db.execute("PRAGMA table_info(_billing_change)")]
        rows = [[value for key, value in zip(names, row) if key != "stamp"] for row in rows]
    rows = [row for row in rows if row[0] != "closed_stamp"]
    derived[name] = rows
now = db.execute("SELECT julianday('now')").fetchone()[0]
print(json.dumps([derived, world.reading(db), world.errors(db), time.tzname[0], now]))
""".format(root=ROOT)


# Six years on; SQLite asks gettimeofday(), Python clock_gettime().
CLOCK = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/time.h>
#include <time.h>
#define LATER (6 * 365 * 86400)
int gettimeofday(struct timeval *now, void *zone) {
  int (*next)(struct timeval *, void *) = dlsym(RTLD_NEXT, "gettimeofday");
  int rc = next(now, zone);
  now->tv_sec += LATER;
  return rc;
}
int clock_gettime(clockid_t id, struct timespec *now) {
  int (*next)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
  int rc = next(id, now);
  if (id == CLOCK_REALTIME) now->tv_sec += LATER;
  return rc;
}
"""


@unittest.skipUnless(sys.platform == "linux",
                     "another clock is given by LD_PRELOAD, which is Linux's")
class Replay(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def statements(self):
        """Those of the installation, each whole: triggers have semicolons inside."""
        db = world.connect(":memory:")
        script, found, statement = db.execute("SELECT billing_install_script()").fetchone()[
            0], [], ""
        for piece in script.split(";"):
            statement += piece + ";"
            if sqlite3.complete_statement(statement):
                found.append(statement)
                statement = ""
        db.close()
        return found

    def other_clock(self):
        with open(self.path("clock.c"), "w", encoding="utf-8") as file:
            file.write(CLOCK)
        subprocess.run(["cc", "-shared", "-fPIC", "-o", self.path("clock.so"), self.path("clock.c"),
                        "-ldl"], check=True)
        return self.path("clock.so")

    def play(self, name, **environment):
        command = [sys.executable, "-c", PLAY, self.path(name), self.path("log.sql"),
                   self.path("install.sql")]
        done = subprocess.run(command, env=dict(os.environ, **environment), capture_output=True,
                              text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = done.stdout.splitlines()
        return lines[:-1], json.loads(lines[-1])

    def write(self, log):
        with open(self.path("log.sql"), "w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in log)
        with open(self.path("install.sql"), "w", encoding="utf-8") as file:
            file.write("\n--\n".join(self.statements()))

    def test_other_clocks_locales_and_zones(self):
        log = World(seed=21, teams=8, usage=200).log
        half = len(log) // 2
        log = (log[:half] + ["INSERT INTO billing_setting(name, value) VALUES ('autosettle', 1)"]
               + log[half:] + [
            # refused in the same words
            "INSERT INTO team(team_id, account_id) VALUES ('x', 'nobody')",
            "INSERT INTO usage(client_id, api, sku, occurred_at)"
            " VALUES ('T0a', 'model-derivative', 'RVT', '2025-10-04T09:00:00+09:00')",
            "INSERT INTO settlement(team_id, rebuild) VALUES (NULL, 1)"])
        self.write(log)
        first_said, first = self.play("first.db", TZ="UTC", LC_ALL="C")
        second_said, second = self.play("second.db", LD_PRELOAD=self.other_clock(), TZ="Asia/Tokyo",
                                        LC_ALL="tr_TR.UTF-8", LANG="tr_TR.UTF-8")
        self.assertGreater(second[4], first[4] + 2000, "the clocks are the same: nothing is tested")
        self.assertNotEqual(first[3], second[3], "the zones are the same: nothing is tested")
        self.assertEqual(first_said, second_said)
        self.assertIn("team.account_id", first_said[-1])
        self.assertEqual(first[2], [])
        self.assertEqual(second[0].keys(), first[0].keys())
        for name in first[0]:
            self.assertEqual(second[0][name], first[0][name], name)
        self.assertEqual(second[1], first[1])
        self.assertGreater(len(first[0]["ledger_entry"]), 50)


if __name__ == "__main__":
    unittest.main()
