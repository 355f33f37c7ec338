"""usage_import: files as the sqlite3 shell loads them, the same judgement as an INSERT into usage,
and what other connections, a kill and a full disk leave."""

import itertools
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
import unittest

from support import EXTENSION, MISSING, ROOT, WithDatabase, connect, shell

NAMES = ("source_id", "client_id", "api", "sku", "quantity", "occurred_at", "outcome", "user_id",
         "label")
IMPORT = "INSERT INTO usage_import(%s) VALUES (%s)" % (", ".join(NAMES),
                                                       ", ".join("?" * len(NAMES)))
INSERT = IMPORT.replace("usage_import", "usage")
STORED = "SELECT %s FROM usage WHERE usage_id > 5 ORDER BY usage_id" % ", ".join(NAMES)
REJECTED = "SELECT line, column, value, reason FROM usage_reject ORDER BY reject_id"

HEADER = "source_id,client_id,api,sku,quantity,occurred_at,outcome,user_id,label\n"
GOOD = "s-1,app1,model-derivative,rvt,1,2025-05-06T10:00:00Z,success,hana,J-1\n"
BAD = "s-2,app1,model-derivative,rvt,-4,2025-05-06T11:00:00Z,success,hana,\n"
LATER = "s-3,app1,Model-Derivative,DWG,2,2025-05-06T19:30:00+09:00,failed,,\n"

GOOD_ROW = ("s-1", "app1", "model-derivative", "rvt", 1.0, "2025-05-06 10:00:00", "success", "hana",
            "J-1")
LATER_ROW = ("s-3", "app1", "Model-Derivative", "DWG", 2.0, "2025-05-06 10:30:00", "failed", None,
             None)
NEGATIVE = "usage.quantity: negative, -4, give 0 or more"

# What columns may hold: good, odd and wrong.
VALUES = {
    "source_id": [None, "", "k", "K", " k", 7, 7.5, "1.0e+15", b"k", "\N{NO-BREAK SPACE}k"],
    "client_id": ["app1", "nobody", "", None, "app1 ", "a\nb", 5, b"app1",
                  "\N{LATIN SMALL LETTER E WITH ACUTE}"],
    "api": ["model-derivative", "MODEL-derivative", "viewer", "teleport", "", None, "viewer\t"],
    "sku": [None, "", "rvt", "RVT", " rvt", 3, "x" * 300],
    "quantity": [1, "1", "1.5", " 2", "2 ", "1,5", "", None, "-4", -4, -0.0, "1e3", 1e13, "one",
                 b"1",
                 float("inf"), "0x10", "٣"],
    "occurred_at": ["2025-05-06 10:00:00", "2025-05-06T10:00:00Z", "2025-05-06T10:00:00.25+09:00",
                    "2025-05-06",
                    "2025-05-06 10:00:00.1234", "2025-02-30 00:00:00", "yesterday", "", None,
                    1746525600, "2025",
                    "2016-12-31T23:59:60Z", "20250506T100000Z", "2025-05-06 24:00:00",
                    " 2025-05-06 10:00:00"],
    "outcome": ["success", "Failed", "odd", "", "ok "],
    "user_id": [None, "", "u", "u ", 4],
    "label": [None, "", "J-1", "\x00"],
}


def rows():
    """Rows that are odd in one column, and rows that are odd in several."""
    usual = ["k", "app1", "model-derivative", "rvt", 1, "2025-05-06 10:00:00", "success", None,
             None]
    for i, name in enumerate(NAMES):
        for value in VALUES[name]:
            yield usual[:i] + [value] + usual[i + 1:]
    seeded = random.Random(14)
    for _ in range(400):
        yield [seeded.choice(VALUES[name]) for name in NAMES]


class Judgement(WithDatabase):
    """What usage_import does is what an INSERT into usage does with empty texts as NULL."""

    def attempt(self, db, sql, row):
        """(what was stored, the error): nothing of it stays."""
        db.execute("BEGIN")
        try:
            db.execute(sql, row)
            return db.execute(STORED).fetchall(), db.execute(REJECTED).fetchall()
        except sqlite3.IntegrityError as error:
            return [], str(error)
        finally:
            db.execute("ROLLBACK")

    def compare(self, db):
        verdicts = set()
        for row in rows():
            plain = [None if value == "" else value for value in row]
            stored, refused = self.attempt(db, INSERT, plain)
            got, rejects = self.attempt(db, IMPORT, row)
            self.assertEqual(got, stored, row)
            if stored:
                self.assertEqual(rejects, [], row)
                continue
            self.assertEqual([reject[3] for reject in rejects], [refused], row)
            column = refused.split(":")[0][len("usage."):]
            self.assertEqual(rejects[0][1:3], (column, row[NAMES.index(column)]), row)
            verdicts.add(refused.split(",")[0])
        return verdicts

    def test_same_as_insert(self):
        verdicts = self.compare(self.open())
        self.assertGreater(len(verdicts), 20)  # many kinds of wrong were seen

    def test_same_with_autosettle_and_guard(self):
        db = self.open()
        db.execute("SELECT billing_autosettle(1), billing_guard(1)")
        verdicts = self.compare(db)
        self.assertIn("usage.client_id: nobody pays for its premium calls", verdicts)

    def test_file_gives_the_ledger_of_one_insert(self):
        """A load in pieces, with autosettle on and off, settles to the same entries."""
        ledgers = []
        good = [row for row in rows() if row[0] is None or row[0] == ""] * 3
        for on in (0, 1):
            db = self.open()
            db.execute("BEGIN")
            db.execute("INSERT INTO billing_setting VALUES ('autosettle', ?)", (on,))
            db.executemany(IMPORT, good)
            db.execute("INSERT INTO settlement(team_id) VALUES (NULL)")
            ledgers.append(db.execute("SELECT usage_id, lot_id, units FROM ledger_entry"
                                      " ORDER BY 1, 2").fetchall())
            self.assertEqual(db.execute("SELECT count(*) FROM billing_check"
                                        " WHERE severity = 'error'").fetchone(), (0,))
            db.execute("ROLLBACK")
        self.assertGreater(len(ledgers[0]), 3)
        self.assertEqual(*ledgers)


@unittest.skipIf(MISSING, MISSING)
class Files(WithDatabase):
    """`.import` of the sqlite3 shell."""

    def file(self, text, name="usage.csv"):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        return path

    def load(self, path, options="--csv", before="", after="", table="usage_import", trusted="ON"):
        script = "%s\n.import %s %s %s\n%s\n" % (before, options, path, table, after)
        return shell(self.path, script, trusted=trusted)

    def assert_loaded(self, rows, rejects):
        db = self.open()
        self.assertEqual(db.execute(STORED).fetchall(), rows)
        self.assertEqual([reject[:2] + reject[3:] for reject in db.execute(REJECTED)], rejects)

    def test_one_bad_row_blocks_nothing(self):
        for trusted in ("ON", "OFF"):
            with self.subTest(trusted_schema=trusted):
                self.assertEqual(self.load(self.file(HEADER + GOOD + BAD + LATER), trusted=trusted),
                                 ("", ""))
                self.assert_loaded([GOOD_ROW, LATER_ROW], [(3, "quantity", NEGATIVE)])

    def test_skipped_header(self):
        self.assertEqual(self.load(self.file(HEADER + GOOD + BAD + LATER), "--csv --skip 1"),
                         ("", ""))
        self.assert_loaded([GOOD_ROW, LATER_ROW], [(2, "quantity", NEGATIVE)])

    def test_byte_order_mark_and_crlf(self):
        text = (HEADER + GOOD + BAD + LATER).replace("\n", "\r\n").encode()
        self.assertEqual(self.load(self.file(b"\xef\xbb\xbf" + text)), ("", ""))
        self.assert_loaded([GOOD_ROW, LATER_ROW], [(3, "quantity", NEGATIVE)])

    def test_mark_that_another_loader_leaves(self):
        db = self.open()
        db.executemany(IMPORT, [["\ufeffs-1"] + GOOD.strip().split(",")[1:],
                                BAD.strip().split(",")])
        self.assert_loaded([GOOD_ROW], [(2, "quantity", NEGATIVE)])

    def test_columns_in_another_order(self):
        lines = [line.rstrip("\n").split(",") for line in (HEADER, GOOD, BAD, LATER)]
        text = "".join(",".join(reversed(line)).replace("outcome", "OUTCOME") + "\n"
                       for line in lines)
        self.assertEqual(self.load(self.file(text)), ("", ""))
        self.assert_loaded([GOOD_ROW, LATER_ROW], [(3, "quantity", NEGATIVE)])

    def test_header_holds_for_its_file_alone(self):
        """In one transaction a file in another order, then one without a header, then rows by
        name."""
        turned = "".join(",".join(reversed(line.strip().split(","))) + "\n"
                         for line in (HEADER, GOOD))
        first, second = self.file(turned), self.file(LATER, "second.csv")
        out, errors = self.load(first, before="BEGIN;",
                                after=".import --csv %s usage_import\n%s;\nCOMMIT;" % (
            second, "INSERT INTO usage_import(label, client_id, api, quantity, occurred_at)"
            " VALUES ('last', 'app1', 'viewer', 1, '2025-05-07 00:00:00')"))
        self.assertEqual((out, errors), ("", ""))
        last = (None, "app1", "viewer", None, 1.0, "2025-05-07 00:00:00", "success", None, "last")
        self.assert_loaded([GOOD_ROW, LATER_ROW, last], [])

    def test_header_in_the_middle_begins_another_file(self):
        """As a program that loads file after file by one statement."""
        db = self.open()
        lines = [line.strip().split(",") for line in (HEADER, GOOD, BAD)]
        db.executemany(IMPORT, lines + [list(reversed(line)) for line in (HEADER.strip().split(","),
                                                                           LATER.strip().split(","),
                                                                          lines[2])])
        self.assert_loaded([GOOD_ROW, LATER_ROW], [(3, "quantity", NEGATIVE)])

    def test_rows_that_found_the_file_locked_are_counted(self):
        db, other = self.open(), self.open()
        db.execute("PRAGMA busy_timeout = 0")
        rows = [row.strip().split(",") for row in (HEADER, GOOD, LATER, BAD)]
        for n, row in enumerate(rows):
            other.execute("BEGIN IMMEDIATE" if n == 2 else "BEGIN")
            try:
                db.execute(IMPORT, row)
                self.assertNotEqual(n, 2)
            except sqlite3.OperationalError:
                self.assertEqual(n, 2)
            other.execute("ROLLBACK")
        self.assert_loaded([GOOD_ROW], [(4, "quantity", NEGATIVE)])

    def test_short_and_long_lines(self):
        path = self.file(HEADER + "s-1,app1,viewer\n" + GOOD[:-1] + ",one too many\n")
        out, errors = self.load(path)
        self.assertEqual((out, len(errors.splitlines())), ("", 2))  # the shell says so of both
        self.assert_loaded([GOOD_ROW], [(2, "quantity",
                                         "usage.quantity: missing, NULL, give a number")])

    def test_again_changes_nothing(self):
        path = self.file(HEADER + GOOD + BAD + LATER)
        for _ in range(3):
            self.assertEqual(self.load(path), ("", ""))
            self.assert_loaded([GOOD_ROW, LATER_ROW], [(3, "quantity", NEGATIVE)])

    def test_mended_file_takes_its_reject_along(self):
        self.load(self.file(HEADER + GOOD + BAD))
        self.load(self.file(HEADER + GOOD + BAD.replace("-4", "4")))
        mended = ("s-2", "app1", "model-derivative", "rvt", 4.0, "2025-05-06 11:00:00", "success",
                  "hana", None)
        self.assert_loaded([GOOD_ROW, mended], [])

    def test_corrections(self):
        self.load(self.file(HEADER + GOOD))
        make = "CREATE VIRTUAL TABLE temp.correction USING usage_import(upsert);"
        corrected = HEADER + GOOD.replace(",rvt,1,", ",rvt,5,") + BAD
        self.assertEqual(self.load(self.file(corrected), before=make, table="correction"), ("", ""))
        row = GOOD_ROW[:4] + (5.0,) + GOOD_ROW[5:]
        self.assert_loaded([row], [(3, "quantity", NEGATIVE)])
        self.assertEqual(self.open().execute("SELECT settle(), mode FROM usage_reject").fetchall(),
                         [(1, "upsert")])

    def test_dry_run(self):
        path = self.file(HEADER + GOOD + BAD + LATER)
        out, errors = self.load(path, before="BEGIN;",
                                after="SELECT line, reason FROM usage_reject;\n"
                                "SELECT count(*) FROM usage;\nROLLBACK;")
        self.assertEqual((out, errors), ("3|%s\n7\n" % NEGATIVE, ""))
        self.assert_loaded([], [])

    def test_sample_is_what_an_insert_makes_of_it(self):
        sample = os.path.join(ROOT, "samples", "usage.csv")
        self.assertEqual(self.load(sample, before="DELETE FROM usage;"), ("", ""))
        db = self.open()
        got = db.execute(STORED).fetchall()
        db.close()
        out, errors = shell(self.path, "DELETE FROM usage;\n.import --csv --schema temp %s job\n"
                            "INSERT INTO usage(%s) SELECT source_id, client_id, api, sku, "
                            "quantity, utc(occurred_at),"
                            " outcome, nullif(user_id, ''), nullif(label, '') FROM temp.job;\n" % (
                                sample, ", ".join(NAMES)))
        self.assertEqual((out, errors), ("", ""))
        self.assertEqual(self.open().execute(STORED).fetchall(), got)
        self.assertEqual(len(got), 1606 - 5)

    def test_locked_file_is_said_of_each_row_and_nothing_is_half_loaded(self):
        db = self.open()
        db.execute("BEGIN IMMEDIATE")
        out, errors = self.load(self.file(HEADER + GOOD + BAD))
        db.execute("ROLLBACK")
        self.assertEqual((out, errors.count("database is locked")), ("", 3))
        self.assert_loaded([], [])
        self.assertEqual(self.load(self.file(HEADER + GOOD + BAD)), ("", ""))
        self.assert_loaded([GOOD_ROW], [(3, "quantity", NEGATIVE)])


class Interrupted(WithDatabase):
    """What is left of an import that does not come to its end."""

    LOADER = """
import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.enable_load_extension(True)
db.load_extension(sys.argv[2])
db.execute("BEGIN")
rows = (("k-%d" % i, "app1", "model-derivative", "rvt", -(i % 3 == 0), "2025-05-06 10:00:00",
         "success", None, None)
        for i in range(10 ** 9))
for n, row in enumerate(rows):
    db.execute(sys.argv[3], row)
    if n == 20000:
        print("on its way", flush=True)
"""

    def test_kill_leaves_the_file_as_it_was(self):
        for journal in ("DELETE", "WAL"):
            with self.subTest(journal=journal):
                self.open().execute("PRAGMA journal_mode = " + journal)
                child = subprocess.Popen([sys.executable, "-c", self.LOADER, self.path, EXTENSION,
                                          IMPORT],
                                         stdout=subprocess.PIPE, text=True)
                self.assertEqual(child.stdout.readline(), "on its way\n")
                time.sleep(0.05)
                child.send_signal(signal.SIGKILL)
                child.wait()
                child.stdout.close()
                db = self.open()
                self.assertEqual(db.execute("SELECT (SELECT count(*) FROM usage), (SELECT count(*)"
                                            " FROM usage_reject)")
                                 .fetchone(), (5, 0))
                self.assertEqual(db.execute("PRAGMA integrity_check").fetchone(), ("ok",))

    def test_full_disk_fails_the_statement_and_rejects_nothing(self):
        db = self.open()
        pages = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute("PRAGMA max_page_count = %d" % (pages + 2))
        row = ["app1", "model-derivative", "rvt", 1, "2025-05-06 10:00:00", "success", "u" * 900,
               None]
        with self.assertRaisesRegex(sqlite3.OperationalError, "full"):
            for n in itertools.count():
                db.execute(IMPORT, ["k-%d" % n] + row)
        db.execute("PRAGMA max_page_count = 100000")
        self.assertEqual(db.execute("SELECT count(*) FROM usage_reject").fetchone(), (0,))
        self.assertEqual(db.execute("SELECT count(*) FROM usage").fetchone(), (5 + n,))

    def test_interrupt_fails_the_statement_and_leaves_nothing(self):
        db = self.open()
        calls = []
        db.set_progress_handler(lambda: calls.append(1) or len(calls) > 300, 1000)
        numbers = ("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                   " WHERE i < 100000) ")
        with self.assertRaisesRegex(sqlite3.OperationalError, "interrupted"):
            db.execute(numbers + "INSERT INTO usage_import(client_id, api, quantity, occurred_at)"
                       " SELECT 'app1', 'viewer', i % 7 - 1, '2025-05-06 10:00:00' FROM n")
        db.set_progress_handler(None, 0)
        self.assertEqual(db.execute("SELECT (SELECT count(*) FROM usage), (SELECT count(*)"
                                    " FROM usage_reject)")
                         .fetchone(), (5, 0))

    def test_two_connections_load_in_turns(self):
        db, other = self.open(), self.open()
        for db_of, key in ((db, "a"), (other, "b"), (db, "c"), (other, "a")):
            db_of.execute(IMPORT, [key] + list(GOOD_ROW[1:]))
            db_of.execute(IMPORT, [key + "-bad", "", *GOOD_ROW[2:]])
        self.assertEqual([row[0] for row in other.execute(STORED)], ["a", "b", "c"])
        self.assertEqual([row[0] for row in db.execute("SELECT source_id FROM usage_reject"
                                                       " ORDER BY 1")],
                         ["a-bad", "b-bad", "c-bad"])

    def test_attached_file_is_refused(self):
        other = os.path.join(self.folder, "other.db")
        db = connect(other)
        db.execute("SELECT billing_install()")
        db.close()
        db = self.open()
        db.execute("ATTACH ? AS other", (other,))
        with self.assertRaisesRegex(sqlite3.OperationalError, "open that file itself"):
            db.execute(IMPORT.replace("usage_import", "other.usage_import"), GOOD_ROW)
        with self.assertRaisesRegex(sqlite3.OperationalError, "open that file itself"):
            db.execute("INSERT INTO other._billing_import(client_id, api, quantity, occurred_at, "
                       "outcome) VALUES ('app1', 'viewer', 1, '2025-05-06 10:00:00', 'success')")


if __name__ == "__main__":
    unittest.main()
