#!/bin/sh
# Prints what share of each source file's lines the unit, SQL and model tests run.
set -u
cd "$(dirname "$0")/.." || exit 2

MAKE=${MAKE:-make}
PYTHON=/usr/bin/python3
[ -x "$PYTHON" ] || PYTHON=python3

$MAKE --no-print-directory -s -j2 B=build/coverage CC=gcc CFLAGS='-O0 -g --coverage' all unit || exit
find build/coverage -name '*.gcda' -delete
build/coverage/unit >/dev/null || echo "unit tests failed"
tests/sql/run.sh --extension build/coverage/billing --trusted OFF
"$PYTHON" tests/model/run.py --seeds 30 --extension build/coverage/billing

find build/coverage/obj/ext -name '*.gcda' | sort | xargs gcov -n 2>/dev/null | awk -F"'" '
  /^File/ { file = $2 }
  /^Lines executed/ && file ~ /^ext\// {
    split($0, part, /[:% ]+/)
    lines = part[5]
    if (lines > all[file]) all[file] = lines
    if (part[3] > share[file]) share[file] = part[3]
    file = ""
  }
  END { for (file in all) printf "%6.1f%% of %5d lines  %s\n", share[file], all[file], file }' | sort -k 5
