#!/usr/bin/python3
"""Writes three months of made-up usage as CSV; the same file every time.

    /usr/bin/python3 samples/make_usage.py > samples/usage.csv

A civil engineering office near Tokyo: people work on weekdays from 09:00 to 18:30 (00:00 to 09:30
UTC), hardly at all in Golden Week and on Marine Day, and more in July than in May. On 2025-07-01
the Design Automation API takes its new name, Automation API, and so do its rows.
"""

import csv
import datetime
import random
import sys

FIRST, LAST = datetime.date(2025, 5, 1), datetime.date(2025, 7, 31)
HOLIDAYS = {datetime.date(2025, 5, day) for day in (3, 4, 5, 6)} | {datetime.date(2025, 7, 21)}
RENAMED = datetime.date(2025, 7, 1)
BUSY = {5: 0.85, 6: 1.0, 7: 1.25}
JOBS = ("J-2507", "J-2511", "J-2518", "J-2520")

# client id, api, jobs on a usual weekday, (sku, weight) ..., share of failures, people
STREAMS = (
    ("viewer", "model-derivative", 12,
     (("rvt", 34), ("dwg", 30), ("ifc", 12), ("nwd", 9), ("RVT", 2), ("rfa", 5), ("pdf", 8)),
     0.03, ("hana", "kenji", "mei")),
    ("plotter", "design-automation", 7, (("autocad", 6), ("revit", 3), ("inventor", 1)),
     0.05, ("kenji", "ravi")),
    ("checker", "model-derivative", 4, (("ifc", 40), ("nwc", 25), ("skp", 20), ("stp", 15)),
     0.02, ("sofia", "ravi")),
    ("scanner", "reality-capture", 1.2, (("photo", 1),), 0.06, ("sofia", "taro")),
)

_random = random.Random(20250730).random  # the one call whose results Python promises to keep


def whole(low, high):
    """A whole number from low to high, both included."""
    return low + int(_random() * (high - low + 1))


def pick(weighted):
    """One of the (value, weight) pairs' values."""
    at = _random() * sum(weight for _, weight in weighted)
    for value, weight in weighted:
        at -= weight
        if at < 0:
            return value
    return weighted[-1][0]


def jobs_on(day, usual):
    """How many jobs a stream has on a day."""
    if day in HOLIDAYS or day.weekday() == 6:
        return 0
    share = 0.1 if day.weekday() == 5 else BUSY[day.month] * (0.7 + 0.6 * _random())
    return int(usual * share + _random())


def quantity(api, sku):
    """Seconds, photos or jobs of one row."""
    if api == "design-automation":
        return whole(20, 90) if sku == "autocad" else whole(60, 420)
    return whole(40, 260) if api == "reality-capture" else 1


def rows():
    """All rows, in no order."""
    day = FIRST
    while day <= LAST:
        for client, api, usual, skus, failing, people in STREAMS:
            for _ in range(jobs_on(day, usual)):
                at = datetime.datetime.combine(day, datetime.time()) + datetime.timedelta(
                    seconds=whole(0, 34199))
                sku = pick(skus)
                failed = _random() < failing
                yield (at, client, api, sku, quantity(api, sku),
                       "failed" if failed else "success",
                       people[whole(0, len(people) - 1)],
                       JOBS[whole(0, 3)] if _random() < 0.8 else "")
        day += datetime.timedelta(days=1)


def main():
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(("source_id", "client_id", "api", "sku", "quantity", "occurred_at", "outcome",
                  "user_id", "label"))
    for number, row in enumerate(sorted(rows()), 1):
        at, client, api, sku, amount, outcome, user, label = row
        if api == "design-automation" and at.date() >= RENAMED:
            api = "automation"
        out.writerow((f"s-{number:05d}", client, api, sku, amount,
                      at.strftime("%Y-%m-%dT%H:%M:%SZ"), outcome, user, label))


if __name__ == "__main__":
    main()
