"""Settles in Python, between two statements: everything in order of time, then all entries at once.

Lots with their life, debts paid by the next lot. It ignores: rows that come late (a late row means
to start all over), every change of a fact, kinds that pay some apis only. All lots and debts are in
memory.
"""

import bisect
import collections

RATED = """
    SELECT u.usage_id, a.team_id, u.occurred_at, CAST(round(u.quantity * r.units_each) AS INTEGER)
    FROM usage u JOIN app_team a USING (client_id)
    JOIN rate r ON r.api = u.api AND r.sku = u.sku
      AND r.effective_from <= u.occurred_at AND u.occurred_at < r.effective_to
    WHERE u.outcome <> 'failed' ORDER BY u.occurred_at, u.usage_id"""


class Team:
    """What a team holds: lots in draw order, [order, lot_id, expires_at, free], and what it
    owes."""

    def __init__(self):
        self.lots = []
        self.owed = collections.deque()


def buy(team, lot, entries):
    """A new lot: pays the oldest debts first."""
    lot_id, _, rank, units, purchased_at, expires_at = lot
    free = units
    while free and team.owed:
        owed = team.owed[0]
        part = min(free, owed[1])
        entries.append((owed[0], lot_id, part, purchased_at))
        free -= part
        owed[1] -= part
        if not owed[1]:
            team.owed.popleft()
    bisect.insort(team.lots, [(rank, expires_at, units, purchased_at, lot_id), lot_id, expires_at,
                              free])


def draw(team, usage_id, at, wanted, entries):
    """A usage: takes from the first lots that are alive."""
    lots = team.lots
    while wanted and lots:
        lot = lots[0]
        if lot[2] <= at or not lot[3]:
            lots.pop(0)
            continue
        part = min(lot[3], wanted)
        entries.append((usage_id, lot[1], part, at))
        lot[3] -= part
        wanted -= part
    if wanted:
        team.owed.append([usage_id, wanted])


def settle(database):
    """Fill `entry` and `debt` from the facts."""
    teams = collections.defaultdict(Team)
    entries = []
    lots = collections.deque(database.execute(
        "SELECT lot_id, team_id, kind_rank, units, purchased_at, expires_at FROM token_lot"
        " ORDER BY purchased_at, kind_rank, expires_at, units, lot_id"))
    for usage_id, team_id, at, units in database.execute(RATED):
        while lots and lots[0][4] <= at:
            lot = lots.popleft()
            buy(teams[lot[1]], lot, entries)
        draw(teams[team_id], usage_id, at, units, entries)
    database.execute("BEGIN")
    database.executemany("INSERT INTO entry VALUES (?, ?, ?, ?)", entries)
    database.executemany("INSERT INTO debt VALUES (?, ?, ?, NULL)", (
        (usage_id, team_id, units) for team_id, team in teams.items() for usage_id,
        units in team.owed))
    database.execute("COMMIT")
