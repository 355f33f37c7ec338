#!/usr/bin/python3
"""Settling side by side: --rows (1,000,000) usages of 200 teams whose sizes fall off as 1/rank,
loaded into 1, 2 and 4 shards, each settled from nothing. The ledgers of the shards together have to
be that of the one file, row by row, and their views by text keys likewise.

    tests/cluster/bench_shards.py [--rows N] [--folder build/shards] [--jobs 2|1] [--least 1.6]
        [--kills 50] [--transfers 20]

With --jobs 1 the shards are settled one after the other, and what is printed is the processor time
of the busier of two cores: what a machine takes that does nothing else. --least is how many times
as fast 2 shards have to be.

With --kills a settling shard of the last round is killed so often, at moments that a settle takes
to come to. With --transfers so many lots go from shard to shard there, and each is killed between
two steps, delivered, and asked for again; the single file has the same then.
"""

import argparse
import hashlib
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time

from killed import run_killed
from world import EXTENSION, ROOT, SKUS, connect, row

import check
import shards as command
import split_join
import union
from shard_map import MAP, ShardMap

TEAMS = 200
WEIGHTS = [1 / (rank + 1) for rank in range(TEAMS)]


def team_facts():
    yield row("account", account_id="a", country="US")
    for n in range(TEAMS):
        yield row("team", team_id="t%03d" % n, account_id="a")
        yield row("app", client_id="c%03d" % n, account_id="a")
        yield row("app_team", client_id="c%03d" % n, team_id="t%03d" % n,
                  assigned_at="2023-01-01 00:00:00")


def lots(count):
    """About as much as is used, in four purchases."""
    for n, weight in enumerate(WEIGHTS):
        for quarter in range(4):
            yield n, (n * 4 + quarter + 1, "t%03d" % n, "flex_token",
                      max(1.0, round(count * weight / sum(WEIGHTS) / 8)),
                      "2024-%02d-01 00:00:00" % (1 + 3 * quarter), "lot %d %d" % (n, quarter))


def usage(count):
    source = random.Random(9)
    teams = source.choices(range(TEAMS), WEIGHTS, k=count)
    for number, team in enumerate(teams):
        second = number * 31536000 // count + (source.randrange(86400) if number % 100 == 0 else 0)
        at = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(1704067200 + second))
        api, sku = SKUS[source.randrange(4)]
        yield team, (number + 1, "c%03d" % team, api, sku, source.randrange(1, 3), at,
                     "u%d" % number)


def load(shards, count):
    """Pre-split: each row goes to the file of its team."""
    file_of = [shards.file_of["t%03d" % n] for n in range(TEAMS)]
    for sql, rows in (
            ("INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at, source_id)"
             " VALUES (?, ?, ?, ?, ?, ?)", list(lots(count))),
            ("INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at, source_id)"
             " VALUES (?, ?, ?, ?, ?, ?, ?)", list(usage(count)))):
        for file in shards.files:
            db = connect(shards.place(file))
            if not db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'team'").fetchone():
                db.execute("SELECT billing_install()").fetchall()
                db.executescript("BEGIN;" + ";".join(team_facts()) + ";COMMIT;")
                split_join.make_tables(db, shards, file)
            db.execute("BEGIN")
            db.executemany(sql, (values for team, values in rows if file_of[team] == file))
            db.execute("COMMIT")
            db.close()


def make_map(folder, count):
    os.mkdir(folder)
    db = connect(os.path.join(folder, "map.db"))
    db.executescript(MAP)
    loads = [0.0] * count
    for n, weight in enumerate(WEIGHTS):
        least = loads.index(min(loads))
        loads[least] += weight
        db.execute("INSERT INTO shard VALUES (?, ?)", ("t%03d" % n, "shard-%d.db" % (least + 1)))
    db.close()
    return ShardMap(os.path.join(folder, "map.db"), EXTENSION)


def add_tokens(shards, file, tokens):
    """To every lot: all of the shard has to be settled again."""
    db = shards.open(file)
    db.execute("UPDATE token_lot SET tokens = tokens + ? WHERE lot_id IN (SELECT lot_id"
               " FROM token_lot)", (tokens,))
    db.close()


def settle_one(shards, file, seconds=None):
    """Its status; killed after so many seconds."""
    process = subprocess.Popen([sys.executable, os.path.join(ROOT, "samples", "shards",
                                                             "shards.py"), "settle-one",
                                shards.path, file],
                               env=dict(os.environ, BILLING_EXTENSION=EXTENSION))
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
    return process.wait()


def kill_settling(shards, times):
    """The largest shard. Returns how often it was killed, and how often while it wrote."""
    file, source, killed, writing, added = shards.files[0], random.Random(3), 0, 0, 2
    add_tokens(shards, file, 1)
    began = time.time()
    settle_one(shards, file)
    took = time.time() - began
    add_tokens(shards, file, 1)
    for _ in range(10 * times):
        if killed == times:
            break
        if settle_one(shards, file, source.uniform(0.2, 1) * took) == -signal.SIGKILL:
            killed += 1
            writing += os.path.exists(shards.place(file) + "-journal")
        else:
            add_tokens(shards, file, 1)
            added += 1
    add_tokens(shards, file, -added)
    command.settle_side_by_side(shards, 2)
    if killed < times or writing == 0:
        sys.exit("%d kills of a settling shard, %d while it wrote, and not %d"
                 % (killed, writing, times))
    return killed, writing


AFTER = "2024-11-15 00:00:00"


def movable_lots(shards, times):
    """(lot, from, to): lots with something left, each of another team, to teams of other shards."""
    teams = sorted(shards.file_of)
    found = []
    for file in shards.files:
        db = shards.open(file, "ro")
        found += db.execute("SELECT min(t.source_id), t.team_id FROM token_lot t"
                            " JOIN lot_balance b USING (lot_id) WHERE b.at = ? AND b.remaining > 0"
                            " AND b.state = 'open' AND t.team_id > 't010' GROUP BY 2",
                            (AFTER,)).fetchall()
        db.close()
    source = random.Random(5)
    for lot, home in source.sample(sorted(found), times):
        yield lot, home, source.choice([team for team in teams if team > "t010"
                                        and shards.file_of[team] != shards.file_of[home]])


def move_in_single(db, lot, team, id):
    """What a transfer does, in one file."""
    units, kind, expires = db.execute(
        "SELECT units(b.remaining), b.kind, b.expires_at FROM token_lot t"
        " JOIN lot_balance b USING (lot_id) WHERE t.source_id = ? AND b.at = ?",
        (lot, AFTER)).fetchone()
    db.execute("UPDATE token_lot SET voided_at = ? WHERE source_id = ?", (AFTER, lot))
    db.execute("INSERT INTO token_lot(team_id, kind, tokens, purchased_at, expires_at, source_id)"
               " VALUES (?, ?, tokens(?), ?, ?, ?)", (team, kind, units, AFTER, expires, id))
    db.execute("INSERT INTO settlement(team_id) VALUES (NULL)")


def kill_transfers(shards, single, times):
    """Each is killed before another of its steps. Returns how many were completed by deliver, the
    others being undone by it."""
    completed, steps = 0, None
    for number, (lot, home, team) in enumerate(movable_lots(shards, times + 1)):
        words = [lot, team, AFTER, "move %d" % number]
        if steps is None:
            steps = run_killed(10 ** 9, "transfer", shards.path, *words)
        else:
            step = 1 + (number - 1) * (steps - 1) // max(1, times - 1)
            if run_killed(step, "transfer", shards.path, *words) is not None:
                sys.exit("transfer %d was not killed before step %d" % (number, step))
            command.deliver(shards)
            there = shards.open(shards.file_of[team], "ro")
            came = there.execute("SELECT count(*) FROM token_lot WHERE source_id = ?",
                                 words[3:]).fetchone()[0]
            there.close()
            completed += came
            command.transfer(shards, *words)
        move_in_single(single, lot, team, words[3])
    wrong = check.problems(shards)
    if wrong:
        sys.exit("after the transfers: %r" % wrong[:3])
    if not 0 < completed < times:
        sys.exit("%d of %d transfers were completed: the kills test nothing" % (completed, times))
    return completed


def digests(files):
    """Of each view: how many rows, and a sum of their hashes, whatever their order."""
    found = {}
    for table in union.VIEWS:
        count = total = 0
        for row in union.rows_of(files, table, "2025-01-01 00:00:00"):
            count += 1
            total += int.from_bytes(hashlib.blake2b(repr(row).encode(), digest_size=16).digest(),
                                    "big")
        found[table] = (count, total % 2 ** 128)
    return found


def same_views(shards, expected):
    files = shards.open_all("ro")
    found = digests(files)
    for db in files.values():
        db.close()
    if found != expected:
        sys.exit("the views of %d shards are not those of one file: %r, %r"
                 % (len(shards.files), found, expected))


def processor_time(work):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def busiest(spent, cores=2):
    """The longest first, each to the core that has least."""
    loads = [0.0] * cores
    for seconds in sorted(spent, reverse=True):
        loads[loads.index(min(loads))] += seconds
    return max(loads)


def one_file(shards, file):
    part = ShardMap(shards.path, EXTENSION)
    part.files = [file]
    return part


def settle_all(shards, jobs):
    """How long it took, and how long each shard, if one after the other was settled."""
    began = time.time()
    if jobs > 1:
        command.settle_side_by_side(shards, jobs)
        return time.time() - began, []
    spent = [processor_time(lambda: command.settle_side_by_side(one_file(shards, file), 1))
             for file in shards.files]
    return busiest(spent), spent


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1000000)
    parser.add_argument("--folder", default=os.path.join(ROOT, "build", "shards"))
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--least", type=float, default=0)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--transfers", type=int, default=0)
    return parser.parse_args()


def say(text):
    print(text, flush=True)


def main():
    options = arguments()
    command.EXTENSION = os.environ["BILLING_EXTENSION"] = EXTENSION
    shutil.rmtree(options.folder, ignore_errors=True)
    os.makedirs(options.folder)
    single = None
    for count in (1, 2, 4):
        shards = make_map(os.path.join(options.folder, str(count)), count)
        load(shards, options.rows)
        took, spent = settle_all(shards, options.jobs)
        if single is None:
            first, single = took, connect(shards.place(shards.files[0]))
            expected = digests({"single": single})
            if expected["ledger"][0] < options.rows / 2:
                sys.exit("%d entries of %d rows: too few are paid"
                         % (expected["ledger"][0], options.rows))
        split_join.compare_ledgers(single, [(connect(shards.place(file)), 0, 0)
                                            for file in shards.files])
        same_views(shards, expected)
        say("%d rows, %d entries, %d shards: %.2f s of %s, %.2f times as fast; ledger and views"
            " equal%s" % (options.rows, expected["ledger"][0], count, took,
                          "the busier core" if spent else "the clock", first / took,
                          "; of each shard " + ", ".join("%.2f" % one for one in spent)
                          if spent else ""))
        if count == 2 and first / took < options.least:
            sys.exit("2 shards are %.2f times as fast, and not %.2f" % (first / took,
                                                                        options.least))
    if options.kills:
        kills = kill_settling(shards, options.kills)
        same_views(shards, expected)
        say("%d kills of a settling shard, %d of them while it wrote; views equal" % kills)
    if options.transfers:
        completed = kill_transfers(shards, single, options.transfers)
        same_views(shards, digests({"single": single}))
        say("%d transfers killed between steps, %d of them completed and the others undone by"
            " deliver, then asked for again; views equal" % (options.transfers, completed))


if __name__ == "__main__":
    main()
