"""samples/shards: one file as several, exact to the unit; what is under way survives kills; what is
wrong is named."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import unittest

import world
from killed import run_killed
from world import AT, EXTENSION, ROOT, World, connect, errors, facts, ledger, reading

import check
import messages
import shards as command
import split_join
import union
import shard_map
from shard_map import ShardError, ShardMap, in_transaction

KILLS = int(os.environ.get("SHARD_KILLS", "3"))
DUCKDB = os.environ.get("DUCKDB_FOLDER", os.path.join(ROOT, "build", "export"))
JOB = ("INSERT INTO usage(client_id, api, sku, quantity, occurred_at, source_id)"
       " VALUES (?, 'model-derivative', 'rvt', ?, ?, ?)")


def quick(path, extension, mode, plain=shard_map.connect):
    """A killed process loses nothing without fsync; a machine that loses power would."""
    db = plain(path, extension, mode)
    db.execute("PRAGMA synchronous = OFF")
    return db


shard_map.connect = quick


def nulls_last(query):
    """DuckDB sorts NULL last."""
    head, by, keys = query.rpartition(" ORDER BY ")
    return head + by + ", ".join(key + " NULLS LAST" for key in keys.split(", "))


class WithShards(unittest.TestCase):
    """self.single is a settled file; self.map its shards."""
    count, seed, close = 3, 1, False

    @classmethod
    def setUpClass(cls):
        cls.kept = tempfile.TemporaryDirectory()
        cls.single = os.path.join(cls.kept.name, "single.db")
        db = connect(cls.single)
        World(cls.seed, teams=8, usage=500, close=cls.close).play(db)
        db.close()
        command.EXTENSION = EXTENSION
        command.plan(cls.single, os.path.join(cls.kept.name, "map.db"), cls.count)
        split_join.split(cls.single, ShardMap(os.path.join(cls.kept.name, "map.db"), EXTENSION))

    @classmethod
    def tearDownClass(cls):
        cls.kept.cleanup()

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.join(folder.name, "shards")
        shutil.copytree(self.kept.name, self.folder)
        self.single = self.path("single.db")
        self.map = ShardMap(self.path("map.db"), EXTENSION)
        self.addCleanup(self.map.close)

    def path(self, name):
        return os.path.join(self.folder, name)

    def open_single(self):
        db = connect(self.single)
        self.addCleanup(db.close)
        return db

    def shards(self):
        files = self.map.open_all()
        for db in files.values():
            self.addCleanup(db.close)
        return files

    def of(self, team):
        db = self.map.open(self.map.file_of[team])
        self.addCleanup(db.close)
        return db

    def views(self, files, table):
        return sorted(union.rows_of(files, table, AT), key=repr)

    def same_union(self):
        single = {"single": self.open_single()}
        for table in union.VIEWS:
            self.assertEqual(self.views(self.shards(), table), self.views(single, table), table)

    def rules(self):
        return sorted({row[1] for row in check.problems(self.map)})

    def error(self, work, *arguments):
        with self.assertRaises((ShardError, sqlite3.Error)) as caught:
            work(*arguments)
        text = str(caught.exception)
        self.assertRegex(text, r"^[a-z_.]+: .*, .*[^.]$")
        return text


class SplitAndJoin(WithShards):
    close = True

    def test_there_and_back(self):
        source = self.open_single()
        self.assertGreater(len([f for f in self.map.files]), 2)
        self.same_union()
        self.assertEqual(check.problems(self.map), [])
        split_join.join(self.map, self.path("joined.db"))
        joined = connect(self.path("joined.db"))
        self.assertEqual(ledger(joined), ledger(source))
        self.assertEqual(facts(joined), facts(source))
        self.assertEqual(reading(joined), reading(source))
        self.assertEqual(errors(joined), [])
        joined.close()

    def test_killed_it_makes_nothing_and_begins_again(self):
        source, whole = self.open_single(), self.path("joined.db")
        shards = [self.path(file) for file in self.map.files]
        kills = min(KILLS, 10)
        for made, *words in (([whole], "join", self.path("map.db"), whole),
                             (shards, "split", self.single, self.path("map.db"))):
            self.remove(made)
            steps = run_killed(10 ** 6, *words)
            self.remove(made)
            for number in range(kills):
                step = 1 + number * (steps - 1) // max(1, kills - 1)
                self.assertIsNone(run_killed(step, *words), step)
                self.assertEqual([path for path in made if os.path.exists(path)], [])
            run_killed(10 ** 6, *words)
        joined = connect(whole)
        self.assertEqual(ledger(joined), ledger(source))
        joined.close()
        self.same_union()
        self.assertEqual([name for name in os.listdir(self.folder) if ".new" in name], [])

    def remove(self, paths):
        for path in paths:
            if os.path.exists(path):
                os.remove(path)

    def test_no_shard_is_empty_and_each_row_is_in_one(self):
        files = self.shards()
        for table in ("usage", "token_lot"):
            counts = [db.execute("SELECT count(*) FROM " + table).fetchone()[0]
                      for db in files.values()]
            self.assertGreater(min(counts), 0)
            self.assertEqual(sum(counts), self.open_single().execute(
                "SELECT count(*) FROM " + table).fetchone()[0])

    def test_new_rows_take_equal_numbers_and_join(self):
        """Each shard numbers on its own: the joined ledger is that of the single file, by text
        keys."""
        single = self.open_single()
        for number, team in enumerate(sorted(self.map.file_of)):
            for second in (1, 0):
                values = (team + "a", 3, "2025-12-10 00:00:0%d" % second,
                          "new %s %d" % (team, second))
                single.execute(JOB, values)
                self.of(team).execute(JOB, values)
        single.execute("SELECT settle()")
        command.settle(self.map, 2)
        self.same_union()
        ids = [db.execute("SELECT max(usage_id) FROM usage").fetchone()[0]
               for db in self.shards().values()]
        taken = [db.execute("SELECT count(*) FROM usage WHERE usage_id = ?", (min(ids),
                            )).fetchone()[0]
                 for db in self.shards().values()]
        self.assertGreater(sum(taken), 1, "no number is there twice: nothing is tested")
        split_join.join(self.map, self.path("joined.db"))
        joined = connect(self.path("joined.db"))
        self.assertEqual(errors(joined), [])
        for table in ("ledger", "usage", "balance"):
            self.assertEqual(self.views({"joined": joined}, table),
                             self.views({"single": single}, table))
        joined.close()

    def test_plain_export(self):
        union.export_sqlite(self.shards(), AT, self.path("all.db"))
        union.export_sqlite({"single": self.open_single()}, AT, self.path("one.db"))
        everything, one = (sqlite3.connect(self.path(name)) for name in ("all.db", "one.db"))
        for table in union.VIEWS:
            query = 'SELECT * FROM "%s"' % table
            self.assertEqual(sorted(everything.execute(query), key=repr),
                             sorted(one.execute(query), key=repr))
        self.assertGreater(one.execute("SELECT count(*) FROM ledger").fetchone()[0], 100)
        everything.close()
        one.close()
        self.assertIn("there is a file already", self.error(union.export_sqlite, self.shards(), AT,
                                                            self.path("all.db")))

    @unittest.skipUnless(os.path.isdir(os.path.join(DUCKDB, "node_modules", "@duckdb", "node-api")),
                         "there is no DuckDB, run make export-tools")
    def test_parquet(self):
        """Every row of the single file, and sums of them, from DuckDB over the shards' Parquet."""
        odd = [("''", "empty"), ("'NULL'", "null"), ("'a,\"b\"''c'", "quoted"), ("NULL", "none")]
        for db in (self.of("T0"), self.open_single()):
            for label, source_id in odd:
                db.execute("INSERT INTO usage(client_id, api, sku, occurred_at, label, source_id)"
                           " VALUES ('T0a', 'viewer', NULL, '2025-12-20 00:00:00', %s, '%s')"
                           % (label, source_id))
            db.execute("SELECT settle()")
        union.export_csv(self.shards(), AT, self.path("csv"))
        union.export_sqlite({"single": self.open_single()}, AT, self.path("one.db"))
        self.parquet()
        one = sqlite3.connect(self.path("one.db"))
        self.addCleanup(one.close)
        for query in (
                "SELECT team_id, usage_key, lot_key, client_id, api, sku, entry, units FROM ledger"
                " ORDER BY 1, 2, 3, 4, 5, 6, 7, 8",
                'SELECT usage_key, team_id, units, charged_units, uncharged_units, status, user_id,'
                ' label, CASE WHEN label IS NULL THEN 1 ELSE 0 END FROM "usage" ORDER BY usage_key',
                "SELECT team_id, balance_units, available_units, uncharged_units, purchased_units,"
                " used_units, lapsed_units, access FROM balance ORDER BY team_id",
                "SELECT team_id, api, sku, count(*), sum(units), min(charged_at), max(occurred_at)"
                " FROM ledger GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
                'SELECT u.team_id, sum(u.charged_units), (SELECT used_units FROM balance b'
                ' WHERE b.team_id = u.team_id) FROM "usage" u GROUP BY 1 ORDER BY 1'):
            with self.subTest(query=query):
                self.assertEqual(self.parquet(query), [
                    "|".join("" if value is None else str(value) for value in row)
                    for row in one.execute(nulls_last(query))])

    def parquet(self, *query):
        done = subprocess.run(["node", os.path.join(ROOT, "samples", "shards", "parquet.mjs"),
                               self.path("csv"), *query], cwd=DUCKDB, capture_output=True,
                              text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.splitlines()

    def test_csv_that_is_not_whole(self):
        """Interrupted, it has no types.csv, without which no Parquet is made."""
        union.export_csv(self.shards(), AT, self.path("csv"))
        types = self.path("csv/types.csv")
        self.assertTrue(os.path.exists(types))
        with self.assertRaises(sqlite3.Error):
            union.export_csv(self.shards(), "never", self.path("csv"))
        self.assertFalse(os.path.exists(types))


class Refused(WithShards):
    def split_again(self):
        for file in self.map.files:
            if os.path.exists(self.path(file)):
                os.remove(self.path(file))
        split_join.split(self.single, ShardMap(self.path("map.db"), EXTENSION))

    def content(self, file):
        with open(self.path(file), "rb") as read:
            return read.read()

    def left(self):
        return sorted(name for name in os.listdir(self.folder) if name.startswith("shard-"))

    def test_a_shard_is_missing(self):
        os.remove(self.map.place(self.map.files[1]))
        self.assertEqual(self.rules(), ["shard_missing"])
        for work in (lambda: command.settle(self.map, 2),
                     lambda: split_join.join(self.map, self.path("j.db")), self.map.open_all):
            self.error(work)
        self.assertFalse(os.path.exists(self.path("j.db")))

    def test_a_file_that_is_no_shard(self):
        for content, words in ((b"", "no such table"), (b"text" * 4096, "not a database")):
            with self.subTest(words=words):
                with open(self.map.place(self.map.files[1]), "wb") as file:
                    file.write(content)
                self.assertEqual(self.rules(), ["no_shard"])
                for work in (lambda: command.settle(self.map, 2), self.map.open_all,
                             lambda: split_join.join(self.map, self.path("j.db")),
                             lambda: command.share(self.map, Shared.RATE)):
                    self.assertIn("not a shard, ", self.error(work))
                self.assertFalse(os.path.exists(self.path("j.db")))
                self.assertEqual(self.content(self.map.files[1]), content)

    def test_two_shards_hold_a_team(self):
        self.of("T0").execute("INSERT INTO shard_team SELECT 'T1' WHERE 'T1' NOT IN shard_team")
        other = [team for team in self.map.file_of
                 if self.map.file_of[team] != self.map.file_of["T0"]][0]
        self.of("T0").execute("INSERT OR IGNORE INTO shard_team VALUES (?)", (other,))
        self.assertIn("team_twice", self.rules())
        self.error(split_join.join, self.map, self.path("j.db"))
        for work, name in ((union.export_sqlite, "all.db"), (union.export_csv, "all")):
            self.assertIn("two shards have the same key", self.error(work, self.shards(), AT,
                                                                     self.path(name)))

    def test_a_map_with_a_team_twice(self):
        db = sqlite3.connect(self.path("twice.db"))
        db.executescript("CREATE TABLE shard(team_id TEXT, file TEXT); INSERT INTO shard"
                         " VALUES ('T0', 'a'), ('T0', 'b')")
        db.close()
        self.assertIn("two shards hold it, 'T0'", self.error(ShardMap, self.path("twice.db"),
                                                             EXTENSION))

    def test_the_map_says_otherwise(self):
        self.map.db.execute("UPDATE shard SET file = ? WHERE team_id = 'T0'",
                            ([file for file in self.map.files if file != self.map.file_of["T0"]][0],
                            ))
        self.map = ShardMap(self.path("map.db"), EXTENSION)
        self.assertIn("team_elsewhere", self.rules())

    def test_unequal_catalogues(self):
        for sql in ("UPDATE rate_card SET tokens = tokens * 2 WHERE sku = 'complex'",
                    "UPDATE team SET name = 'other' WHERE team_id = 'T0'"):
            with self.subTest(sql=sql):
                db = self.map.open(self.map.files[-1])
                db.execute(sql)
                db.close()
                self.assertIn("shared_facts", self.rules())
                self.assertIn("shared_facts", self.error(split_join.join, self.map,
                                                         self.path("j.db")))
                for file in self.map.files:
                    shutil.copy(os.path.join(self.kept.name, file), self.path(file))

    def test_a_row_of_a_foreign_team(self):
        foreign = [team for team in self.map.file_of
                   if self.map.file_of[team] != self.map.file_of["T0"]][0]
        self.error(self.of("T0").execute, world.row("token_lot", team_id=foreign, kind="flex_token",
                                                    tokens=5, purchased_at="2025-01-01 00:00:00"))

    def test_the_same_source_id_in_two_shards(self):
        files = self.shards()
        for db in files.values():
            team = db.execute("SELECT min(team_id) FROM shard_team").fetchone()[0]
            db.execute(JOB, (team + "a", 1, "2025-11-05 00:00:00", "same"))
            db.execute("SELECT settle()")
        self.assertIn("source_id_twice", self.rules())
        for work, name in ((union.export_sqlite, "all.db"), (union.export_csv, "all")):
            self.assertIn("two shards have the same key", self.error(work, self.shards(), AT,
                                                                     self.path(name)))
        self.assertFalse(os.path.exists(self.path("all.db")))
        self.assertFalse(os.path.exists(self.path("all/types.csv")))

    def test_what_can_not_be_split(self):
        for sql, words in (
                ("UPDATE token_lot SET tokens = tokens + 1 WHERE lot_id = 1", "wait to be settled"),
                (world.row("budget", tokens=5, starts_at="2025-01-01 00:00:00"), "all teams"),
                (world.row("lot_move", lot_id=2, team_id="{other}", moved_at="2025-12-07 00:00:00"),
                 "ties two teams"),
                (world.row("team", team_id="T99", account_id="A1"), "the map does not name it")):
            with self.subTest(words=words):
                db = connect(self.single)
                other = [team for team in self.map.file_of
                         if self.map.file_of[team] != self.map.file_of["T0"]][0]
                db.execute(sql.replace("{other}", other))
                if "wait" not in words:
                    db.execute("SELECT settle()")
                db.close()
                self.assertIn(words, self.error(self.split_again))
                self.assertEqual(self.left(), [])
                shutil.copy(os.path.join(self.kept.name, "single.db"), self.single)

    def test_a_close_that_a_late_fact_follows_is_refused(self):
        db = connect(self.single)
        db.execute(world.row("period_close", team_id="T0", closed_until="2025-12-06 00:00:00"))
        db.execute(JOB, ("T0a", 1, "2025-02-05 00:00:00", "late"))
        db.execute("UPDATE token_lot SET note = 'x' WHERE lot_id = 1")
        db.execute("SELECT settle()")
        db.close()
        self.assertIn("ledger: it differs", self.error(self.split_again))
        self.assertEqual(self.left(), [])

    def test_files_that_are_there(self):
        before = self.content(self.map.files[0])
        self.assertIn("there is a file already", self.error(split_join.split, self.single,
                                                            self.map))
        self.assertIn("there is a file already", self.error(split_join.join, self.map, self.single))
        self.assertEqual(self.content(self.map.files[0]), before)


class UnderWay(WithShards):
    """A lot to a team of another shard."""
    count = 2

    def setUp(self):
        super().setUp()
        self.lot, self.from_team = "lot T0 2", "T0"
        self.to_team = max((row[4], row[0]) for row in self.views(self.shards(), "balance")
                           # the most in debt
                           if self.map.file_of[row[0]] != self.map.file_of["T0"])[1]
        single = self.open_single()
        single.execute("UPDATE token_lot SET tokens = 4000, purchased_at = '2025-02-01 00:00:00'"
                       " WHERE source_id = ?", (self.lot,))
        single.execute("SELECT settle()")
        db = self.of("T0")
        db.execute("UPDATE token_lot SET tokens = 4000, purchased_at = '2025-02-01 00:00:00'"
                   " WHERE source_id = ?", (self.lot,))
        db.execute("SELECT settle()")
        self.arguments = [self.path("map.db"), self.lot, self.to_team, "2025-12-03 00:00:00",
                          "move-1"]

    def totals(self):
        return [sum(row[column] for row in self.views(self.shards(), "balance"))
                for column in (2, 3, 4)]

    def as_in_one_file(self, id="move-1"):
        """The single file, with the lot voided there and a lot of what remained here."""
        single = self.open_single()
        units = single.execute("SELECT units(remaining) FROM lot_balance"
                               " JOIN token_lot USING (lot_id) WHERE source_id = ? AND at = ?",
                               (self.lot, "2025-12-03 00:00:00")).fetchone()[0]
        single.execute("UPDATE token_lot SET voided_at = '2025-12-03 00:00:00' WHERE source_id = ?",
                       (self.lot,))
        single.execute("INSERT INTO token_lot(team_id, kind, tokens, purchased_at, expires_at, "
                       "source_id)"
                       " SELECT ?, b.kind, tokens(?), '2025-12-03 00:00:00', b.expires_at, ?"
                       " FROM token_lot t"
                       " JOIN lot_balance b USING (lot_id) WHERE t.source_id = ? AND b.at = ?",
                       (self.to_team, units, id, self.lot, AT))
        single.execute("SELECT settle()")
        self.assertGreater(units, 0)
        self.same_union()

    def restore(self):
        for name in os.listdir(self.folder):
            if name.startswith("shard-"):
                os.remove(self.path(name))
        for file in self.map.files:
            shutil.copy(os.path.join(self.kept.name, file), self.path(file))
        db = self.of("T0")
        db.execute("UPDATE token_lot SET tokens = 4000, purchased_at = '2025-02-01 00:00:00'"
                   " WHERE source_id = ?", (self.lot,))
        db.execute("SELECT settle()")

    def all_views(self):
        return [self.views(self.shards(), table) for table in union.VIEWS]

    def test_it_arrives_once(self):
        for _ in range(2):
            command.transfer(self.map, *self.arguments[1:])
        self.assertEqual(check.problems(self.map), [])
        self.as_in_one_file()

    def test_like_a_move_in_one_file(self):
        """Balances are those of lot_move, where draw order does not turn on a lot's size."""
        before = self.totals()
        command.transfer(self.map, *self.arguments[1:])
        single = self.open_single()
        single.execute(world.row("lot_move", lot_id=single.execute(
            "SELECT lot_id FROM token_lot WHERE source_id = ?", (self.lot,)).fetchone()[0],
            team_id=self.to_team, moved_at="2025-12-03 00:00:00"))
        single.execute("SELECT settle()")
        balances = [row[:5] for row in self.views({"single": single}, "balance")]
        self.assertEqual([row[:5] for row in self.views(self.shards(), "balance")], balances)
        self.assertNotEqual(self.totals()[1:], before[1:],
                            "the lot paid no debt: nothing is tested")

    def test_killed_at_each_step(self):
        steps = run_killed(10 ** 6, "transfer", *self.arguments)
        self.as_in_one_file()
        whole, outcomes = self.all_views(), set()
        self.restore()
        nothing = self.all_views()
        for number in range(KILLS):
            at = 1 + number * (steps - 1) // max(1, KILLS - 1)
            self.assertIsNone(run_killed(at, "transfer", *self.arguments))
            command.deliver(self.map)
            got = self.all_views()
            self.assertIn(got, (nothing, whole), "killed before step %d" % at)
            outcomes.add(got == whole)
            self.assertEqual(check.problems(self.map), [])
            command.transfer(self.map, *self.arguments[1:])  # the client asks again
            self.assertEqual(self.all_views(), whole)
            self.restore()
        self.assertEqual(outcomes, {True, False}, "of %d steps" % steps)

    def test_refused_there_it_is_taken_back(self):
        before = self.all_views()
        self.of(self.to_team).execute(
            "CREATE TRIGGER full BEFORE INSERT ON token_lot BEGIN"
            " SELECT RAISE(ABORT, 'no more lots'); END")
        self.assertIn("no more lots", self.error(command.transfer, self.map, *self.arguments[1:]))
        self.assertEqual(self.all_views(), before)
        self.assertEqual(check.problems(self.map), [])

    def test_an_id_that_is_taken(self):
        """By another transfer, which would be taken for this one, or by a lot, which would be
        changed."""
        command.transfer(self.map, *self.arguments[1:])
        whole = self.all_views()
        other = [team for team in sorted(self.map.file_of) if team != self.to_team
                 and self.map.file_of[team] == self.map.file_of[self.to_team]][0]
        for place, value in ((1, "lot T0 1"), (2, other), (3, "2025-12-03 00:00:01")):
            arguments = list(self.arguments)
            arguments[place] = value
            self.assertIn("names another transfer, 'move-1'", self.error(
                command.transfer, self.map, *arguments[1:]))
        command.transfer(self.map, *self.arguments[1:3], "2025-12-03T00:00:00Z", "move-1")
        self.assertEqual(self.all_views(), whole)
        taken = self.of(self.to_team).execute("SELECT source_id FROM token_lot WHERE team_id = ?",
                                              (self.to_team,)).fetchone()[0]
        self.of("T0").execute(world.row("token_lot", team_id="T0", kind="flex_token", tokens=9,
                                        purchased_at="2025-12-02 00:00:00", source_id="more"))
        self.of("T0").execute("SELECT settle()")
        whole = self.all_views()
        for _ in range(2):
            self.assertIn("another lot has the id", self.error(
                command.transfer, self.map, "more", self.to_team, "2025-12-03 00:00:00", taken))
            self.assertEqual(self.all_views(), whole)
            self.assertEqual(check.problems(self.map), [])

    def test_two_deliver_what_is_refused(self):
        """Each takes the message back; it was one."""
        db = self.of("T0")
        db.execute("UPDATE usage SET source_id = NULL WHERE client_id = 'T0a'")
        db.execute("SELECT settle()")
        count = db.execute("SELECT count(*) FROM usage").fetchone()[0]
        columns = [name for name in shard_map.columns_of(db, "usage") if name != "usage_id"]
        key, *values = db.execute("SELECT usage_id, %s FROM usage WHERE source_id IS NULL LIMIT 1"
                                  % ", ".join(columns)).fetchone()
        db.execute("DELETE FROM usage WHERE usage_id = ?", (key,))
        payload = dict(zip(columns, values))
        messages.send(db, "m", self.map.file_of[self.to_team], "usage", payload)
        for _ in range(2):
            in_transaction(db, messages.take_back, "m", "usage", payload)
        self.assertEqual(db.execute("SELECT count(*) FROM usage").fetchone()[0], count)

    def test_what_is_no_transfer(self):
        same = [team for team in self.map.file_of if self.map.file_of[team]
                == self.map.file_of["T0"]][-1]
        for change, words in (({2: "nobody"}, "does not name the team"),
                              ({1: "no lot"}, "no shard has the lot"),
                              ({2: same}, "one shard holds both"),
                              ({3: "2025-01-01 00:00:00"}, "nothing to move"),
                              ({1: "lot T0 0", 3: "2025-11-30 00:00:00"}, "")):
            arguments = list(self.arguments)
            for place, value in change.items():
                arguments[place] = value
            with self.subTest(change=change):
                self.assertIn(words, self.error(command.transfer, self.map, *arguments[1:]))
                self.assertEqual(check.problems(self.map), [])

    def test_late_usage_corrects_what_came(self):
        command.transfer(self.map, *self.arguments[1:])
        values = ("T0a", 100, "2025-11-25 00:00:00", "late")
        single = self.open_single()
        for db in (self.of("T0"), single):
            db.execute(JOB, values)
            db.execute("SELECT settle()")
        self.assertEqual(self.rules(), [])
        command.settle(self.map, 2)
        self.assertEqual(check.problems(self.map), [])
        self.as_in_one_file()
        sent = self.of("T0").execute("SELECT version, units FROM shard_sent").fetchone()
        self.assertEqual(sent[0], 2)

    def test_an_app_that_changes_shard(self):
        single = self.open_single()
        row = world.row("app_team", client_id="T0a", team_id=self.to_team,
                        assigned_at="2025-06-01 00:00:00")
        single.execute(row)
        single.execute("SELECT settle()")
        command.share(self.map, row)
        for db in self.shards().values():
            db.execute("SELECT settle()")
        self.assertIn("foreign_usage", self.rules())
        command.settle(self.map, 2)
        self.assertEqual(check.problems(self.map), [])
        self.same_union()

    def test_a_client_retries_what_has_gone_over(self):
        """The row is not where the client left it: inserted again, it counts once."""
        single = self.open_single()
        row = world.row("app_team", client_id="T0a", team_id=self.to_team,
                        assigned_at="2025-06-01 00:00:00")
        job = ("T0a", 3, "2025-11-05 00:00:00", "again")
        for db in (single, self.of("T0")):
            db.execute(JOB, job)
        single.execute(row)
        single.execute("SELECT settle()")
        command.share(self.map, row)
        command.settle(self.map, 2)
        here = self.of("T0")
        for _ in range(2):
            here.execute(JOB, job)
            command.settle(self.map, 2)
            self.assertEqual(check.problems(self.map), [])
            self.same_union()
        here.execute(JOB, ("T0a", 4, *job[2:]))  # another fact by the same key
        before = self.of(self.to_team).execute("SELECT * FROM usage WHERE source_id = 'again'")
        before = before.fetchall()
        for _ in range(2):
            self.assertIn("another usage has it there, 'again'", self.error(command.settle,
                                                                            self.map, 2))
            self.assertIn("source_id_twice", self.rules())
        self.assertEqual(self.of(self.to_team).execute(
            "SELECT * FROM usage WHERE source_id = 'again'").fetchall(), before)
        here.execute("DELETE FROM usage WHERE source_id = 'again'")
        command.settle(self.map, 2)
        self.assertEqual(check.problems(self.map), [])
        self.same_union()

    def full(self, file):
        """No page more for this file, as on a full disk."""
        place = self.map.place(file)

        def opened(path, extension, mode):
            db = quick(path, extension, mode)
            if path == place:
                db.execute("VACUUM")
                pages = db.execute("PRAGMA page_count").fetchone()[0]
                db.execute("PRAGMA max_page_count = %d" % pages).fetchall()
            return db
        shard_map.connect = opened
        self.addCleanup(setattr, shard_map, "connect", quick)

    def test_the_disk_of_a_shard_is_full(self):
        """What goes there waits, and is there once when there is room."""
        for db in (self.open_single(), self.of(self.to_team)):
            for number in range(300):  # debts, which the lot pays: pages of entries
                db.execute(JOB, (self.to_team + "a", 1, "2025-11-05 00:00:00", "n%d" % number))
            db.execute("SELECT settle()")
        file = self.map.file_of[self.to_team]
        self.full(file)
        for _ in range(2):
            said = self.error(command.transfer, self.map, *self.arguments[1:])
            self.assertIn("disk is full, '%s'" % file, said)
        shard_map.connect = quick
        self.assertEqual(self.rules(), ["under_way"])
        command.deliver(self.map)
        self.assertEqual(check.problems(self.map), [])
        self.as_in_one_file()

    def test_killed_while_usage_goes_over(self):
        row = world.row("app_team", client_id="T0a", team_id=self.to_team,
                        assigned_at="2025-06-01 00:00:00")
        single = self.open_single()
        single.execute(row)
        single.execute("SELECT settle()")
        command.share(self.map, row)
        for at in (9, 25)[:KILLS]:
            self.assertIsNone(run_killed(at, "settle", self.path("map.db")))
        command.settle(self.map, 2)
        self.assertEqual(check.problems(self.map), [])
        self.same_union()

    def test_usage_without_a_key_goes_over_once(self):
        """Killed at each of the steps that a message takes: only its own id tells that it came."""
        row = world.row("app_team", client_id="T0a", team_id=self.to_team,
                        assigned_at="2025-06-01 00:00:00")
        single = self.open_single()
        for db in (single, self.of("T0")):
            db.execute("UPDATE usage SET source_id = NULL WHERE client_id = 'T0a'")
            db.execute("SELECT settle()")
        single.execute(row)
        single.execute("SELECT settle()")
        command.share(self.map, row)
        command.settle_side_by_side(self.map, 2)
        self.assertGreater(in_transaction(self.of("T0"), messages.route, self.map), 30)
        for at in range(30, 38):
            self.assertIsNone(run_killed(at, "deliver", self.path("map.db")))
        command.settle(self.map, 2)
        self.assertEqual(check.problems(self.map), [])
        one = {"single": single}
        self.assertEqual(self.views(self.shards(), "balance"), self.views(one, "balance"))
        self.assertEqual(sorted((row[1:] for row in self.views(self.shards(), "usage")), key=repr),
                         sorted((row[1:] for row in self.views(one, "usage")), key=repr))


class Shared(WithShards):
    count = 2
    RATE = world.row("rate_card", api="model-derivative", sku="complex",
                     effective_from="2025-06-01 00:00:00", tokens=0.75, per=1, unit="job")

    def test_in_all_of_them(self):
        single = self.open_single()
        single.execute(self.RATE)
        single.execute("SELECT settle()")
        command.share(self.map, self.RATE)
        command.settle(self.map, 2)
        self.assertEqual(check.problems(self.map), [])
        self.same_union()

    def test_a_client_asks_for_a_change_again(self):
        """Killed at each step, then asked for again by its id: it is made once."""
        words = ["UPDATE rate_card SET tokens = tokens * 2 WHERE sku = 'complex'", "double"]
        single = self.open_single()
        single.execute(words[0])
        single.execute("SELECT settle()")
        for at in range(1, 20, 20 // max(3, min(KILLS, 19))):
            run_killed(at, "share", self.path("map.db"), *words)
        for _ in range(2):
            command.share(self.map, *words)
        command.settle(self.map, 2)
        self.assertEqual(check.problems(self.map), [])
        self.same_union()
        self.assertIn("another statement, 'double'", self.error(command.share, self.map, self.RATE,
                                                                "double"))

    def test_a_new_team(self):
        lot = world.row("token_lot", team_id="T99", kind="flex_token", tokens=5,
                        purchased_at="2025-11-01 00:00:00")
        command.share(self.map, world.row("team", team_id="T99", account_id="A1"))
        self.assertEqual(self.rules(), ["team_unmapped"])
        self.error(self.of("T0").execute, lot)
        self.map.db.execute("INSERT INTO shard VALUES ('T99', ?)", (self.map.file_of["T0"],))
        self.map = ShardMap(self.path("map.db"), EXTENSION)
        self.assertEqual(self.rules(), ["team_missing"])
        command.deliver(self.map)
        self.of("T99").execute(lot)
        command.settle(self.map, 2)
        self.assertEqual(check.problems(self.map), [])

    def test_refused_in_one_it_is_made_in_none(self):
        db = self.map.open(self.map.files[-1])
        db.execute("CREATE TRIGGER no BEFORE INSERT ON rate_card BEGIN"
                   " SELECT RAISE(ABORT, 'not here'); END")
        with self.assertRaisesRegex(sqlite3.Error, "not here"):
            command.share(self.map, self.RATE)
        self.assertEqual(check.problems(self.map), [])
        self.assertEqual(self.map.db.execute("SELECT count(*) FROM shared_change").fetchone(), (0,))

    def test_killed_half_way(self):
        self.map.db.execute("INSERT INTO shared_change(sql) VALUES (?)", (self.RATE,))
        first = self.map.open(self.map.files[0])
        in_transaction(first, command.apply_change, 1, self.RATE)
        self.assertIn("shared_change", self.rules())
        self.assertIn("shared_facts", self.rules())
        command.deliver(self.map)
        command.deliver(self.map)
        for db in self.shards().values():
            db.execute("SELECT settle()")
        self.assertEqual(check.problems(self.map), [])


class SettlingIsKilled(WithShards):
    SCRIPT = r"""
import os, signal, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.enable_load_extension(True); db.load_extension(sys.argv[2])
count = 0
def step():
    global count
    count += 1
    if count == int(sys.argv[3]): os.kill(os.getpid(), signal.SIGKILL)
db.set_progress_handler(step, 100)
db.execute("INSERT INTO settlement(team_id) VALUES (NULL)")
print(count)
"""

    def add_tokens(self, file, tokens):
        """To every lot of a shard: all of it has to be settled again."""
        db = self.map.open(file)
        db.execute("UPDATE token_lot SET tokens = tokens + ? WHERE lot_id > 0", (tokens,))
        db.close()

    def settle_until(self, file, step):
        """None when it was killed, else how many steps it took."""
        done = subprocess.run([sys.executable, "-c", self.SCRIPT, self.path(file), EXTENSION,
                               str(step)], capture_output=True, text=True)
        return None if done.returncode == -signal.SIGKILL else int(done.stdout)

    def test_nothing_is_half_done(self):
        added, steps = {}, {}
        for file in self.map.files:
            self.add_tokens(file, 1)
            added[file], steps[file] = 1, self.settle_until(file, 0)
            self.assertGreater(steps[file], 50)
        for number in range(KILLS):
            file = self.map.files[number % len(self.map.files)]
            self.add_tokens(file, 1)
            added[file] += 1
            step = 1 + number * steps[file] * 9 // (10 * KILLS)
            self.assertIsNone(self.settle_until(file, step), step)
            db = self.map.open(file)
            self.assertEqual(db.execute("PRAGMA integrity_check").fetchone(), ("ok",))
            self.assertEqual(errors(db), [])
            db.close()
        for file, tokens in added.items():
            self.add_tokens(file, -tokens)
        command.settle(self.map, 2)
        self.assertEqual(check.problems(self.map), [])
        self.same_union()


if __name__ == "__main__":
    unittest.main()
