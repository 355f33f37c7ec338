#!/usr/bin/python3
"""Settling side by side: --rows (1,000,000) usages of 200 teams whose sizes fall off as 1/rank,
loaded into 1, 2 and 4 shards, each settled from nothing. The ledgers of the shards together have to
be that of the one file, row by row.

    tests/cluster/bench_shards.py [--rows N] [--folder build/shards] [--jobs 2|1] [--kills 50]

With --jobs 1 the shards are settled one after the other, and what is printed is the processor time
of the busier of two cores: what a machine takes that does nothing else.

With --kills a settling shard of the last round is killed so often, at moments that a settle takes
to come to.
"""

import argparse
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time

import world
from world import EXTENSION, ROOT, SKUS, connect, row

import shards as command
import split_join
from shard_map import MAP, TABLES, ShardMap

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
                db.executescript("BEGIN;" + TABLES + ";".join(team_facts()) + ";COMMIT;")
                db.executemany("INSERT INTO shard_team VALUES (?)",
                               [(team,) for team in shards.teams_of(file)])
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


def kill_settling(shards, times, took):
    """The largest shard, all of it to be settled again."""
    file, source, killed = shards.files[0], random.Random(3), 0
    db = shards.open(file)
    db.execute("UPDATE token_lot SET tokens = tokens + 1 WHERE lot_id IN (SELECT lot_id"
               " FROM token_lot)")
    db.close()
    for _ in range(10 * times):
        if killed == times:
            break
        process = subprocess.Popen([sys.executable, os.path.join(ROOT, "samples", "shards",
                                                                 "shards.py"), "settle-one",
                                    shards.path, file],
                                   env=dict(os.environ, BILLING_EXTENSION=EXTENSION))
        try:
            process.wait(source.uniform(0.02, 0.9) * took)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
    db = shards.open(file)
    db.execute("UPDATE token_lot SET tokens = tokens - 1 WHERE lot_id IN (SELECT lot_id"
               " FROM token_lot)")
    db.close()
    command.settle_side_by_side(shards, 2)
    return killed


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


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1000000)
    parser.add_argument("--folder", default=os.path.join(ROOT, "build", "shards"))
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--kills", type=int, default=0)
    options = parser.parse_args()
    command.EXTENSION = os.environ["BILLING_EXTENSION"] = EXTENSION
    shutil.rmtree(options.folder, ignore_errors=True)
    os.makedirs(options.folder)
    single = first = None
    for count in (1, 2, 4):
        shards = make_map(os.path.join(options.folder, str(count)), count)
        load(shards, options.rows)
        began, spent = time.time(), []
        if options.jobs == 1:
            for file in shards.files:
                spent.append(processor_time(lambda: command.settle_side_by_side(
                    one_file(shards, file), 1)))
        else:
            command.settle_side_by_side(shards, options.jobs)
        took = time.time() - began
        took = busiest(spent) if spent else took
        if first is None:
            first, single = took, connect(shards.place(shards.files[0]))
        killed = kill_settling(shards, options.kills, took) if count == 4 else 0
        split_join.compare_ledgers(single, [(connect(shards.place(file)), 0, 0)
                                            for file in shards.files])
        print("%d rows, %d shards: %.2f s of %s, %.2f times as fast, %d kills, ledger equal"
              % (options.rows, count, took, "the busier core" if spent else "the clock",
                 first / took, killed), flush=True)


if __name__ == "__main__":
    main()
