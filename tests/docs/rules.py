"""The rules: docs/rules.md and the tests of tests/sql/ name the same ones.

A row of the document names rules and test files: each rule is named by a comment of one of the
files, each file names one of the rules. And what any comment there names has its row.

Paths are from the top of the tree, which run.py makes the current folder.
"""

import os
import re

RULES = "docs/rules.md"
TESTS = "tests/sql"


def rules_in(text):
    """D65-D69 is five rules."""
    found = set()
    for kind, first, last in re.findall(r"\b([DQ])(\d+)(?:-[DQ](\d+))?\b", text):
        found.update(f"{kind}{number}" for number in range(int(first), int(last or first) + 1))
    return found


def rules_of_tests():
    """The rules that the comments of each test name."""
    named = {}
    for name in sorted(os.listdir(TESTS)):
        test, extension = os.path.splitext(name)
        if extension == ".sql":
            with open(os.path.join(TESTS, name), encoding="utf-8") as file:
                comments = re.findall(r"^-- .*", file.read(), re.MULTILINE)
            named[test] = rules_in("\n".join(comments))
    return named


def rows_of_document():
    """Rules and tests of each row."""
    with open(RULES, encoding="utf-8") as file:
        rows = re.findall(r"^\| (`[DQ]\d.*?) \| .* \| (.*) \|$", file.read(), re.MULTILINE)
    return [(re.findall(r"`(\w+)`", rules), re.findall(r"`(\w+)`", tests)) for rules, tests in rows]


def check_rules(verdicts):
    named, listed = rules_of_tests(), []
    for rules, tests in rows_of_document():
        listed += rules
        proved = set().union(*(named.get(test, set()) for test in tests))
        problems = [f"no comment of {', '.join(tests)} names {rule}" for rule in rules
                    if rule not in proved]
        problems += [f"{TESTS}/{test}.sql names none of {', '.join(rules)}" for test in tests
                     if not named.get(test, set()).intersection(rules)]
        verdicts.add(f"{RULES}: {' '.join(rules)}", "\n".join(problems))
    for test, rules in named.items():
        problems = [f"{rule} has no row in {RULES}" for rule in sorted(rules.difference(listed))]
        verdicts.add(f"rules of {test}", "\n".join(problems))
    twice = sorted({rule for rule in listed if listed.count(rule) > 1})
    verdicts.add(f"{RULES}: every rule once", "".join(f"{rule} has two rows\n" for rule in twice))
