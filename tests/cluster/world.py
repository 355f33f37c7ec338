"""A seeded world of facts for the tests of shards, replicas, backups and standbys: skewed teams,
debts, late rows, moves, voids, apps that change team, a close. Each statement is one line of a
log."""

import os
import random
import sqlite3
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
EXTENSION = os.path.abspath(os.environ.get("EXTENSION", os.path.join(ROOT, "build", "billing")))
sys.path.insert(0, os.path.join(ROOT, "samples", "shards"))
sys.path.insert(0, os.path.join(ROOT, "samples"))

SKUS = [("model-derivative", "rvt"), ("model-derivative", "dwg"), ("design-automation", "revit"),
        ("reality-capture", "photo"), ("viewer", None)]
AT = "2025-12-31 00:00:00"
LEDGER = ("SELECT usage_id, lot_id, units, charged_ms, sum(units) OVER"
          " (PARTITION BY lot_id ORDER BY charged_ms, lot_used) FROM ledger_entry"
          " ORDER BY lot_id, charged_ms, lot_used")


def connect(path, mode="rwc"):
    db = sqlite3.connect("file:%s?mode=%s" % (path, mode), isolation_level=None, uri=True)
    db.enable_load_extension(True)
    db.load_extension(EXTENSION)
    db.enable_load_extension(False)
    db.execute("PRAGMA synchronous = OFF")
    return db


def literal(value):
    return "NULL" if value is None else repr(value) if not isinstance(
        value, str) else "'%s'" % value


def row(table, **values):
    return "INSERT INTO %s(%s) VALUES (%s)" % (table, ", ".join(values),
                                               ", ".join(map(literal, values.values())))


class World:
    def __init__(self, seed=1, teams=12, usage=2000, close=True):
        self.source = random.Random(seed)
        self.teams = ["T%d" % n for n in range(teams)]
        self.usage = usage
        self.number = 0
        self.log = self.facts()
        self.log += [self.use() for _ in range(usage)]
        self.log += self.later(close)

    def when(self, first=1, last=330):
        day = self.source.randrange(first, last)
        month, of_month = 1 + day // 28, 1 + day % 28
        return "2025-%02d-%02d %02d:%02d:%02d" % (min(month, 12), of_month,
                                                  self.source.randrange(24),
                                                  self.source.randrange(60),
                                                  self.source.randrange(60))

    def facts(self):
        lines = [row("account", account_id="A%d" % n, country=country) for n,
                 country in enumerate(("JP", "US", "DE", None))]
        for n, team in enumerate(self.teams):
            lines.append(row("team", team_id=team, account_id="A%d" % (n % 4), name="team %d" % n))
            for app in ("a", "b"):
                lines.append(row("app", client_id=team + app, account_id="A%d" % (n % 4)))
                lines.append(row("app_team", client_id=team + app, team_id=team,
                                 assigned_at="2024-01-01 00:00:00"))
        for n, team in enumerate(self.teams):
            for lot in range(4):
                lines.append(row("token_lot", lot_id=n * 10 + lot + 1, team_id=team,
                                 kind=self.source.choice(("flex_token", "cloud_credit",
                                                          "adjustment")),
                                 tokens=self.source.randrange(5, 6 + self.usage // (8 * (n + 1))),
                                 purchased_at=self.when(1, 300),
                                 source_id="lot %s %d" % (team, lot)))
        return lines

    def use(self, **more):
        """Sizes of teams fall off as 1/rank."""
        self.number += 1
        team = self.teams[min(int(1 / self.source.uniform(1 / len(self.teams), 1)) - 1,
                              len(self.teams) - 1)]
        api, sku = self.source.choice(SKUS)
        values = {"client_id": team + self.source.choice("ab"), "api": api, "sku": sku,
                  "quantity": self.source.choice((1, 1, 2, 5, 60)), "occurred_at": self.when(),
                  "outcome": self.source.choice(("success",) * 9 + ("failed",)),
                  "source_id": "u%d" % self.number}
        values.update(more)
        return row("usage", **values)

    def later(self, close):
        """Moves inside pairs of teams, a void, a changed lot, deleted and changed usage, a close,
        late rows."""
        lines = ["INSERT INTO settlement(team_id) VALUES (NULL)"]
        for n in range(0, len(self.teams) - 1, 2):
            lines.append(row("lot_move", lot_id=n * 10 + 1, team_id=self.teams[n + 1],
                             moved_at="2025-12-01 00:00:00"))
            lines.append(row("unblock", team_id=self.teams[n], unblocked_at="2025-11-20 00:00:00"))
        lines += ["UPDATE token_lot SET voided_at = '2025-12-05 00:00:00' WHERE lot_id = 12",
                  "UPDATE token_lot SET tokens = tokens + 7 WHERE lot_id = 23",
                  "DELETE FROM usage WHERE source_id = 'u5'",
                  "UPDATE usage SET quantity = 40 WHERE source_id = 'u9'",
                  row("app_team", client_id="T0b", team_id="T2", assigned_at="2025-10-01 00:00:00"),
                  row("budget", team_id="T0", tokens=50, starts_at="2025-05-01 00:00:00"),
                  row("contact", account_id="A0", address="a@example.org"),
                  "INSERT INTO settlement(team_id) VALUES (NULL)",
                  self.use(client_id="nobody"), self.use(api="unheard-of")]
        lines += [self.use() for _ in range(self.usage // 20)]
        lines.append("INSERT INTO settlement(team_id) VALUES (NULL)")
        if close:
            lines.append(row("period_close", team_id=self.teams[-1],
                             closed_until="2025-12-06 00:00:00"))
        return lines

    def play(self, db):
        db.execute("SELECT billing_install()").fetchall()
        db.execute("BEGIN")
        for line in self.log:
            db.execute(line)
        db.execute("COMMIT")


READING = ["wallet_balance WHERE at = '%s'" % AT, "lot_balance WHERE at = '%s'" % AT, "ledger",
           "usage_status WHERE at = '%s'" % AT, "uncharged_usage WHERE at = '%s'" % AT,
           "usage_daily WHERE at = '%s'" % AT,
           "unrated_usage", "month_statement WHERE month = '2025-11'",
           "budget_status WHERE at = '%s'" % AT]


def reading(db):
    """What every reading table says at one instant."""
    return {name: sorted(db.execute("SELECT * FROM " + name).fetchall(), key=repr)
            for name in READING}


def ledger(db):
    return db.execute(LEDGER).fetchall()


def facts(db):
    from shard_map import FACTS
    return {name: sorted(db.execute("SELECT * FROM " + name).fetchall(), key=repr)
            for name in FACTS + ["contact"]}


def errors(db):
    return db.execute("SELECT rule, subject, detail FROM billing_check"
                      " WHERE severity = 'error'").fetchall()


def difference(got, expected):
    """The first row that is not in both, of lists of rows or of tables by name; None when they are
    equal. unittest would compare 50,000 lines of text with each other, which does not end."""
    if got == expected:
        return None
    if isinstance(expected, dict):
        names = sorted(name for name in {*got, *expected} if got.get(name) != expected.get(name))
        return "%s: %s" % (names[0], difference(got.get(names[0], []), expected.get(names[0], [])))
    for number, (ours, theirs) in enumerate(zip(got, expected)):
        if ours != theirs:
            return "row %d is %r and not %r" % (number, ours, theirs)
    return "%d rows and not %d, the first that one lacks is %r" % (
        len(got), len(expected), max(got, expected, key=len)[min(len(got), len(expected))])
