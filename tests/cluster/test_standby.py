"""Copies of a file that is written meanwhile, and a warm standby by a log of facts: nothing wrong
in any of them, and their ledger is that of a fresh settle."""

import os
import resource
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time
import unittest

import world
from world import EXTENSION, ROOT, World, connect, difference, errors, facts, ledger, reading

KILLS = min(4, int(os.environ.get("SHARD_KILLS", "2")))
STANDBY = os.path.join(ROOT, "build", "standby", "standby")
MISSING = None if os.path.exists(
    STANDBY) else "there is no build/standby: SQLite's session extension is missing"


class WithFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def installed(self, name):
        db = connect(self.path(name))
        self.addCleanup(db.close)
        db.execute("SELECT billing_install()").fetchall()
        return db


class Backup(WithFolder):
    """A copy is the file of one commit: what it has of facts is settled in it, as a fresh file
    settles it."""

    def busy(self, journal):
        """A file that a thread writes to until self.stop is set."""
        db = self.installed("busy.db")
        db.execute("PRAGMA journal_mode = " + journal).fetchall()
        log = World(seed=7, teams=6, usage=500, close=False).log
        db.execute("BEGIN")
        for line in log[:log.index("INSERT INTO settlement(team_id) VALUES (NULL)") // 2]:
            db.execute(line)
        db.execute("COMMIT")
        db.execute("INSERT INTO billing_setting(name, value) VALUES ('autosettle', 1)")
        self.stop, self.written = threading.Event(), 0

        def write():
            mine = connect(self.path("busy.db"))
            mine.execute("PRAGMA busy_timeout = 10000")
            source = World(seed=8, teams=6, usage=1)
            while not self.stop.is_set():
                mine.execute(source.use(source_id="more %d" % self.written))
                self.written += 1
                if self.written % 10 == 0:
                    mine.execute("UPDATE token_lot SET tokens = tokens + 1 WHERE lot_id = 1")
                time.sleep(0.001)
            mine.close()

        self.writer = threading.Thread(target=write)
        self.writer.start()
        self.addCleanup(self.writer.join)
        self.addCleanup(self.stop.set)
        return db

    def whole(self, name):
        copy = connect(self.path(name), "rw")
        self.assertEqual(copy.execute("PRAGMA integrity_check").fetchone(), ("ok",))
        self.assertEqual(errors(copy), [])
        self.assertEqual(copy.execute("SELECT count(*) FROM usage_status"
                                      " WHERE status = 'pending'").fetchone(), (0,))
        before = ledger(copy), reading(copy)
        copy.execute("INSERT INTO settlement(team_id, rebuild) VALUES (NULL, 1)")
        self.assertEqual((ledger(copy), reading(copy)), before)
        count = copy.execute("SELECT count(*) FROM usage").fetchone()[0]
        copy.close()
        return count

    def counts(self, ways, db):
        """Each way while rows come in: the copies differ, or nothing was written meanwhile."""
        seen = []
        for number, way in enumerate(ways):
            time.sleep(0.15)
            before = self.written
            way(db, self.path("copy%d.db" % number))
            seen.append((before, self.whole("copy%d.db" % number)))
        self.stop.set()
        self.writer.join()
        self.assertGreater(self.written, 20)
        self.assertGreater(seen[-1][1], seen[0][1], "nothing was written meanwhile")

    def vacuum(self, db, path):
        db.execute("VACUUM INTO ?", (path,))

    def api(self, db, path):
        target = sqlite3.connect(path)
        source = sqlite3.connect(self.path("busy.db"))
        # starts over when another connection writes: bounded by the pages
        source.backup(target, pages=20, sleep=0)
        source.close()
        target.close()

    def shell(self, db, path):
        subprocess.run(["sqlite3", "-batch", "-init", os.devnull, self.path("busy.db"),
                        ".timeout 10000", ".backup " + path],
                       check=True, capture_output=True, timeout=60)

    def own(self, db, path):
        """By the connection that writes: its own commits go into the copy."""
        target = sqlite3.connect(path)
        db.backup(target, pages=-1)
        target.close()

    def test_under_load_with_a_wal(self):
        self.counts([self.vacuum, self.shell, self.own, self.vacuum], self.busy("WAL"))

    def test_under_load_with_a_journal(self):
        self.counts([self.vacuum, self.own, self.shell], self.busy("DELETE"))

    def test_page_by_page_between_the_writes(self):
        db = self.busy("WAL")
        self.stop.set()
        self.writer.join()
        target = sqlite3.connect(self.path("copy.db"))
        said = []

        def progress(status, remaining, total):
            said.append(remaining)
            if len(said) % 3 == 0 and remaining:
                db.execute(World(seed=len(said), teams=6, usage=1).use(
                    source_id="between %d" % len(said)))
        db.backup(target, pages=10, progress=progress)
        target.close()
        self.assertGreater(len(said), 10)
        self.assertEqual(self.whole("copy.db"),
                         db.execute("SELECT count(*) FROM usage").fetchone()[0])


@unittest.skipIf(MISSING, MISSING)
class Standby(WithFolder):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("log"))
        for name in ("first.db", "second.db"):
            self.installed(name).close()

    def command(self, what, name):
        return [STANDBY, what, EXTENSION, self.path(name), self.path("log")]

    def record(self, lines):
        done = subprocess.run(self.command("record", "first.db"), input="\n".join(lines) + "\n",
                              text=True, capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stderr

    def apply(self):
        return subprocess.run(self.command("apply", "second.db"), text=True, capture_output=True)

    def equal(self):
        first, second = (connect(self.path(name), "rw") for name in ("first.db", "second.db"))
        for db in (first, second):
            db.execute("INSERT INTO settlement(team_id) VALUES (NULL)")
            self.assertEqual(errors(db), [])
        for what in (facts, ledger, reading):
            self.assertIsNone(difference(what(second), what(first)), what.__name__)
        count = len(ledger(first))
        first.close()
        second.close()
        return count

    def grouped(self, log, size=25):
        lines = []
        for start in range(0, len(log), size):
            lines += ["BEGIN", *log[start:start + size], "COMMIT"]
        return lines

    def test_the_ledger_is_equal(self):
        log = World(seed=11, teams=8, usage=150).log
        more = ["INSERT OR REPLACE INTO token_lot(lot_id, team_id, kind, tokens, purchased_at, "
                "source_id) VALUES (2, 'T0', 'flex_token', 77, '2025-03-01T00:00:00Z', 'lot T0 1')",
                "INSERT OR IGNORE INTO usage(client_id, api, sku, occurred_at, source_id)"
                " SELECT client_id, api, sku,"
                " occurred_at, source_id FROM usage WHERE source_id = 'u7'",
                "UPDATE unblock SET note = 'it''s paid' WHERE team_id = 'T2'",
                "DELETE FROM unblock WHERE team_id = 'T4'",
                "UPDATE policy SET value = '20' WHERE name = 'red_percent'"]
        self.record(self.grouped(log[:120]))
        self.assertEqual(self.apply().returncode, 0)
        self.record(self.grouped(log[120:]) + more)
        self.assertEqual(self.apply().returncode, 0)
        self.assertGreater(self.equal(), 50)
        again = self.apply()
        self.assertEqual(again.returncode, 0)
        self.equal()

    def test_what_is_refused_or_rolled_back_leaves_no_trace(self):
        log = World(seed=12, teams=4, usage=20, close=False).log
        said = self.record(self.grouped(log) + [
            "BEGIN", log[0].replace("'A0'", "'Z'"), "ROLLBACK",
            world.row("team", team_id="x", account_id="nobody"),
            "BEGIN", log[0].replace("'A0'", "'Y'"), world.row("team", team_id="x",
                                                              account_id="nobody"), "COMMIT"])
        self.assertIn("team.account_id", said)
        self.assertEqual(self.apply().returncode, 0)
        self.equal()
        db = connect(self.path("second.db"), "rw")
        self.assertEqual(db.execute("SELECT account_id FROM account"
                                    " WHERE account_id IN ('Z', 'Y')").fetchall(), [("Y",)])
        db.close()

    def test_a_file_of_another_log_is_refused(self):
        log = World(seed=13, teams=4, usage=20, close=False).log
        self.record(self.grouped(log))
        db = connect(self.path("second.db"), "rw")
        db.execute(log[0].replace("'JP'", "'US'"))
        before = facts(db)
        done = self.apply()
        self.assertEqual(done.returncode, 1)
        self.assertIn("not that of the log, account", done.stderr)
        self.assertEqual(facts(db), before)
        db.close()

    def test_a_record_that_is_cut_off(self):
        self.record(self.grouped(World(seed=14, teams=4, usage=20, close=False).log))
        path = self.path("log/0000000001.facts")
        with open(path, "rb") as file:
            content = file.read()
        for size in (len(content) - 3, len(content) // 2, 1, 0):
            with open(path, "wb") as file:
                file.write(content[:size])
            self.assertIn("cut off", self.apply().stderr)
        with open(path, "wb") as file:
            file.write(content)
        self.assertEqual(self.apply().returncode, 0)
        self.equal()

    def test_a_record_is_missing(self):
        self.record(self.grouped(World(seed=16, teams=4, usage=60).log))
        os.rename(self.path("log/0000000002.facts"), self.path("late"))
        done = self.apply()
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "a record is missing, .*, .*0000000002.facts")
        self.assertEqual(self.count("second.db"), 1)
        os.rename(self.path("late"), self.path("log/0000000002.facts"))
        self.assertEqual(self.apply().returncode, 0)
        self.equal()

    @unittest.skipUnless(os.path.exists("/dev/full"), "there is no /dev/full, which is Linux's")
    def test_the_disk_of_the_log_is_full(self):
        """No transaction without its record; with room again all of it goes in once."""
        log = World(seed=17, teams=4, usage=400).log
        self.record(self.grouped(log[:50]))
        number = self.count("first.db")
        new = self.path("log/%010d.facts.new" % (number + 1))
        for lines in (["BEGIN", *log[50:55], "COMMIT"], ["BEGIN", *log[50:], "COMMIT"]):
            os.symlink("/dev/full", new)
            done = subprocess.run(self.command("record", "first.db"), input="\n".join(lines) + "\n",
                                  text=True, capture_output=True)
            self.assertEqual(done.returncode, 1)
            self.assertIn("can't write the record", done.stderr)
            self.assertEqual(self.count("first.db"), number)
            os.remove(new)
        self.record(["BEGIN", *log[50:], "COMMIT"])
        self.assertEqual(self.apply().returncode, 0)
        self.equal()

    def test_the_disk_of_the_standby_is_full(self):
        log = World(seed=18, teams=4, usage=1500).log
        self.record(self.grouped(log[:50]) + ["BEGIN", *log[50:], "COMMIT"])
        size = os.path.getsize(self.path("second.db"))
        done = subprocess.run(self.command("apply", "second.db"), text=True, capture_output=True,
                              restore_signals=False, preexec_fn=lambda: resource.setrlimit(
                                  resource.RLIMIT_FSIZE, (size + 65536, size + 65536)))
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "disk")
        second = self.count("second.db")
        self.assertLess(second, self.count("first.db"))
        db = connect(self.path("second.db"), "rw")
        self.assertEqual(db.execute("PRAGMA integrity_check").fetchone(), ("ok",))
        db.close()
        self.assertEqual(self.apply().returncode, 0)
        self.equal()

    def test_a_line_that_is_too_long(self):
        """Cut in two, its end would be a statement."""
        line = "SELECT '%s'; DELETE FROM policy" % ("x" * (1 << 20))
        done = subprocess.run(self.command("record", "first.db"), input=line + "\n", text=True,
                              capture_output=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("a line is too long", done.stderr)

    def test_both_are_killed(self):
        """Each is started again where it was; no transaction is in one of them alone."""
        log = World(seed=15, teams=4, usage=60).log
        position = kills = 0
        while position < len(log):
            process = subprocess.Popen(self.command("record", "first.db"), stdin=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL, text=True)
            try:
                for line in log[position:]:
                    process.stdin.write(line + "\n")
                    process.stdin.flush()
                    if kills < KILLS and self.count("first.db") > position + 9 + 17 * kills:
                        break
            except BrokenPipeError:
                pass
            if kills < KILLS:
                process.send_signal(signal.SIGKILL)
                kills += 1
            try:
                process.stdin.close()
            except BrokenPipeError:
                pass
            process.wait()
            position = self.count("first.db")
            follower = subprocess.Popen(self.command("apply", "second.db"),
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(0.03 * kills)
            follower.kill()
            follower.wait()
        self.assertEqual(kills, KILLS)
        self.record(["SELECT 1"])
        self.assertEqual(self.apply().returncode, 0)
        self.equal()

    def count(self, name):
        db = sqlite3.connect(self.path(name))
        try:
            return db.execute("SELECT count(*) FROM standby_log").fetchone()[0]
        except sqlite3.Error:
            return 0
        finally:
            db.close()


if __name__ == "__main__":
    unittest.main()
