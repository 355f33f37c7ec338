#!/bin/sh
# tests/bench/instructions.sh BENCH OPTIONS...: instructions of both sides of figures 1, 2, 6 and 7,
# as callgrind counts them. They do not depend on what else the machine does.
set -eu
rows=${INSTRUCTION_ROWS:-100000}
if ! command -v valgrind >/dev/null; then
  echo "bench-instructions: skipped, valgrind is not installed"
  exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

count() { # figure, side, command...
  figure=$1 side=$2
  shift 2
  valgrind --tool=callgrind --collect-atstart=no --toggle-collect=measured \
    --callgrind-out-file="$work/$side" "$@" --rows "$rows" --figures "$figure" --only "$side" \
    >"$work/$side.log" 2>&1 || { cat "$work/$side.log" >&2; exit 1; }
  awk '$1 == "totals:" || $1 == "summary:" { print $2; exit }' "$work/$side"
}

# Databases that every side reads, made at full speed.
"$@" --rows "$rows" --rounds 1 --figures 6 >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }

echo "Instructions in millions, $rows usage rows;" \
  "a batch is 10,000 inserts, 5,000 lookups, or all rows."
echo
echo "| # | work | its floor | ratio |"
echo "|---|--:|--:|--:|"
while read -r figure side floor; do
  count "$figure" "$side" "$@" >"$work/a" &
  first=$!
  count "$figure" "$floor" "$@" >"$work/b"
  wait "$first"
  awk -v f="$figure" -v a="$(cat "$work/a")" -v b="$(cat "$work/b")" \
    'BEGIN { printf "| %s | %.1f | %.1f | %.2f |\n", f, a / 1e6, b / 1e6, a / b }'
done <<END
1 settle settle-floor
2 insert insert-floor
6 balance balance-floor
7 rate rate-floor
END
