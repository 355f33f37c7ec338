#!/bin/sh
# What share of each source file's lines and branches the tests run, by gcovr:
#
#   tests/coverage.sh core    of ext/core, by the unit tests alone; fails below 100 % and says what is missing
#   tests/coverage.sh         of all rooms, by the suites of `make test` that load the extension; fails where
#                             a room's branches are below 90 %, and leaves build/coverage/missing.txt
#
# Built without optimisation, so that a branch is one of the source.
set -u
cd "$(dirname "$0")/.." || exit 2

MAKE=${MAKE:-make}
PYTHON=/usr/bin/python3
[ -x "$PYTHON" ] || PYTHON=python3
B=build/coverage
least=90

build() {
  $MAKE --no-print-directory -s -j"${JOBS:-2}" B=$B CC=gcc CFLAGS='-O0 -g --coverage' "$@" || exit
}

begin() { # what ran before does not count
  find $B -name '*.gcda' -delete
}

cover() { # folder of sources, options of gcovr
  folder=$1
  shift
  gcovr -r . --filter "$folder" --exclude-unreachable-branches "$@" $B/obj
}

core() {
  build $B/unit
  begin
  $B/unit >$B/suite.log || { cat $B/suite.log; exit 1; }
  cover ext/core/ -o $B/lines.txt || exit
  sed '/^---/d; 1,2d' $B/lines.txt
  cover ext/core/ --branches --fail-under-line 100 --fail-under-branch 100
}

# Says that a suite failed, and goes on: what it ran still counts.
suite() { # command
  "$@" >$B/suite.log 2>&1 || { echo "failed: $*"; tail -n 20 $B/suite.log; }
}

run_all() {
  export PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1
  suite $B/unit
  suite tests/sql/run.sh --extension $B/billing
  suite env EXTENSION=$B/billing "$PYTHON" -m unittest discover -s tests/clients -t tests/clients
  for model in run closes payers ahead deep pages explained; do
    suite "$PYTHON" tests/model/$model.py --extension $B/billing --seeds 8
  done
  suite "$PYTHON" tests/model/planner.py --extension $B/billing --statements 300
  suite $B/fault --extension $B/billing --folder $B --faults 60 --kills 4
}

# A line a file and a line a room: share of lines, of branches, and how many branches are missed.
table() {
  awk -F, -v least=$least '
    NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    {
      n = split($at["filename"], part, "/")
      room = n > 2 ? part[2] : "ext"
      show($at["line_covered"], $at["line_total"], $at["branch_covered"], $at["branch_total"], $at["filename"])
      lines[room] += $at["line_total"]; ran[room] += $at["line_covered"]
      branches[room] += $at["branch_total"]; taken[room] += $at["branch_covered"]
    }
    function share(part, all) { return all ? 100 * part / all : 100 }
    function show(ran, lines, taken, branches, name) {
      printf "%6.1f%% of %5d lines %6.1f%% of %5d branches %5d missed  %s\n",
        share(ran, lines), lines, share(taken, branches), branches, branches - taken, name
    }
    END {
      print ""
      for (room in lines) {
        show(ran[room], lines[room], taken[room], branches[room], room)
        low += share(taken[room], branches[room]) < least
      }
      exit low > 0
    }'
}

case ${1:-} in
  core) core ;;
  '')
    build all $B/unit $B/fault
    begin
    run_all
    cover ext/ --branches -o $B/missing.txt || exit
    cover ext/ --csv $B/coverage.csv || exit
    table <$B/coverage.csv || { echo "less than $least % of a room's branches, see $B/missing.txt"; exit 1; } ;;
  *) sed -n '4,6s/^# *//p' "$0" >&2; exit 2 ;;
esac
