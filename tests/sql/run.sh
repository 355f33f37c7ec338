#!/bin/sh
# SQL tests: feeds every tests/sql/NAME.sql to the real sqlite3 shell, with the extension loaded and
# a fresh database file, and compares what it prints, errors included, with NAME.out. Each file runs
# twice, with trusted_schema ON and OFF, and has to print the same.
#
#   tests/sql/run.sh [--accept] [--shell COMMAND] [--extension PATH] [--trusted "ON OFF"] [FILE...]
#
# --accept writes NAME.out instead. To write a test: statements, one a line or more, with `-- `
# comments that say what must hold; then `make accept`, and read NAME.out: it is what you claim to
# be right. Output is in list mode, NULL shows as NULL, after an error the next statement runs.
# Errors of every shell version are brought to the form `error: message`. $DB and $EXTENSION hold
# the paths, for `.system` lines; the current folder is the project's.
set -u
cd "$(dirname "$0")/../.." || exit 2

shell=${SQLITE3:-sqlite3} extension=build/billing settings='ON OFF' accept=
while [ $# -gt 0 ]; do
  case $1 in
    --accept) accept=yes settings=ON ;;
    --shell) shell=$2; shift ;;
    --extension) extension=$2; shift ;;
    --trusted) settings=$2; shift ;;
    -*) echo "run.sh: unknown option $1" >&2; exit 2 ;;
    *) break ;;
  esac
  shift
done
[ $# -gt 0 ] || set -- tests/sql/*.sql
[ -e "$1" ] || { echo "no SQL tests"; echo "sql: 0 passed, 0 failed"; exit 0; }

work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
export DB="$work/test.db" EXTENSION="$extension"

# Shells name the place of an error in different ways, and draw an arrow under the text of some.
# Where a message begins with its phase ("in prepare, ", "stepping, ") that goes as well.
normalise() {
  awk '
    function flush() { if (held) print line; held = 0 }
    /\^--- error here|error here ---\^/ { held = 0; next }
    { flush() }
    sub(/^(Parse error|Runtime error|Error)( in "[^"]*")?:?( near line [0-9]+)?( in [^:]*)?: */, "error: ") {
      sub(/^error: (in prepare|stepping|near line [0-9]+:), */, "error: ")
      sub(/ \([0-9]+\)$/, "")
    }
    { line = $0; held = 1 }
    END { flush() }'
}

run() { # file, trusted_schema
  rm -f "$DB"*
  # shellcheck disable=SC2086
  $shell -batch -init /dev/null -cmd '.bail off' -cmd '.mode list' -cmd '.headers off' \
    -cmd '.nullvalue NULL' -cmd ".load $extension" -cmd "PRAGMA trusted_schema = $2" \
    "$DB" <"$1" 2>&1
  status=$?
  [ "$status" -le 1 ] || echo "the shell ended with status $status"
}

passed=0 failed=0
for file in "$@"; do
  expected=${file%.sql}.out
  for trusted in $settings; do
    run "$file" "$trusted" >"$work/raw"
    normalise <"$work/raw" >"$work/out"
    if [ -n "$accept" ]; then
      cmp -s "$work/out" "$expected" || { cp "$work/out" "$expected"; echo "wrote $expected"; }
    elif [ ! -e "$expected" ]; then
      echo "FAIL $file: there is no $expected, run: make accept"
      failed=$((failed + 1))
    elif diff -u "$expected" "$work/out" >"$work/diff"; then
      passed=$((passed + 1))
    else
      echo "FAIL $file (trusted_schema $trusted): expected (-) and got (+)"
      sed 1,2d "$work/diff"
      failed=$((failed + 1))
    fi
  done
done
[ -n "$accept" ] || echo "sql: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
