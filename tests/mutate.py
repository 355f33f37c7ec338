#!/usr/bin/python3
"""Changes one operator, constant or condition at a time, and sees whether a test notices.

    tests/mutate.py --mutants 40 [--seed 1] [--under ext/core]     a sample of all places
    tests/mutate.py --at ext/core/late.c:19                        all mutants of one line

The sources are copied into build/mutate, where each mutant is built and judged, cheapest judge first.
A mutant that compiles to the same library is none. One that nobody notices has survived: write the test
that it lacks, or say in tests/mutate.known why it changes nothing that can be seen, on a line
`FILE | the line of the source | what stands there instead | why`. Fails below 95 % killed.
"""
import argparse
import os
import random
import re
import resource
import shutil
import subprocess
import sys

TREE = 'build/mutate'
FILES = ['ext/core', 'ext/settle', 'ext/facts/facts.def']
PYTHON = '/usr/bin/python3' if os.access('/usr/bin/python3', os.X_OK) else sys.executable

SWAPS = [(' < ', ' <= '), (' <= ', ' < '), (' > ', ' >= '), (' >= ', ' > '), (' == ', ' != '), (' != ', ' == '),
         (' && ', ' || '), (' || ', ' && '), (' + ', ' - '), (' - ', ' + '), (' / ', ' * '), (' % ', ' / '),
         (' += ', ' -= '), (' -= ', ' += '), (' = true', ' = false'), (' = false', ' = true'),
         ('return true', 'return false'), ('return false', 'return true'), ('INT64_MAX', 'INT64_MIN'),
         # what a column and a change of it mean, in facts.def
         ('CHANGES', 'NOTHING'), (' | RATES', ''), (' | GUARDED', ''), ('.not_before', '.after'), ('.after', '.not_before'),
         ('MAYBE_NAME', 'NAME'), ('MAYBE_TIME', 'TIME'), (' MAYBE_AMOUNT', ' AMOUNT'), ('.rule = NAME', '.rule = MAYBE_NAME'),
         ('.rule = TIME', '.rule = MAYBE_TIME'), ('.rule = AMOUNT', '.rule = MAYBE_AMOUNT')]
NUMBER = re.compile(r'(?<![\w.%:"])(?<!SELECT )(\d+)(?![\w.])')    # SELECT 1 asks whether there is a row
NEGATION = re.compile(r'(?<=[ (])!(?=[\w(])')
CALL = re.compile(r'^ +[\w.>-]+\(.*\);$')
CONDITION = re.compile(r'\b(?:if|while) \((.+)\)(?: [^()]*;| \{)$')


def code_of(text):
    """The text with comments, includes and every string but SQL blanked, so that places stay where they are."""
    blank = lambda found: re.sub(r'[^\n]', '\x00', found.group())  # noqa: E731
    text = re.sub(r'/\*.*?\*/|^#.*?$', blank, text, flags=re.S | re.M)
    kept = [m.span() for m in re.finditer(r'char sql_\w+\[\] =.*?;\n', text, flags=re.S)]
    return re.sub(r'"(?:[^"\\\n]|\\.)*"', lambda m: m.group() if any(a < m.start() < b for a, b in kept)
                  or 'COLUMN(' in text[text.rfind('\n', 0, m.start()):m.start()] else blank(m), text)


def mutants_of(path):
    with open(path, encoding='utf-8') as file:
        text = file.read()
    for number, (line, code) in enumerate(zip(text.split('\n'), code_of(text).split('\n')), 1):
        spots = [(m.start(), m.end(), new) for old, new in SWAPS for m in re.finditer(re.escape(old), code)]
        spots += [(m.start(1), m.end(1), str(int(m.group(1)) + 1)) for m in NUMBER.finditer(code)]
        spots += [(m.start(), m.end(), '') for m in NEGATION.finditer(code)]
        spots += [(m.start(1), m.end(1), f'!({m.group(1)})') for m in CONDITION.finditer(code)]
        spots += [(0, len(line), ';') for _ in CALL.finditer(code)]
        yield from ((path, number, line, line[:start] + new + line[end:]) for start, end, new in spots)


def all_mutants(roots):
    for root in roots:
        paths = [root] if os.path.isfile(root) else [os.path.join(root, name) for name in sorted(os.listdir(root))]
        for path in paths:
            if path.endswith(('.c', '.def')):
                yield from mutants_of(path)


def limited():
    """A mutant may run for ever, or take all memory."""
    resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))


def passes(*command):
    try:
        return subprocess.run(command, cwd=TREE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=1800,
                              preexec_fn=limited).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def judges(path):
    """Name and command, in order of cost."""
    if path.startswith('ext/core'):
        yield 'unit', ['build/unit']
    if path.startswith('ext/facts'):
        yield 'missing', [PYTHON, '-m', 'unittest', 'discover', '-s', 'tests/clients', '-t', 'tests/clients',
                          '-p', 'test_missing.py']
    scripts = sorted(f'tests/sql/{name}' for name in os.listdir('tests/sql') if name.endswith('.sql'))
    for start in range(0, len(scripts), 9):
        yield 'sql', ['tests/sql/run.sh', '--trusted', 'OFF', *scripts[start:start + 9]]
    for model, seeds in [('run', 12), ('ahead', 20), ('payers', 12), ('closes', 10), ('deep', 3), ('forever', 2)]:
        yield model, [PYTHON, f'tests/model/{model}.py', '--extension', 'build/billing', '--seeds', str(seeds),
                      *(['--shrink', '0'] if model == 'run' else [])]


def long_judges(path):
    """Of those that are left, with --long: also by what is not freed, and by what the clients see."""
    yield 'fault', ['build/fault', '--faults', '40', '--kills', '1']
    yield 'clients', [PYTHON, '-m', 'unittest', 'discover', '-f', '-s', 'tests/clients', '-t', 'tests/clients',
                      '-p', 'test_[a-ce-oq-z]*.py']
    if path.startswith('ext/core') and shutil.which('valgrind'):
        yield 'valgrind', ['valgrind', '-q', '--leak-check=full', '--errors-for-leak-kinds=definite',
                           '--error-exitcode=9', 'build/unit', 'future', 'timeline']


def build():
    return passes('make', '-s', 'CFLAGS=-O1', 'CPPFLAGS=-w', 'CI=1', 'all', 'unit', 'build/fault')


def library():
    name = next(name for name in os.listdir(f'{TREE}/build') if name in ('billing.so', 'billing.dylib', 'billing.dll'))
    with open(f'{TREE}/build/{name}', 'rb') as file:
        return file.read()


def verdict(path, original, more):
    if not build():
        return 'not C'
    if library() == original:
        return 'the same'
    for name, command in [*judges(path), *(long_judges(path) if more else ())]:
        if not passes(*command):
            return 'killed by ' + name
    return 'SURVIVED'


def try_one(mutant, original, more):
    path, number, _, after = mutant
    copy = os.path.join(TREE, path)
    with open(path, encoding='utf-8') as file:
        lines = file.read().split('\n')
    lines[number - 1] = after
    try:
        with open(copy, 'w', encoding='utf-8') as file:
            file.write('\n'.join(lines))
        return verdict(path, original, more)
    finally:
        shutil.copyfile(path, copy)


def prepare():
    shutil.rmtree(TREE, ignore_errors=True)
    shutil.copytree('.', TREE, ignore=shutil.ignore_patterns('.git', 'build', 'node_modules'))
    if not build():
        sys.exit('mutate: the sources do not build as they are')
    for name, command in judges('ext/core'):
        if name in ('unit', 'sql') and not passes(*command):
            sys.exit(f'mutate: {name} fails without any change: {" ".join(command)}')
    return library()


def known():
    with open('tests/mutate.known', encoding='utf-8') as file:
        return {tuple(part.strip() for part in line.split(' | ')[:3]) for line in file if line[0] != '#'}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    parser.add_argument('--mutants', type=int, default=40)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--under', action='append', help='folders or files instead of ' + ', '.join(FILES))
    parser.add_argument('--at', help='FILE:LINE')
    parser.add_argument('--long', action='store_true', help='ask the slow judges too')
    options = parser.parse_args()
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
    if options.at:
        path, number = options.at.split(':')
        sample = [mutant for mutant in mutants_of(path) if mutant[1] == int(number)]
    else:
        every = list(all_mutants(options.under or FILES))
        sample = sorted(random.Random(options.seed).sample(every, min(options.mutants, len(every))))
        print(f'{len(sample)} of {len(every)} places', flush=True)
    original, explained, counts = prepare(), known(), {}
    for mutant in sample:
        said = try_one(mutant, original, options.long)
        if said == 'SURVIVED' and (mutant[0], mutant[2].strip(), mutant[3].strip()) in explained:
            said = 'explained'
        kind = said.split()[0]
        counts[kind] = counts.get(kind, 0) + 1
        print(f'{said:16} {mutant[0]}:{mutant[1]}\n    {mutant[2].strip()}\n    {mutant[3].strip()}', flush=True)
    killed, survived = counts.get('killed', 0), counts.get('SURVIVED', 0) + counts.get('explained', 0)
    print(', '.join(f'{count} {kind}' for kind, count in sorted(counts.items())))
    print(f'{100 * killed / max(1, killed + survived):.1f} % of {killed + survived} mutants killed')
    print(f"{killed} passed, {counts.get('SURVIVED', 0)} failed")
    return killed < 0.95 * (killed + survived) or counts.get('SURVIVED', 0) > 0


if __name__ == '__main__':
    sys.exit(main())
