"""Grows one quantity at a time and prints how the cost of a piece of work grows with it.

    /usr/bin/python3 tests/bench/growth.py --extension build/billing
    /usr/bin/python3 tests/bench/growth.py --extension build/billing --only later,ended --scale 0.1

QUANTITIES has a row for each: what grows, its sizes, a function that makes a database of that size,
and the work that is timed in it. The exponent is the slope of log(cost) over log(size), fitted: 0
means that the cost does not depend on the quantity, 1 that it is linear. A row may name a limit;
`make bench-growth` ends with status 1 when one is broken. All work is done in a transaction that is
rolled back, several times; the lower quartile counts.
"""
import argparse
import math
import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections import namedtuple
from datetime import datetime, timedelta

START = datetime(2025, 1, 1)
TOKEN_SECONDS = 1800  # a second of automation costs 1/1800 of a token
INSERT = ("INSERT INTO usage(client_id, api, sku, quantity, occurred_at)"
          " VALUES ('app', 'design-automation', 'revit', ?, ?)")


def at(seconds):
    return (START + timedelta(seconds=seconds)).strftime('%Y-%m-%d %H:%M:%S')


class World:
    """A team with an app. The clock of `spread` runs from the first second of 2025 on."""

    def __init__(self, path, extension):
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.enable_load_extension(True)
        self.db.load_extension(os.path.abspath(extension))
        self.db.executescript("""
            PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536;
            SELECT billing_install();
            INSERT INTO account(account_id, name, country) VALUES ('account', 'One', 'JP');
            INSERT INTO team(team_id, account_id, name) VALUES ('team', 'account', 'Team');
            INSERT INTO app(client_id, name, account_id) VALUES ('app', 'App', 'account');
            INSERT INTO app_team(client_id, team_id, assigned_at)
              VALUES ('app', 'team', '2020-01-01 00:00:00');
        """)

    def lot(self, tokens, begins=-86400, ends=20 * 365 * 86400):
        self.db.execute('INSERT INTO token_lot(team_id, kind, tokens, purchased_at, expires_at)'
                        " VALUES ('team', 'flex_token', ?, ?, ?)", (tokens, at(begins), at(ends)))

    def usage(self, instants, quantity=1):
        self.db.execute('BEGIN')
        self.db.executemany(INSERT, ((quantity, at(second)) for second in instants))
        self.db.execute('COMMIT')

    def settle(self):
        self.db.execute('SELECT settle()').fetchone()

    def autosettle(self):
        self.db.execute('SELECT billing_autosettle(1)').fetchone()

    def insert(self, second, quantity=1):
        self.db.execute(INSERT, (quantity, at(second)))


# ---- worlds of a size, and work in them ----

LAST = 10_000_000  # the instant of the last usage


def with_later(world, size):
    """One lot that suffices, and `size` entries in the time after LAST / 2."""
    world.lot(1_000_000)
    world.usage([0] + [LAST // 2 + i * (LAST // 2) // size for i in range(1, size + 1)])
    world.settle()
    world.autosettle()


def with_ended(world, size):
    """`size` lots that ended before the year, each with a payment, and one that suffices."""
    for i in range(size):
        world.lot(1, -(size - i) * 3600 - 10, -(size - i) * 3600 + 3000)
    world.lot(1_000_000)
    world.usage([-(size - i) * 3600 + 60 for i in range(size)]
                + [LAST // 2 + i for i in range(100)])
    world.settle()
    world.autosettle()


def with_alive(world, size):
    """`size` lots that are alive and untouched."""
    for i in range(size):
        world.lot(100, -86400 + i)
    world.usage([LAST // 2 + i for i in range(100)])
    world.settle()
    world.autosettle()


def with_debts(world, size):
    """No lot but a small one, and `size` usage rows that are owed, one of them before all."""
    world.lot(1)
    world.usage([0, 1] + [LAST // 2 + i * (LAST // 2) // size for i in range(1, size + 1)],
                TOKEN_SECONDS)
    world.settle()
    world.autosettle()


def with_instant(world, size):
    """`size` rows of one instant, and one after it."""
    world.lot(1_000_000)
    world.usage([LAST // 2] * size + [LAST])
    world.settle()
    world.autosettle()


def with_late(world, size):
    """A lot with 20,000 entries, `size` rows of which came late."""
    world.lot(1_000_000)
    world.usage([LAST // 2 + i * 200 for i in range(20000)])
    world.settle()
    world.autosettle()
    world.usage([LAST // 2 + (i * 7919 % 20000) * 200 + 100 for i in range(size)])


def with_share(world, share):
    """100,000 rows of 100 teams over a year, `share` percent of which arrive a month late; nothing
    is settled."""
    for i in range(100):
        world.db.execute("INSERT INTO team(team_id, account_id) VALUES (?, 'account')", (f't{i}',))
        world.db.execute("INSERT INTO app(client_id, account_id) VALUES (?, 'account')", (f'a{i}',))
        world.db.execute("INSERT INTO app_team VALUES (?, ?, '2020-01-01 00:00:00')",
                         (f'a{i}', f't{i}'))
        world.db.execute("INSERT INTO token_lot(team_id, kind, tokens, purchased_at)"
                         " VALUES (?, 'flex_token', 100000, '2024-12-01 00:00:00')", (f't{i}',))
    world.db.execute("WITH RECURSIVE k(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM k"
                     " WHERE i < 99999)"
                     " INSERT INTO usage(client_id, api, sku, quantity, occurred_at)"
                     " SELECT 'a' || (i * 7919 % 100), 'design-automation', 'revit', 1 + i % 3,"
                     "  datetime(1735689600 + i * 315 - iif(i % 100 < ?, 2592000, 0), 'unixepoch')"
                     " FROM k", (share,))


def with_rates(world, size):
    """50,000 rows of one api, whose skus are as many as its rates; nothing is settled."""
    world.lot(1_000_000)
    world.db.execute("INSERT INTO api(api, premium) VALUES ('many', 1)")
    world.db.execute("WITH RECURSIVE k(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM k WHERE i < ?)"
                     " INSERT INTO rate_card(api, sku, effective_from, tokens)"
                     " SELECT 'many', 'sku-' || i, '2020-01-01 00:00:00', 0.01 FROM k", (size,))
    world.db.execute("WITH RECURSIVE k(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM k"
                     " WHERE i < 49999)"
                     " INSERT INTO usage(client_id, api, sku, quantity, occurred_at)"
                     " SELECT 'app', 'many', 'sku-' || (1 + i * 7919 % ?), 1,"
                     "  datetime(1735689600 + i * 60, 'unixepoch') FROM k", (size,))


def with_settled(world, size):
    """The same of 90,000 rows, settled, and `size` rows dated in the month before the last of
    them."""
    with_share(world, 0)
    world.db.execute('DELETE FROM usage WHERE usage_id > 90000')
    world.settle()
    world.db.execute("WITH RECURSIVE k(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM k WHERE i < ?)"
                     " INSERT INTO usage(client_id, api, sku, quantity, occurred_at)"
                     " SELECT 'a' || (i * 7919 % 100), 'design-automation', 'revit', 1 + i % 3,"
                     "  datetime(1735689600 + 90000 * 315 - 2592000 + i * 2592000 / ?, 'unixepoch')"
                     " FROM k", (size, size))


def settle(world):
    world.settle()


def settle_after_change(world):
    """A new fact, so that the catalogue is loaded again."""
    world.db.execute("INSERT INTO team(team_id, account_id) VALUES ('new', 'account')")
    world.settle()


def late_row(world):
    world.insert(LAST // 4)


def row_of_instant(world):
    world.insert(LAST // 2)


def row_on_time(world):
    world.insert(LAST + 1)


def purchase(world):
    world.lot(500, LAST + 10)
    world.settle()


def late_hundred(world):
    for i in range(100):
        world.insert(LAST // 4 + i * 10)


def balance_late(world):
    world.db.execute("SELECT balance FROM wallet_balance('team', ?)", (at(LAST // 2 + 1_000_100),
                     )).fetchone()


# `most` is the largest exponent that is right; None: it is shown and not judged.
Quantity = namedtuple('Quantity', 'name what sizes world work most')

QUANTITIES = [
    Quantity('later', 'a late row, by later entries of its lot',
             (3000, 30000, 150000, 500000), with_later, late_row, 0.25),
    Quantity('later-on-time', 'beside it: a row on time',
             (3000, 30000, 150000, 500000), with_later, row_on_time, 0.25),
    Quantity('ended', 'a purchase, by lots that ended before it',
             (2, 50, 1000), with_ended, purchase, 0.5),
    Quantity('ended-late', 'a late row, by lots that ended before it',
             (2, 50, 1000), with_ended, late_row, 0.5),
    Quantity('alive', 'a purchase, by lots that are alive',
             (2, 50, 1000), with_alive, purchase, 1.1),
    Quantity('debts', 'a late row that is owed, by later debts',
             (100, 1000, 10000), with_debts, late_row, 1.1),
    Quantity('debts-late', 'a hundred late rows that are owed, by later debts',
             (100, 1000, 10000), with_debts, late_hundred, 1.1),
    Quantity('instant', 'a late row, by rows of its instant',
             (100, 1000, 10000, 100000), with_instant, row_of_instant, 0.25),
    Quantity('late', 'a late row, by rows that came late before it',
             (100, 1000, 10000), with_late, late_row, 0.25),
    Quantity('share', 'settle() of 100,000 rows, by percent that arrive a month late',
             (1, 10, 50), with_share, settle, 0.25),
    Quantity('rates', 'settle() of 50,000 rows of one api, by its rates',
             (10, 1000, 10000), with_rates, settle_after_change, 0.25),
    Quantity('late-bulk', 'settle() of rows of the last month after 90,000 others, by rows',
             (1000, 3000, 10000),
             with_settled, settle, 1.1),
    Quantity('late-balance', 'a balance, by rows that came late',
             (100, 1000, 10000), with_late, balance_late, 0.25),
]


def slope(sizes, costs):
    """Of the line that fits best through (log size, log cost)."""
    x = [math.log(size) for size in sizes]
    y = [math.log(cost) for cost in costs]
    mean_x, mean_y = statistics.mean(x), statistics.mean(y)
    return (sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y)) / sum(
        (a - mean_x) ** 2 for a in x))


def time_of(world, work, seconds):
    """The lower quartile of the processor time that it takes: what else the machine does only adds
    to it."""
    taken = []
    begin = time.perf_counter()
    while len(taken) < 5 or (len(taken) < 50 and time.perf_counter() - begin < seconds):
        world.db.execute('BEGIN IMMEDIATE')
        start = time.process_time()
        work(world)
        taken.append(time.process_time() - start)
        world.db.execute('ROLLBACK')
        if sum(taken) > 10 * seconds:
            break
    return statistics.quantiles(taken, n=4)[0]


def shown(seconds):
    return (f'{seconds * 1e6:.0f} µs' if seconds < 1e-3 else f'{seconds * 1e3:.2f} ms'
            if seconds < 1 else f'{seconds:.2f} s')


def measure(quantity, options):
    """The costs, one per size."""
    costs = []
    for size in quantity.sizes:
        with tempfile.TemporaryDirectory(prefix='growth-') as folder:
            world = World(os.path.join(folder, 'growth.db'), options.extension)
            quantity.world(world, max(1, int(size * options.scale)))
            costs.append(time_of(world, quantity.work, options.seconds))
            world.db.close()
    return costs


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--extension', default='build/billing')
    parser.add_argument('--only', help='names, with commas between them')
    parser.add_argument('--scale', type=float, default=1, help='a part of each size')
    parser.add_argument('--seconds', type=float, default=1,
                        help='for each size, after the first runs')
    options = parser.parse_args()
    names = options.only.split(',') if options.only else [quantity.name for quantity in QUANTITIES]
    broken = 0
    print('| quantity | work | sizes | takes | exponent | at most |')
    print('|---|---|---|---|--:|--:|')
    for quantity in [q for q in QUANTITIES if q.name in names]:
        costs = measure(quantity, options)
        exponent = slope(quantity.sizes, costs)
        fails = quantity.most is not None and exponent > quantity.most
        broken += fails
        print(f"| {quantity.name} | {quantity.what} | "
              f"{' / '.join(f'{size:,}' for size in quantity.sizes)} |"
              f" {' / '.join(shown(cost) for cost in costs)} | **{exponent:.2f}** |"
              f" {'' if quantity.most is None else quantity.most}{' ✗' if fails else ''} |",
              flush=True)
    sys.exit(broken > 0)


if __name__ == '__main__':
    main()
