#!/usr/bin/python3
"""Reading tables under the planner: random SELECTs give what they give over a plain copy of the
rows.

    /usr/bin/python3 tests/model/planner.py [--statements 2000] [--seed 1] [--seconds 0]
        [--extension build/billing] [--shell build/compat/oldest/sqlite3] [--verbose]

A small billing database is built (planner_data.py), every reading table is copied at a few
instants, and each statement runs twice: over the tables and over the copies. Answers are equal as
multisets, and as lists in the columns of ORDER BY. How a statement says which instant it means is
its *pin*; a pin has one of four duties:

    must    the answer of the copy
    may     the answer of the copy, or an error that starts with the table's name
    error   an error that starts with the table's name: a range of instants has no copy
    unseen  SQLite does not show the constraint to a virtual table: counted, the answer may differ

A failure is shrunk and printed with its seed. `--shell` runs the same through a sqlite3 shell, so
that other versions of SQLite can be tested than Python's.
"""

import argparse
import collections
import os
import random
import re
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from planner_data import BATCH, FixedCases, database_script  # noqa: E402
from planner_run import Python, Shell  # noqa: E402
from planner_sql import KINDS, Generator, shrunk  # noqa: E402


def sides(template):
    """A template as the two statements: `{name}` is a table, `[[a||b]]` a over it and b over its
    copy."""
    def take(side):
        text = re.sub(r'\[\[(.*?)\|\|(.*?)\]\]', lambda m: m.group(side), template, flags=re.S)
        return re.sub(r'\{(\w+)(@now)?\}', lambda m: m.group(1) if side == 1
                      else ('n_' if m.group(2) else 'c_') + m.group(1), text)
    return take(1), take(2)


def keys_of(rows, order):
    return [tuple(row[i] for i in order) for row in rows]


def verdict(duty, tables, order, live, copy):
    """'equal', 'error', 'unseen', or what is wrong: 'wrong', 'refused', 'answered', 'unnamed',
    'bad'."""
    if isinstance(copy, Exception):
        return 'bad'
    if isinstance(live, Exception):
        named = any(str(live).startswith(table + ': ') for table in tables)
        if duty == 'unseen':
            return 'error'
        if duty == 'must':
            return 'refused'
        return 'error' if named else 'unnamed'
    if duty == 'error':
        return 'answered' if live else 'equal'      # LIMIT 0: not a row was asked for
    equal = sorted(map(repr, live)) == sorted(map(repr, copy))
    if equal and order and keys_of(live, order) != keys_of(copy, order):
        equal = False
    if equal:
        return 'equal'
    return 'unseen' if duty == 'unseen' else 'wrong'


NEEDS_FULL_JOIN = ('join right', 'join full', 'pin outer', 'pin right')
WRONG = ('wrong', 'refused', 'answered', 'unnamed', 'bad')
MEANING = {'wrong': 'another answer than the copy gives', 'refused': 'an error where it must work',
           'answered': 'an answer where an error must show how to write it',
           'unnamed': 'an error that does not start with the name of a table',
           'bad': 'the copy itself fails: the test is wrong'}


class Check:
    """Runs statements, counts, and prints what failed."""

    def __init__(self, options):
        self.options = options
        self.tables, self.kinds = collections.Counter(), collections.Counter()
        self.broken = collections.Counter()     # kinds of the statements that failed
        self.outcomes = collections.defaultdict(collections.Counter)
        self.passed, self.failures = 0, collections.Counter()
        self.shown = collections.Counter()

    def judge(self, runner, statements):
        pairs = [sides(s.template()) for s in statements]
        flat = runner.answers([(sql, s.values) for s, pair in zip(statements, pairs)
                               for sql in pair])
        return [verdict(s.duty, s.tables, s.order_columns(), flat[2 * i], flat[2 * i + 1])
                for i, s in enumerate(statements)], flat

    def check(self, runner, statements, label):
        verdicts, flat = self.judge(runner, statements)
        for i, (statement, found) in enumerate(zip(statements, verdicts)):
            self.tables.update(set(statement.tables))
            self.kinds.update(statement.kinds)
            self.outcomes[statement.pin][found] += 1
            if found not in WRONG:
                self.passed += 1
                continue
            self.failures[(found, statement.pin)] += 1
            self.broken.update(k for k in statement.kinds if not k.startswith('pin '))
            if self.shown[(found, statement.pin)] < self.options.show:
                self.shown[(found, statement.pin)] += 1
                self.show(runner, statement, found, label)

    def show(self, runner, statement, found, label):
        def fails(candidate):
            return self.judge(runner, [candidate])[0][0] == found
        small = shrunk(statement, fails)
        live_sql, copy_sql = (runner.spelled(sql, small.values) for sql in sides(small.template()))
        live, copy = self.judge(runner, [small])[1]
        print(f'\n{label}, pin {small.pin}: {MEANING[found]}\n  {live_sql};\n    {told(live)}')
        if small.duty != 'error':
            print(f'  {copy_sql};\n    {told(copy)}')

    def missing(self, has_full_join, known):
        never = [f'table {t}' for t in known if not self.tables[t]]
        kinds = [k for k in KINDS if has_full_join or not k.startswith(NEEDS_FULL_JOIN)]
        return never + [f'kind {k}' for k in kinds if not self.kinds[k]]


def told(rows):
    if isinstance(rows, Exception):
        return f'error: {rows}'
    shown = sorted(map(repr, rows))
    return f'{len(rows)} rows: ' + ' '.join(shown[:6]) + (' …' if len(shown) > 6 else '')


def counts(title, counter):
    print(f'{title}: ' + ', '.join(f'{k} {v}' for k, v in sorted(counter.items())))


def play(options, check):
    """Statements on one database after another; a database's seed is the run's seed plus its
    number."""
    end = time.monotonic() + options.seconds if options.seconds else None
    done, number = 0, 0
    while (time.monotonic() < end) if end else (done < options.statements):
        seed = options.seed + number
        with tempfile.TemporaryDirectory() as folder:
            script = database_script(random.Random(f'data {seed}'))
            make = Shell if options.shell else Python
            runner = make(options.shell, options.extension, os.path.join(folder, 'billing.db'),
                          script)
            generator = Generator(random.Random(f'statements {seed}'), runner.tables, runner.values,
                                  runner.has_full_join, runner.has_right_arguments)
            if number == 0:
                print(f'SQLite {runner.version}, {len(runner.tables)} reading tables, '
                      f'first seed {options.seed}')
                check.check(runner, [FixedCases.statement(*case) for case in FixedCases.of(runner)],
                            'fixed case')
            count = BATCH if end else min(BATCH, options.statements - done)
            for first in range(0, count, runner.batch):
                size = min(runner.batch, count - first)
                check.check(runner, [generator.statement() for _ in range(size)], f'seed {seed}')
                done += size
            runner.close()
        number += 1
    return runner


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--statements', type=int, default=2000)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--seconds', type=float, default=0)
    parser.add_argument('--extension', default='build/billing')
    parser.add_argument('--shell')
    parser.add_argument('--show', type=int, default=1,
                        help='failures shown of each verdict and pin')
    parser.add_argument('--verbose', action='store_true', help='the outcome of each pin')
    options = parser.parse_args()
    check = Check(options)
    runner = play(options, check)
    counts('\ntables', check.tables)
    counts('kinds', check.kinds)
    outcome = collections.Counter()
    for found in check.outcomes.values():
        outcome.update(found)
    counts('outcomes', outcome)
    if options.verbose or check.failures:
        for pin, found in sorted(check.outcomes.items()):
            counts(f'  {pin}', found)
    if check.broken:
        counts('kinds in what failed', check.broken)
    failed = sum(check.failures.values())
    for name in check.missing(runner.has_full_join, [t.name for t in runner.tables]):
        print(f'never exercised: {name}')
        failed += 1
    print(f'{check.passed} passed, {failed} failed')
    return failed > 0


if __name__ == '__main__':
    sys.exit(main())
