"""Usage added up before it is billed: one row for each app, sku and hour. When that changes no
amount, and when it does.

Adding up is exact where a price is a plain multiple of the quantity, to the unit, and no rule looks
at a single event: see reasons(). An hour in which something else happens to the wallet (a lot
begins or ends, a price changes, a close) is cut at that instant: see pieces().
"""

from fractions import Fraction

UNITS = 3600000  # to a token
GRAIN = 10 ** 6  # quantities are exact to 6 decimals


def reasons(rate, grain=GRAIN):
    """Why usage at this row of the card must not be added up; none: it may. `grain`: quantities are
    multiples of 1/grain (1 for jobs and photos, which are counted)."""
    found = []
    if rate["rounding"] != "none":
        found.append("rounding: whole packages are counted for each event")
    if rate["minimum"]:
        found.append("minimum: it is billed for each event")
    if rate["tiers"]:
        found.append("tiers: which app pays the dearer part depends on the order of events")
    if (Fraction(str(rate["tokens"])) * UNITS / Fraction(str(rate["per"]))
        / grain).denominator != 1:
        found.append("price: a single event is rounded to the unit")
    return found


def pieces(events, instants):
    """Events of one hour by app, sku, outcome and the instants that lie between them: [(key,
    quantity, last time)]."""
    instants = sorted(instants)
    sums = {}
    for at, app, sku, outcome, quantity in events:
        part = sum(instant <= at for instant in instants)
        key = (at[:13], part, app, sku, outcome)
        before, last = sums.get(key, (Fraction(0), ""))
        sums[key] = before + Fraction(quantity), max(last, at)
    return [(key, quantity, last) for key, (quantity, last) in sorted(sums.items())]
