"""Exact amounts and instants for the oracle: no floats, no clock.

An amount is an int of units, 1 token = 3,600,000 units. An instant is an int of
milliseconds since 1970 UTC; its text is 'YYYY-MM-DD HH:MM:SS[.SSS]'.
"""
import re
from datetime import datetime, timedelta
from fractions import Fraction
from functools import lru_cache

UNIT = 3_600_000
DAY = 24 * 3600 * 1000
EPOCH = datetime(1970, 1, 1)
SPELLING = re.compile(r'(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{3}))?\Z')
MODIFIER = re.compile(r'([+-]?\d+) (year|month|day|hour|minute|second)s?\Z')


def half_up(value):
    """Nearest integer of a Fraction that is not negative; a half goes up."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


@lru_cache(maxsize=1 << 16)
def exact(number):
    """The decimal that a user typed, not the binary fraction nearest to it."""
    return Fraction(repr(number)) if isinstance(number, float) else Fraction(number)


@lru_cache(maxsize=1 << 16)
def units(tokens):
    """Tokens (int, float, Fraction) as whole units."""
    return half_up(exact(tokens) * UNIT)


@lru_cache(maxsize=1 << 16)
def quantity_of(number):
    """A quantity, exact to 6 decimals."""
    return Fraction(half_up(exact(number) * 10**6), 10**6)


@lru_cache(maxsize=1 << 16)
def parse(text):
    """Canonical text to milliseconds; None stays None."""
    if text is None:
        return None
    match = SPELLING.match(text)
    if not match or match.group(7) == '000':
        raise ValueError(f'time: not canonical UTC, {text!r}')
    year, month, day, hour, minute, second, milli = (int(g or 0) for g in match.groups())
    moment = datetime(year or 400, month, day, hour, minute, second)
    shift = 0 if year else 146_097 * DAY    # the calendar repeats every 400 years
    return (moment - EPOCH) // timedelta(milliseconds=1) + milli - shift


def text_of(instant):
    """Milliseconds to canonical text; None stays None."""
    if instant is None:
        return None
    moment = EPOCH + timedelta(milliseconds=instant)
    milli = instant % 1000
    return moment.strftime('%Y-%m-%d %H:%M:%S') + (f'.{milli:03d}' if milli else '')


def add_term(instant, modifier):
    """SQLite's date rule: months and years keep the day, an impossible day runs over (Q15)."""
    match = MODIFIER.match(modifier.strip())
    if not match:
        raise ValueError(f'term: not understood, {modifier!r}')
    count, name = int(match.group(1)), match.group(2)
    if name in ('year', 'month'):
        moment = EPOCH + timedelta(milliseconds=instant)
        months = moment.year * 12 + moment.month - 1 + count * (12 if name == 'year' else 1)
        first = datetime(months // 12, months % 12 + 1, 1)
        within = moment - datetime(moment.year, moment.month, 1)
        return (first + within - EPOCH) // timedelta(milliseconds=1)
    span = {'day': DAY, 'hour': DAY // 24, 'minute': 60_000, 'second': 1000}[name]
    return instant + count * span
