# What the scripts of this folder share; sourced by them, from the top of the tree.
#
# A script that makes something says what came of it, a line each, by report(): on its own output,
# and in the file that RESULTS names (packaging/dist puts a table together from it).
set -eu

MAKE=${MAKE:-make}
RESULTS=${RESULTS:-/dev/null}
JOBS=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
VERSION=$(cat VERSION)
PYTHON=/usr/bin/python3
[ -x "$PYTHON" ] || PYTHON=python3
failed=

# Flags of a make that called are not for one that is called.
unset MAKEFLAGS MFLAGS MAKELEVEL CC CFLAGS CPPFLAGS B

have() {
  command -v "$1" >/dev/null 2>&1
}

# what, verdict (tested, built, skipped, failed), how it was tested or why not, file
report() {
  size=-
  [ -z "${4:-}" ] || [ ! -e "$4" ] || size="$(($(wc -c <"$4") / 1024)) KiB"
  how=$(printf '%s' "$3" | tr '\n|' '  ' | cut -c1-200)
  printf '%s|%s|%s|%s\n' "$1" "$2" "$size" "$how" >>"$RESULTS"
  printf '%s: %s, %s\n' "$1" "$2" "$how"
  [ "$2" != failed ] || failed=yes
}

# name, tools...: fails, and says so, when one is missing.
need_tools() {
  of=$1 lacking=
  shift
  for tool in "$@"; do
    have "$tool" || lacking="$lacking $tool"
  done
  [ -z "$lacking" ] && return
  report "$of" skipped "missing:$lacking"
  return 1
}

# folder, words...: the extension for another compiler.
build_for() {
  built=$1
  shift
  $MAKE --no-print-directory -s -j"$JOBS" B="$built" "$@" >"$built.log" 2>&1 || {
    tail -n 20 "$built.log" >&2
    return 1
  }
}

# shell, extension: the SQL tests; prints their closing line, or what differs.
sql_tests() {
  log=$2-tests.log
  tests/sql/run.sh --trusted OFF --shell "$1" --extension "$2" >"$log" 2>&1 || {
    head -n 60 "$log" >&2
    tail -n 1 "$log"
    return 1
  }
  tail -n 1 "$log"
}

finish() {
  [ -z "$failed" ]
}
