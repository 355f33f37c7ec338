"""Three dqlite nodes: whatever is killed, every node ends with the facts, the ledger and the
reading tables of one file.

CLUSTER_KILLS (5) and CLUSTER_ROWS (1500) choose how long it takes."""

import os
import random
import subprocess
import tempfile
import time
import unittest

from nodes import CLIENT, MISSING, Cluster
from world import World, connect, difference, errors, facts, ledger, reading

KILLS = int(os.environ.get("CLUSTER_KILLS", "5"))
ROWS = int(os.environ.get("CLUSTER_ROWS", "1500"))
LEAST = int(os.environ.get("CLUSTER_LEAST_KILLS", str(KILLS)))


@unittest.skipIf(MISSING, MISSING)
class OnDqlite(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="cluster-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.cluster = Cluster(self.folder)
        self.addCleanup(self.cluster.stop)

    def write(self, lines):
        path = os.path.join(self.folder, "log.sql")
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines)
        return path

    def load_under_kills(self, path, count):
        """Kills the leader again and again while the client loads; the node comes back when the
        load goes on."""
        source, done, next_kill = random.Random(1), 0, 300
        log = open(os.path.join(self.folder, "loader.log"), "w", encoding="utf-8")
        self.addCleanup(log.close)
        loader = subprocess.Popen([CLIENT, "load", self.cluster.all, path, "100"],
                                  stdout=subprocess.PIPE, stderr=log, text=True)
        down = None
        for line in loader.stdout:
            done = int(line)
            if down is not None and done >= back:
                self.cluster.start(down)
                down = None
                next_kill = done + max(1, (count - done) // (
                    2 * max(1, KILLS - self.cluster.kills)))
            elif down is None and done >= next_kill and self.cluster.kills < KILLS:
                down, back = self.cluster.leader(), done + 100 * source.randrange(1, 3)
                time.sleep(source.random() / 20)
                self.cluster.kill(down)
        if down is not None:
            self.cluster.start(down)
        with open(log.name, encoding="utf-8") as read:
            self.assertEqual(loader.wait(), 0, read.read()[-2000:])
        loader.stdout.close()

    def test_every_node_equals_one_file(self):
        world = World(seed=3, teams=10, usage=ROWS)
        lines = []
        for line in world.log:  # a settlement every thousand rows: bounded statements
            lines.append(line)
            if line.startswith("INSERT INTO usage") and len(lines) % 1000 == 0:
                lines.append("INSERT INTO settlement(team_id) VALUES (NULL)")
        lines.append("INSERT INTO settlement(team_id) VALUES (NULL)")
        expected, entries = self.one_file(lines)
        began = time.time()
        self.cluster.client("install", self.cluster.all)
        self.load_under_kills(self.write(lines), len(lines))
        loaded = time.time()
        self.assertGreaterEqual(self.cluster.kills, LEAST)
        self.cluster.wait_until_equal("SELECT (SELECT max(line)"
                                      " FROM loaded_log), count(*), sum(units) FROM ledger_entry")
        self.cluster.revive()
        for number in range(3):
            with self.subTest(node=number + 1):
                self.as_one_file(number, expected)
        self.assertEqual(self.cluster.deaths, 0, "a node died of us")
        print("cluster: %d lines, %d kills of the leader, %d entries on each node; loaded in"
              " %.1f minutes, compared in %.1f" % (len(lines), self.cluster.kills, entries,
                                                   (loaded - began) / 60,
                                                   (time.time() - loaded) / 60))

    def one_file(self, lines):
        """What it says, by the functions that ask; and how many entries its ledger has."""
        single = connect(os.path.join(self.folder, "single.db"))
        single.execute("SELECT billing_install()").fetchall()
        single.execute("BEGIN")
        for line in lines:
            single.execute(line)
        single.execute("COMMIT")
        self.assertEqual(errors(single), [])
        said = {what: what(single) for what in (facts, ledger, reading)}
        single.close()
        return said, len(said[ledger])

    def as_one_file(self, number, expected):
        node = connect(self.cluster.dump(number), "rw")
        self.addCleanup(node.close)
        self.assertEqual(node.execute("PRAGMA integrity_check").fetchone(), ("ok",))
        for what, said in expected.items():
            self.assertIsNone(difference(what(node), said), what.__name__)
        self.assertEqual(errors(node), [])

    def test_queries_that_write_are_refused_and_reading_is_not(self):
        self.cluster.client("install", self.cluster.all)
        for call in ("settle()", "billing_install()", "billing_rebuild()", "billing_autosettle(1)",
                     "billing_export('x')"):
            with self.subTest(call=call):
                # What is said of it is lost on the way: dqlite 1.11 answers with the name of the
                # column.
                with self.assertRaises(subprocess.CalledProcessError):
                    self.cluster.client("query", self.cluster.all, "SELECT " + call)
        # what was late waits
        path = self.write(World(seed=4, teams=4, usage=50, close=False).log[:-1])
        self.cluster.client("load", self.cluster.all, path)
        for table in ("settlement_preview", "wallet_balance", "billing_check", "usage_status",
                      "settlement"):
            self.cluster.client("query", self.cluster.all, "SELECT count(*) FROM " + table)
        for sql in ("INSERT INTO settlement(team_id) VALUES (NULL)",
                    "INSERT INTO billing_setting(name, value) VALUES ('autosettle', 1)",
                    "INSERT INTO settlement(team_id, rebuild) VALUES (NULL, 1)"):
            self.cluster.client("load", self.cluster.all, self.write([sql]))
        self.assertEqual(self.cluster.client("query", self.cluster.all,
                                             "SELECT value FROM billing_setting"
                                             " WHERE name = 'autosettle'"), "1")
        self.cluster.revive()
        self.assertEqual(self.cluster.deaths, 0)

    def test_a_node_is_down_from_the_start(self):
        self.cluster.kill(2)
        self.cluster.client("install", self.cluster.all)
        self.cluster.client("load", self.cluster.all,
                            self.write(World(seed=5, teams=4, usage=50).log))
        self.cluster.start(2)
        answers = self.cluster.wait_until_equal("SELECT count(*), sum(units) FROM ledger_entry")
        self.assertEqual(answers[2], answers[0])
        self.assertGreater(answers[0][0][0], 0)

    def test_no_majority_is_there_from_the_start(self):
        """Said and not waited for without end; the same load goes on with one."""
        for number in (1, 2):
            self.cluster.kill(number)
        path = self.write(World(seed=5, teams=4, usage=50).log)
        environment = {**os.environ, "CLUSTER_PATIENCE": "1"}
        for words in (("install", self.cluster.all), ("load", self.cluster.all, path),
                      ("query", self.cluster.all, "SELECT 1"), ("leader", self.cluster.all)):
            with self.subTest(words=words[0]):
                with self.assertRaises(subprocess.CalledProcessError) as caught:
                    self.cluster.client(*words, env=environment)
                self.assertRegex(caught.exception.stderr, "nodes: no leader in 1s, %s,"
                                 " start a majority of them\n$" % self.cluster.all)
        self.cluster.start(1)
        self.cluster.client("install", self.cluster.all)
        self.cluster.client("load", self.cluster.all, path)
        self.cluster.start(2)
        answers = self.cluster.wait_until_equal("SELECT count(*), sum(units) FROM ledger_entry")
        self.assertEqual(answers[1:], [answers[0]] * 2)
        self.assertGreater(answers[0][0][0], 0)

    def test_the_disk_of_the_leader_is_full(self):
        """Another one leads, or the client waits; nothing is lost or twice there."""
        world = World(seed=6, teams=4, usage=400)
        expected, _ = self.one_file(world.log)
        self.cluster.client("install", self.cluster.all)
        loader = subprocess.Popen([CLIENT, "load", self.cluster.all, self.write(world.log), "10"],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(loader.stderr.close)
        self.addCleanup(loader.stdout.close)
        full = None
        for line in loader.stdout:
            if full is None and int(line) > 100:
                full = self.cluster.leader()
                self.cluster.fill(full)
        self.assertEqual(loader.wait(), 0, loader.stderr.read()[-2000:])
        self.assertNotEqual(self.cluster.leader(), full)
        self.cluster.kill(full, dead=True)
        self.cluster.start(full)
        self.cluster.wait_until_equal("SELECT (SELECT max(line)"
                                      " FROM loaded_log), count(*), sum(units) FROM ledger_entry")
        for number in range(3):
            self.as_one_file(number, expected)

    def test_the_disk_of_a_node_is_full(self):
        """The others go on; with room again it catches up."""
        self.cluster.client("install", self.cluster.all)
        self.cluster.kill(2)
        self.cluster.start(2, room=1 << 20)
        lines = World(seed=6, teams=4, usage=200).log
        self.cluster.client("load", self.cluster.all, self.write(lines[:150]))
        self.cluster.client("load", self.cluster.all, self.write(lines[150:]))
        self.assertTrue(self.cluster.process[2].poll() is not None or self.cluster.lags(2),
                        "there was room: nothing is tested")
        self.cluster.kill(2, dead=True)
        self.cluster.start(2)
        answers = self.cluster.wait_until_equal("SELECT count(*), sum(units) FROM ledger_entry")
        self.assertEqual(answers[2], answers[0])
        self.assertGreater(answers[0][0][0], 0)

    def test_a_load_goes_on_where_it_ended(self):
        """Lines that no key protects count once, whatever was retried."""
        self.cluster.client("install", self.cluster.all)
        path = self.write(["INSERT INTO account(account_id) VALUES ('a')",
                           "CREATE TABLE counted(n)", "INSERT INTO counted VALUES (0)"]
                          + ["UPDATE counted SET n = n + 1"] * 250)
        self.assertEqual(self.cluster.client("load", self.cluster.all, path, "30").split()[-1],
                         "253")
        self.assertEqual(self.cluster.client("load", self.cluster.all, path, "70"), "")
        self.assertEqual(self.cluster.client("query", self.cluster.all, "SELECT n FROM counted"),
                         "250")

    def test_a_wrong_line_stops_the_load_and_nothing_of_its_batch_stays(self):
        self.cluster.client("install", self.cluster.all)
        with self.assertRaises(subprocess.CalledProcessError) as caught:
            self.cluster.client("load", self.cluster.all, self.write([
                "INSERT INTO account(account_id, country) VALUES ('a', 'JP')",
                "INSERT INTO team(team_id, account_id) VALUES ('t', 'nobody')"]))
        self.assertIn("lines 1 to 2: ", caught.exception.stderr)
        self.assertIn("team.account_id", caught.exception.stderr)
        with self.assertRaises(subprocess.CalledProcessError) as caught:
            self.cluster.client("load", self.cluster.all, self.write([
                "INSERT INTO account(account_id, country) VALUES ('a', 'JP')", "SELECT settle()"]))
        self.assertIn("a query among statements", caught.exception.stderr)
        self.assertEqual(self.cluster.client("query", self.cluster.all,
                                             "SELECT count(*) FROM account"), "0")


if __name__ == "__main__":
    unittest.main()
