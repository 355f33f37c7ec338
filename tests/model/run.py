"""Random histories through the extension and through the oracle; everything must agree.

    /usr/bin/python3 tests/model/run.py --seeds 200 --extension build/billing
    /usr/bin/python3 tests/model/run.py --seed 17         one history again, shrunk when it fails
    /usr/bin/python3 tests/model/run.py --seconds 600     as many as fit
    /usr/bin/python3 tests/model/run.py --seeds 5000 --brief    a few facts each, compared at fewer
                                                          instants: many more in the same time
    /usr/bin/python3 tests/model/run.py --seed 17 --save name    keeps the shrunk script in fixed/

Every script in fixed/ runs first. A failure prints its seed, the differences and the shortest
statements that still show it, and ends with status 1. Last line: 'N passed, N failed'.
"""
import argparse
import json
import os
import shutil
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from compare import INSTANTS, Comparison  # noqa: E402
from histories import THEMES, TURNS, script_of, theme_of  # noqa: E402
from sql_side import Failure, Player, make_template  # noqa: E402

FIXED = os.path.join(HERE, 'fixed')
SHOWN = 6


class Bench:
    """A template database and a scratch file, used for every script of a run."""

    def __init__(self, extension, folder):
        self.extension = os.path.join(folder, 'billing')
        self.template = os.path.join(folder, 'template.db')
        self.path = os.path.join(folder, 'scratch.db')
        self.refused, self.checks = {}, 0
        self.take(extension)
        make_template(self.extension, self.template)

    def take(self, extension):
        """A copy, so that a rebuild in the meantime does no harm."""
        for suffix in ('', '.so', '.dylib', '.dll'):
            if os.path.isfile(extension + suffix):
                ending = os.path.splitext(extension + suffix)[1]
                shutil.copy(extension + suffix, self.extension + ending)
                return
        sys.exit(f'extension: not found, {extension}, build it first: make')

    def play(self, script, strict=True):
        """None when all agrees, else a Failure; with the statements that led to it."""
        for suffix in ('', '-journal', '-wal', '-shm'):
            if os.path.exists(self.path + suffix):
                os.remove(self.path + suffix)
        player = Player(self.extension, self.path, self.template, dict(script['setup']), strict)
        player.on_check = lambda p: self.compare(p, script['seed'], 'brief' in script)
        failure = None
        try:
            player.play(script['ops'])
            player.do_check(player.db, {})
            again = player.db.execute('SELECT settle()').fetchone()[0]
            if again != 0:
                raise Failure('not idempotent', f'a second settle() returned {again}')
        except Failure as found:
            failure = found
        except Exception as error:      # an error where none is due is a finding too
            failure = Failure(f'{type(error).__name__}', f'{player.trace[-1]}\n  {error}')
            failure.__cause__ = error
        player.close()
        for key, count in player.refused.items():
            self.refused[key] = self.refused.get(key, 0) + count
        return failure, player.trace

    def compare(self, player, seed, brief):
        stored = facts_differ(player.shadow.rows, player.read_facts())
        if stored:
            raise Failure('facts', '\n'.join(stored[:SHOWN]))
        comparison = Comparison(player.db, player.shadow.rows, seed, player.shadow.book,
                                2 if brief else INSTANTS)
        lines = comparison.all()
        self.checks += comparison.checks
        if lines:
            more = f'\n... and {len(lines) - SHOWN} more' if len(lines) > SHOWN else ''
            name = lines[0].split('(')[0].split(' ')[0]
            raise Failure('mismatch in ' + name, '\n'.join(lines[:SHOWN]) + more)


def facts_differ(expected, actual):
    """The fact tables must hold exactly what was written, nothing filled in, nothing lost."""
    lines = []
    for table, rows in expected.items():
        want = sorted(repr(sorted((k, plain(v)) for k, v in r.items())) for r in rows)
        names = set().union(*rows) if rows else set()
        have = sorted(repr(sorted((k, plain(v)) for k, v in r.items() if k in names or not names))
                      for r in actual[table])
        lines += [f'{table}: lost {w}' for w in want if w not in have]
        lines += [f'{table}: unexpected {h}' for h in have if h not in want]
    return lines


def plain(value):
    return float(value) if isinstance(value, int) else value


# ---- shrinking ---------------------------------------------------------------------------


def shorter(ops):
    """Scripts with less in them: halves, then single ops, then brackets opened."""
    size = len(ops)
    while size >= 1:
        for start in range(0, len(ops), size):
            yield ops[:start] + ops[start + size:]
        size //= 2
    for index, op in enumerate(ops):
        if 'body' in op:
            for body in shorter(op['body']):
                yield ops[:index] + [dict(op, body=body)] + ops[index + 1:]
            if not op.get('rollback'):
                yield ops[:index] + op['body'] + ops[index + 1:]


def shrink(bench, script, kind, seconds):
    """Drop what the failure does not need, for at most so many seconds."""
    deadline, best = time.time() + seconds, script
    progress = True
    while progress and time.time() < deadline:
        progress = False
        for ops in shorter(best['ops']):
            if time.time() > deadline:
                break
            candidate = dict(best, ops=ops)
            failure, _ = bench.play(candidate, strict=False)
            if failure is not None and failure.kind == kind:
                best, progress = candidate, True
                break
    return best


def report(bench, name, script, failure, trace, options):
    print(f'FAILED {name}: {failure.kind}\n{failure.detail}\n')
    if failure.kind == 'refused':
        print('\n'.join(trace[-5:]))
        return script
    small = shrink(bench, script, failure.kind, options.shrink)
    failure, trace = bench.play(small, strict=False)
    print(f"-- shrunk to {len(small['ops'])} steps; setup {json.dumps(small['setup'])}")
    print('\n'.join(trace))
    print(f'-- {failure.kind}\n{failure.detail}\n')
    return small


# ---- main --------------------------------------------------------------------------------


def fixed_scripts():
    for name in sorted(os.listdir(FIXED)):
        if name.endswith('.json'):
            with open(os.path.join(FIXED, name), encoding='utf-8') as file:
                yield f'fixed/{name}', json.load(file)


def seeded_scripts(options):
    if options.seed is not None:
        seeds = [options.seed]
    elif options.seconds:
        seeds = range(options.first, options.first + 10**9)
    else:
        seeds = range(options.first, options.first + options.seeds)
    for seed in seeds:
        yield f'seed {seed}', script_of(seed, options.tame, options.theme or theme_of(seed),
                                       options.brief)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--extension', default=os.path.join(HERE, '..', '..', 'build', 'billing'))
    parser.add_argument('--seeds', type=int, default=100)
    parser.add_argument('--first', type=int, default=1, help='first seed')
    parser.add_argument('--seed', type=int)
    parser.add_argument('--seconds', type=float, help='time budget instead of a number')
    parser.add_argument('--shrink', type=float, default=60, help='seconds spent on shrinking')
    parser.add_argument('--save', help='store the shrunk script under this name in fixed/')
    parser.add_argument('--keep-going', action='store_true', help='report every failing seed')
    parser.add_argument('--theme', choices=sorted({*THEMES, *TURNS}),
                        help='one sort of history only')
    parser.add_argument('--brief', action='store_true', help='a few facts each')
    parser.add_argument('--tame', action='store_true', help='leave out contested corners')
    parser.add_argument('--verbose', action='store_true')
    return parser.parse_args()


def save(name, script, failure):
    path = os.path.join(FIXED, name + '.json')
    with open(path, 'w', encoding='utf-8') as file:
        json.dump(dict(script, about=failure.detail.split('\n')[0]), file, indent=1,
                  ensure_ascii=False)
    print(f'saved {path}')


def main():
    options = arguments()
    passed = failed = 0
    started = time.time()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(os.path.abspath(options.extension), folder)
        scripts = list(fixed_scripts()) if options.seed is None and not options.brief else []
        for source in (scripts, seeded_scripts(options)):
            for name, script in source:
                if options.seconds and time.time() - started > options.seconds:
                    break
                failure, trace = bench.play(script)
                if failure is None:
                    passed += 1
                    continue
                failed += 1
                small = report(bench, name, script, failure, trace, options)
                if options.save:
                    save(options.save, small, failure)
                if not options.keep_going:
                    break
            if failed and not options.keep_going:
                break
        if options.verbose:
            for key, count in sorted(bench.refused.items(), key=lambda item: -item[1]):
                print(f'refused {count} times: {" ".join(key)}')
        print(f'{bench.checks} comparisons in {time.time() - started:.0f} s; '
              f'repeat one with --seed N')
    print(f'{passed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
