"""Every function that the extension registers, called with 0 to 6 random arguments of every type:
whatever it says, the process goes on and the file is whole. FUZZ_SEED and FUZZ_CALLS choose other
runs."""

import os
import subprocess
import sys
import unittest

from cases import WithWorld, errors, rows
from support import EXTENSION

SEED = int(os.environ.get("FUZZ_SEED", "20250730"))
CALLS = int(os.environ.get("FUZZ_CALLS", "8000"))

# Runs in a process of its own, so that a crash is a failure; prints what it is about to do.
CHILD = r"""
import random, sqlite3, sys
path, extension, seed, calls = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
source = random.Random(seed)
db = sqlite3.connect(path, isolation_level=None)
# Half of the calls change the schema; nobody pulls the plug here.
db.execute("PRAGMA synchronous = OFF")
def names():
    return {(name, narg) for name, narg in db.execute(
        "SELECT DISTINCT name, narg FROM pragma_function_list")}
before = names()
db.enable_load_extension(True); db.load_extension(extension)
functions = sorted({name for name, _ in names() - before})
modules = ["wallet_balance", "lot_balance", "ledger", "uncharged_usage", "usage_status",
           "unrated_usage", "usage_daily", "settlement_preview", "explain_charge",
           "billing_alert", "token_events",
           "wallet_forecast", "budget_status", "billing_check", "billing_help"]
print("functions", " ".join(functions)); sys.stdout.flush()

def some_bytes():
    return bytes(source.randrange(256) for _ in range(source.randrange(12))).hex()

def literal(depth=0):
    pick = source.randrange(16)
    if pick == 0: return "NULL"
    if pick == 1:
        return str(source.choice([0, 1, -1, 2, 2**31, -2**31, 2**53 + 1, 2**63 - 1, -2**63 + 1]))
    if pick == 2: return "(-9223372036854775807 - 1)"
    if pick == 3: return str(source.randrange(-1000, 1000))
    if pick == 4:
        return source.choice(["9e999", "-9e999", "1e308", "-0.0", "5e-324", "0.1", "1.5e18",
                              "9.3e18"])
    if pick == 5: return repr(source.uniform(-1e6, 1e6))
    if pick == 6:
        return source.choice(["'t'", "'u'", "'c'", "'model-derivative'", "'rvt'", "'viewer'",
                              "'usage'", "'token_lot'", "'team'", "'autosettle'", "'flex_token'",
                              "'a'"])
    if pick == 7:
        return source.choice(["'2025-02-02 00:00:00'", "'2025-02-02'",
                              "'9999-12-31 23:59:59.999'", "'0000-01-01 00:00:00'",
                              "'-4713-01-01'", "'now'", "'2016-12-31 23:59:60'"])
    if pick == 8: return "''"
    if pick == 9: return "CAST(x'%s' AS TEXT)" % some_bytes()
    if pick == 10: return "CAST(x'7400%s' AS TEXT)" % source.choice(["", "00", "ff", "61"])
    if pick == 11: return "x'%s'" % some_bytes()
    if pick == 12: return "zeroblob(%d)" % source.choice([0, 1, 8, 4096])
    if pick == 13: return "printf('%%.%dc', 'x')" % source.choice([1, 100, 5000])
    if pick == 14:
        return source.choice(["printf('%.*c', 300000, '9')", "zeroblob(300000)", "'%s%n%d'",
                              "char(0)"])
    return "(SELECT %s)" % ("NULL" if depth else literal(1))

def call(name):
    return "%s(%s)" % (name, ", ".join(literal() for _ in range(source.randrange(7))))

def run(sql):
    try:
        for _ in zip(range(50), db.execute(sql)): pass
        return 1
    except (sqlite3.Error, sqlite3.Warning, OverflowError, MemoryError,
            UnicodeDecodeError): return 0

db.execute("CREATE TABLE fuzzed(x)"); db.execute("INSERT INTO fuzzed VALUES (1), (2)")
answered = done = 0
def one(f, way):
    shape = call(f)
    if way == 0: return ["SELECT " + shape]
    if way == 1: return ["SELECT x FROM fuzzed WHERE %s IS NOT x" % shape]
    if way == 2:
        return ["CREATE TEMP VIEW v AS SELECT %s AS y FROM fuzzed" % shape, "SELECT * FROM v",
                "DROP VIEW v"]
    if way == 3:
        return ["CREATE VIEW main.w AS SELECT %s AS y" % shape, "SELECT * FROM main.w",
                "DROP VIEW main.w"]
    if way == 4: return ["CREATE TRIGGER g AFTER INSERT ON fuzzed BEGIN SELECT %s; END" % shape,
                         "INSERT INTO fuzzed VALUES (3)", "DROP TRIGGER g"]
    if way == 5:
        return ["CREATE TRIGGER h BEFORE UPDATE ON fuzzed WHEN %s BEGIN SELECT 1; END" % shape,
                         "UPDATE fuzzed SET x = x", "DROP TRIGGER h"]
    if way == 6: return ["SELECT x, %s FROM fuzzed ORDER BY %s" % (shape, call(f))]
    if way == 7: return ["BEGIN", "UPDATE fuzzed SET x = %s" % shape, "ROLLBACK"]
    if way == 8: return ["SELECT max(%s) OVER () FROM fuzzed GROUP BY %s" % (shape, shape)]
    return ["SELECT * FROM fuzzed JOIN %s ON 1" % call(source.choice(modules))]
while done < calls:
    f = functions[done % len(functions)]
    way = source.randrange(10)
    if done % 500 == 0: db.execute("PRAGMA trusted_schema = %s" % source.choice(["ON", "OFF"]))
    statements = one(f, way)
    print(done, " ; ".join(statements)[:600].encode("ascii", "replace").decode())
    sys.stdout.flush()
    db.execute("SAVEPOINT fuzz") if way != 7 and done % 3 else None
    for sql in statements: answered += run(sql)
    if db.in_transaction: run("ROLLBACK")
    for name in ("VIEW temp.v", "VIEW main.w", "TRIGGER g", "TRIGGER h"):
        run("DROP %s" % name.replace(" ", " IF EXISTS ", 1))
    done += 1
db.execute("DROP TABLE fuzzed")
assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
db.close()
print("done", done, answered)
"""


class Fuzz(WithWorld):
    def child(self, seed, calls):
        done = subprocess.run([sys.executable, "-c", CHILD, self.path, EXTENSION, str(seed),
                               str(calls)],
                              capture_output=True, text=True, errors="replace", timeout=900)
        lines = done.stdout.splitlines()
        last = lines[-1] if lines else ""
        self.assertEqual(done.returncode, 0, "seed %d ended at: %s\n%s"
                         % (seed, last, done.stderr[-3000:]))
        self.assertNotIn("runtime error", done.stderr)
        self.assertRegex(last, r"^done %d " % calls)
        return lines

    def test_random_arguments(self):
        print("FUZZ_SEED=%d FUZZ_CALLS=%d" % (SEED, CALLS))
        lines = self.child(SEED, CALLS)
        names = lines[0].split()[1:]
        self.assertGreater(len(names), 15)
        self.assertGreater(int(lines[-1].split()[2]), CALLS // 20, "hardly a call was answered")
        db = self.open(self.path)
        self.assertEqual(rows(db, "PRAGMA integrity_check"), [("ok",)])
        rows(db, "SELECT billing_install()")
        rows(db, "SELECT settle()")
        self.assertEqual(errors(db), [])

    def test_each_count_of_arguments(self):
        """NULLs, the same text, the same integer: 0 to 6 of each, to every function."""
        script = CHILD.split("print(\"functions\"")[0] + r"""
for name in functions:
    for value in ("NULL", "1", "-1", "'T1'", "x'00'", "1.5", "(-9223372036854775807 - 1)"):
        for count in range(7):
            sql = "SELECT %s(%s)" % (name, ", ".join([value] * count))
            print(sql); sys.stdout.flush()
            db.execute("SAVEPOINT s")
            try: db.execute(sql).fetchall()
            except (sqlite3.Error, sqlite3.Warning): pass
            if db.in_transaction: db.execute("ROLLBACK")
print("done")
"""
        done = subprocess.run([sys.executable, "-c", script, self.path, EXTENSION, "1", "1"],
                              capture_output=True, text=True, errors="replace", timeout=300)
        self.assertEqual((done.returncode, done.stdout.splitlines()[-1:]), (0, ["done"]),
                         done.stdout[-300:] + done.stderr[-3000:])

    def test_what_only_triggers_need_is_an_error_elsewhere(self):
        """Case 1."""
        script = CHILD.split("before = names()")[0].split("source =")[0] + r"""
db = sqlite3.connect(path, isolation_level=None)
db.enable_load_extension(True); db.load_extension(extension)
try: print("no error", db.execute("SELECT billing_keep_lot(1, 'T1')").fetchall())
except sqlite3.Error as error: print("error", error)
"""
        done = subprocess.run([sys.executable, "-c", script, self.path, EXTENSION, "1", "1"],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr[-3000:])
        self.assertTrue(done.stdout.startswith("error"), done.stdout)


if __name__ == "__main__":
    unittest.main()
