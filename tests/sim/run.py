#!/usr/bin/python3
"""The figures of docs/guides/scaling.md, each derived here from a seed or measured by counting,
never by a clock. Every row `name` | value of the guide's tables is compared; a figure without a
row, and a row without a figure, fails."""

import os
import random
import re
import sys
import tempfile
from fractions import Fraction

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(ROOT, "tests", "cluster")]

from world import connect, row  # noqa: E402

from aggregate import UNITS, pieces, reasons  # noqa: E402

GUIDE = os.path.join(ROOT, "docs", "guides", "scaling.md")
YEAR = 365 * 86400
verdicts = []


def verdict(name, holds, detail=""):
    verdicts.append(bool(holds))
    if not holds:
        print("failed: %s %s" % (name, detail))


def job(number, app, sku, quantity, at, outcome="success"):
    return row("usage", usage_id=number, client_id=app, api="x", sku=sku, quantity=quantity,
               occurred_at=at, outcome=outcome)


def file(rates, teams=1, lots=((100000, "2025-01-01 00:00:00", None),)):
    """A file in memory with an api x whose skus are `rates`."""
    db = connect(":memory:")
    db.execute("SELECT billing_install()").fetchall()
    db.execute("BEGIN")
    for line in [row("account", account_id="a", country="US"), row("api", api="x", premium=1)]:
        db.execute(line)
    for sku, rate in rates.items():
        db.execute(row("rate_card", api="x", sku=sku, effective_from="2020-01-01 00:00:00",
                       tokens=rate["tokens"],
                       per=rate["per"], unit="piece", rounding=rate["rounding"],
                       minimum=rate["minimum"]))
        for above, tokens in rate["tiers"]:
            db.execute(row("rate_tier", api="x", sku=sku, effective_from="2020-01-01 00:00:00",
                           above=above, tokens=tokens))
    for n in range(teams):
        db.execute(row("team", team_id="t%d" % n, account_id="a"))
        for app in "ab":
            db.execute(row("app", client_id="t%d%s" % (n, app), account_id="a"))
            db.execute(row("app_team", client_id="t%d%s" % (n, app), team_id="t%d" % n,
                           assigned_at="2020-01-01 00:00:00"))
        for tokens, since, until in lots:
            db.execute(row("token_lot", team_id="t%d" % n, kind="flex_token", tokens=tokens,
                           purchased_at=since, expires_at=until))
    return db


def rate(tokens, per=1, rounding="none", minimum=0, tiers=()):
    return {"tokens": tokens, "per": per, "rounding": rounding, "minimum": minimum, "tiers": tiers}


# ---- adding up ----


def times(source, count):
    return sorted("2025-03-%02d %02d:%02d:%02d" % (source.randrange(1, 4), source.randrange(24),
                                                   source.randrange(60),
                                                   source.randrange(60)) for _ in range(count))


def events_of(source, count, skus, most):
    return [(at, "t0" + source.choice("ab"), source.choice(skus), "failed" if source.random() < 0.05
             else "success", source.randrange(1, most)) for at in times(source, count)]


def amounts(rates, usage, lots):
    """Units by lot, by sku and app, and what is owed at the end, as the extension settles them."""
    db = file(rates, lots=lots)
    for number, (at, app, sku, outcome, quantity) in enumerate(usage):
        db.execute(job(number + 1, app, sku, float(quantity), at, outcome))
    db.execute("INSERT INTO settlement(team_id) VALUES (NULL)")
    got = (db.execute("SELECT lot_id, sum(units) FROM ledger_entry GROUP BY 1"
                      " ORDER BY 1").fetchall(),
           db.execute("SELECT client_id, sku, units(sum(tokens)) FROM usage_status GROUP BY 1, 2"
                      " ORDER BY 1, 2").fetchall(),
           db.execute("SELECT units(balance) FROM wallet_balance"
                      " WHERE at = '2025-04-01 00:00:00'").fetchall())
    db.execute("COMMIT")
    db.close()
    return got


def added_up(events, instants=()):
    return [(last, app, sku, outcome, quantity) for (_, _, app, sku, outcome), quantity,
            last in pieces(events, instants)]


def adding_up():
    """Where reasons() finds none every amount stays; where it finds one, an amount that changes is
    shown."""
    source, factor = random.Random(1), []
    cut = "2025-03-02 12:30:00"
    lots = ((40, "2025-01-01 00:00:00", cut), (25, "2025-03-02 18:15:00", None),
            (30, "2025-02-01 00:00:00", None))
    for number in range(6):
        rates = {"one": rate(source.choice((0.5, 0.1, 2))),
                 "two": rate(source.choice((2, 6)), 3600), "three": rate(1, 50)}
        verdict("may be added up", not any(reasons(one, 1) for one in rates.values()))
        events = events_of(source, 400, list(rates), 5)
        together = added_up(events, (cut, "2025-03-02 18:15:00"))
        factor.append(len(events) / len(together))
        verdict("adding up changes nothing", amounts(rates, together,
                                                     lots) == amounts(rates, events, lots), number)
    changes = {"rounding": rate(1, 50, "up"), "minimum": rate(0.5, 1, "none", 3),
               "tiers": rate(0, 1, "none", 0, ((20, 1.0), (50, 0.5), (90, 3.0), (150, 1.0),
                                               (300, 4.0))),
               "price": rate(1, 7)}
    for name, one in changes.items():
        verdict("refused: " + name, any(reason.startswith(name) for reason in reasons(one, 1)))
        tries = [events_of(source, 400, ["one"], 5) for _ in range(3)]
        verdict("an amount changes: " + name, any(
            amounts({"one": one}, added_up(events), lots[2:]) != amounts(
                {"one": one}, events, lots[2:])
            for events in tries))
    events = [("2025-03-02 12:10:00", "t0a", "one", "success", 30),
              ("2025-03-02 12:50:00", "t0a", "one", "success", 30)]
    verdict("an hour that is not cut changes amounts",
            amounts({"one": rate(1)}, added_up(events), lots) != amounts(
                {"one": rate(1)}, events, lots))
    verdict("an hour that is cut does not",
            amounts({"one": rate(1)}, added_up(events, (cut,)), lots) == amounts(
                {"one": rate(1)}, events, lots))
    verdict("it adds up at all", min(factor) > 1)


def published():
    """Which published rates may be added up: (may, of how many), by the grain that the service
    counts in."""
    db = connect(":memory:")
    db.execute("SELECT billing_install()").fetchall()
    may = total = 0
    for unit, tokens, per, rounding, minimum, tiers in db.execute(
            "SELECT unit, tokens, per, rounding, minimum, EXISTS (SELECT 1 FROM rate_tier t"
            " WHERE (t.api, t.sku,"
            " t.effective_from) = (c.api, c.sku, c.effective_from)) FROM rate_card c"
            " WHERE tokens NOT NULL"):
        total += 1
        may += not reasons({"tokens": tokens, "per": per, "rounding": rounding, "minimum": minimum,
                            "tiers": tiers}, 1000)
    db.close()
    return may, total


# ---- what a file holds, by counting ----


def steps(db, sql):
    """Steps of SQLite's machine, in tens: as good as time, and the same in every run."""
    count = [0]

    def step():
        count[0] += 1
    db.set_progress_handler(step, 10)
    db.execute(sql).fetchall()
    db.set_progress_handler(None, 0)
    return count[0]


def grown(path, rows):
    """A file of ten teams with `rows` usages, settled: (bytes, steps of a balance as of the middle,
    lates settled)."""
    db = connect(path)
    db.execute("SELECT billing_install()").fetchall()
    memory = file({"one": rate(0.5)}, teams=10)
    for table in ("account", "api", "rate_card", "team", "app", "app_team", "token_lot"):
        names = [one[1] for one in memory.execute("PRAGMA table_info(%s)" % table)]
        db.executemany("INSERT OR IGNORE INTO %s VALUES (%s)"
                       % (table, ", ".join("?" * len(names))),
                       [one for one in memory.execute("SELECT * FROM " + table)
                        if table not in ("api", "rate_card") or "x" in one])
    memory.close()
    db.execute("BEGIN")
    db.executemany("INSERT INTO usage(client_id, api, sku, quantity, occurred_at, source_id)"
                   " VALUES (?, 'x', 'one', 1, ?, ?)",
                   (("t%d%s" % (n % 10, "ab"[n % 2]), "2025-%02d-%02d %02d:%02d:%02d" % (
                       1 + n * 12 // rows, 1 + (n * 336 // rows) % 28, n // 3600 % 24, n // 60 % 60,
                       n % 60), "usage %08d" % n)
                    for n in range(rows)))
    db.execute("COMMIT")
    db.execute("INSERT INTO settlement(team_id) VALUES (NULL)")
    db.execute("VACUUM")
    size = os.path.getsize(path)
    balance = steps(db, "SELECT balance FROM wallet_balance('t3', '2025-06-15 00:00:00')")
    db.close()
    return size, balance


def one_file(figures):
    with tempfile.TemporaryDirectory() as folder:
        small, large = (grown(os.path.join(folder, str(rows)), rows) for rows in (5000, 20000))
    figures["bytes_per_usage"] = round((large[0] - small[0]) / 15000, -1)
    figures["balance_steps_growth"] = round(large[1] / small[1], 1)
    figures["rows_in_100_gb"] = "%.1e" % (100e9 / figures["bytes_per_usage"])


# ---- 10^12 events a year ----


def fleet(figures):
    """1,000,000 teams whose events fall off as 1/rank; an app and sku that is used at all is used
    in a tenth of the hours of a year; three pairs of them a team, and one more for every tenfold of
    events."""
    events, teams, shards = 10 ** 12, 10 ** 6, 64
    harmonic = sum(1 / rank for rank in range(1, teams + 1))
    source = random.Random(2)
    raw, together = [], []
    for rank in range(1, teams + 1):
        share = events / harmonic / rank
        pairs = 3 + len(str(int(share))) - 4
        raw.append(share)
        together.append(min(share, pairs * 8760 * source.uniform(0.05, 0.15)))
    figures["events_per_second"] = "%d" % round(events / YEAR, -2)
    figures["rows_after_adding_up"] = "%.1e" % sum(together)
    figures["rows_per_second"] = "%d" % round(sum(together) / YEAR, -1)
    figures["added_up_to_one"] = "%d" % round(sum(raw) / sum(together), -1)
    figures["largest_team_raw"] = "%.1f %%" % (100 * max(raw) / sum(raw))
    figures["largest_team_added_up"] = "%.4f %%" % (100 * max(together) / sum(together))
    figures["fullest_shard_raw"] = "%.1f" % fullest(raw, shards)
    figures["fullest_shard_added_up"] = "%.2f" % fullest(together, shards)
    figures["rows_per_shard"] = "%.1e" % (sum(together) / shards)
    verdict("a year of a shard fits", sum(together) / shards < float(figures["rows_in_100_gb"]))


def fullest(sizes, shards):
    """The fullest shard beside the mean, teams dealt out by a hash, the thousand largest by
    hand."""
    source, loads = random.Random(3), [0.0] * shards
    for size in sorted(sizes, reverse=True)[:1000]:
        loads[loads.index(min(loads))] += size
    for size in sorted(sizes, reverse=True)[1000:]:
        loads[source.randrange(shards)] += size
    return max(loads) * shards / sum(loads)


# ---- late data ----


def late(figures):
    """How many of a team's 1,200 rows of a year are settled again for one late row, by its age in
    months, with a close up to a month ago and without."""
    again = {}
    for closed in (False, True):
        for months in (1, 6, 11):
            db = file({"one": rate(0.5)}, lots=((20, "2024-12-01 00:00:00", None),) * 30)
            for n in range(1200):
                db.execute(job(n + 1, "t0a", "one", 1, "2025-%02d-%02d 00:%02d:00"
                               % (1 + n // 100, 1 + n % 28, n % 60)))
            db.execute("INSERT INTO settlement(team_id) VALUES (NULL)")
            if closed:
                db.execute(row("period_close", team_id="t0", closed_until="2025-12-01 00:00:00"))
            db.execute(job(5000, "t0a", "one", 500, "2025-%02d-14 12:00:00" % (13 - months)))
            again[closed, months] = db.execute("SELECT settle()").fetchone()[0]
            verdict("late rows settle", not db.execute("SELECT 1 FROM billing_check"
                                                       " WHERE severity = 'error'").fetchall())
            db.execute("ROLLBACK")
            db.close()
    figures["again_after_11_months"] = again[False, 11]
    figures["again_after_1_month"] = again[False, 1]
    figures["again_with_a_close"] = max(count for (closed, _), count in again.items() if closed)


def compare(figures):
    with open(GUIDE, encoding="utf-8") as guide:
        said = dict(re.findall(r"^\| `(\w+)` \| ([^|]+?) \|", guide.read(), re.M))
    for name in sorted(set(said) | set(figures)):
        verdict("scaling.md " + name, str(figures.get(name)).removesuffix(".0") == said.get(name),
                "simulated %s, the guide says %s" % (figures.get(name), said.get(name)))


def main():
    figures = {}
    adding_up()
    may, total = published()
    figures["published_rates_added_up"] = "%d of %d" % (may, total)
    one_file(figures)
    fleet(figures)
    late(figures)
    compare(figures)
    print("%d passed, %d failed" % (sum(verdicts), len(verdicts) - sum(verdicts)))
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
