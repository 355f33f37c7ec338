#!/bin/sh
# Runs the parts of a test level and adds up their verdicts:
#
#   tests/run.sh check|test|drivers|sanitize|compat|cluster|soak
#
# A part is a command. It counts by its own closing line, `N passed, N failed[, N skipped]` or that of
# Python's unittest, and by its exit status. A part whose tool is not on the machine is skipped, and
# counted so. The last line printed is the sum.
set -u
cd "$(dirname "$0")/.." || exit 2

CC=${CC:-cc}
MAKE=${MAKE:-make}
PYTHON=/usr/bin/python3
[ -x "$PYTHON" ] || PYTHON=python3
export PYTHONDONTWRITEBYTECODE=1
export PYTHONHASHSEED=0 # a seed of the model names one history

work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
: >"$work/sum"

# ---- counting ----

# Reads a part's output; prints "passed failed skipped" by its last closing line, or nothing.
count_of() {
  awk '
    match($0, /[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$/) && /^([^ ]+: )?[0-9]/ {
      split(substr($0, RSTART), word, " ")
      count = (word[1] + 0) " " (word[3] + 0) " " (word[5] + 0)
    }
    /^Ran [0-9]+ tests?/ { ran = $2 }
    ran != "" && /^(OK|FAILED)( \(|$)/ {
      broken = skipped = 0
      n = split($0, word, /[^a-z0-9]+/)
      for (i = 1; i < n; i++) {
        if (word[i] == "failures" || word[i] == "errors") broken += word[i + 1]
        if (word[i] == "skipped") skipped += word[i + 1]
      }
      count = (ran - broken - skipped) " " broken " " skipped
      ran = ""
    }
    END { print count }' "$1"
}

# name, command...: run it, show what it says, count it.
part() {
  name=$1
  shift
  echo
  echo "== $name"
  { "$@" 2>&1; echo $? >"$work/status"; } | tee "$work/log"
  status=$(cat "$work/status")
  # shellcheck disable=SC2046
  set -- $(count_of "$work/log")
  if [ $# -eq 0 ]; then
    # No closing line: the part is one test.
    if [ "$status" -eq 0 ]; then set -- 1 0 0; else set -- 0 1 0; fi
  elif [ "$status" -ne 0 ] && [ "$2" -eq 0 ]; then
    echo "$name: all passed, but it ended with status $status"
    set -- "$1" 1 "$3"
  fi
  echo "$name $1 $2 $3" >>"$work/sum"
}

# name, why
skip() {
  echo
  echo "== $1: skipped, $2"
  echo "$1 0 0 1" >>"$work/sum"
}

# name, file, command...: skipped while the file does not exist.
part_with() {
  name=$1 file=$2
  shift 2
  if [ -e "$file" ]; then part "$name" "$@"; else skip "$name" "there is no $file"; fi
}

have() {
  command -v "$1" >/dev/null 2>&1
}

# ---- the parts ----

build() {
  $MAKE --no-print-directory -j"${JOBS:-2}" "$@"
}

script_is_current() {
  cmp build/install.sql sql/install.sql && return
  echo "sql/install.sql is out of date, run: make"
  return 1
}

sql_folders_are_known() {
  for folder in sql/*/; do
    case $folder in
      sql/tables/ | sql/derived/ | sql/doors/ | sql/catalogue/ | sql/triggers/ | sql/views/ | sql/upgrade/) ;;
      *) echo "$folder is not part of install.sql, see SQL_PARTS in the Makefile"; return 1 ;;
    esac
  done
}

model() { # options
  "$PYTHON" tests/model/run.py "$@"
}

# Random SELECTs over reading tables against plain copies of their rows.
planner() { # options
  "$PYTHON" tests/model/planner.py --extension build/billing "$@"
}

# The data that the benchmark is measured on.
bench_data() {
  build bench-ready || return
  "$PYTHON" tests/model/bench_data.py --extension build/billing --bench "build/bench/bench --folder build/bench \
    --extension build/bench/billing --empty build/bench/empty --version test"
}

with_clang() {
  build B=build/clang CC=clang all unit && build/clang/unit
}

# The sanitizers' runtime has to be in the host process before the extension is.
asan_library() {
  $CC -print-file-name=libasan.so
}

asan_host() {
  echo "env LD_PRELOAD=$(asan_library) ASAN_OPTIONS=detect_leaks=0:abort_on_error=0 $1"
}

asan_unit() {
  build B=build/asan SANITIZE=1 all unit && build/asan/unit
}

asan_sql() {
  tests/sql/run.sh --extension build/asan/billing --shell "$(asan_host sqlite3)"
}

asan_model() {
  # shellcheck disable=SC2046
  $(asan_host "$PYTHON") tests/model/run.py --seeds 10 --extension build/asan/billing
}

# Every function with any arguments.
asan_functions() {
  # shellcheck disable=SC2046
  EXTENSION=build/asan/billing $(asan_host "$PYTHON") -m unittest discover -s tests/clients -t tests/clients \
    -p test_functions_fuzz.py
}

sanitizers() {
  if ! [ -e "$(asan_library)" ]; then
    skip sanitizers "$CC has no libasan.so to preload"
    return
  fi
  part asan-unit asan_unit
  part asan-sql asan_sql
  part asan-functions asan_functions
  part_with asan-model tests/model/run.py asan_model
  part asan-fault asan_fault
}

# FAULTS of each kind, KILLS of each journal. Needs fork(); the program checks for leaks itself.
fault() { # build folder, faults, kills
  "$1/fault" --extension "$1/billing" --folder "$1" --faults "$2" --kills "$3"
}

fault_parts() { # faults, kills
  case $(uname -s) in
    MINGW* | MSYS* | CYGWIN*) skip fault "there is no fork() here"; return ;;
  esac
  part fault-build build build/fault
  [ "$status" -ne 0 ] || part fault fault build "$1" "$2"
}

asan_fault() {
  build B=build/asan SANITIZE=1 all build/asan/fault && fault build/asan 5 4
}

memcheck="valgrind -q --leak-check=full --errors-for-leak-kinds=definite --error-exitcode=9"

valgrind_unit() {
  $memcheck build/unit
}

# One setting is enough here: memory does not depend on it.
valgrind_sql() {
  tests/sql/run.sh --trusted OFF --shell "$memcheck sqlite3"
}

valgrind_parts() {
  have valgrind || { skip valgrind "it is not installed"; return; }
  part valgrind-unit valgrind_unit
  part valgrind-sql valgrind_sql
}

# The extension is built with the headers of each SQLite, and loaded into its shell.
compat_build() { # name
  scripts/get_sqlite "$1" && build -s B="build/compat/$1/build" CPPFLAGS="-I$PWD/build/compat/$1" all
}

compat() { # name
  folder=$PWD/build/compat/$1
  part "$1-build" compat_build "$1"
  [ "$status" -eq 0 ] || return
  "$folder/sqlite3" -version
  part "$1-sql" tests/sql/run.sh --shell "$folder/sqlite3" --extension "$folder/build/billing"
  part "$1-shell" env SQLITE3="$folder/sqlite3" EXTENSION="$folder/build/billing" \
    "$PYTHON" -m unittest discover -s tests/clients -p test_shell.py
}

# What is not supported is refused in so many words, and leaves the shell running. The extension is the
# one built for the oldest SQLite: it must not need more than that to say so.
compat_refused() {
  scripts/get_sqlite tooold || return
  said=$(build/compat/tooold/sqlite3 -batch -init /dev/null :memory: 2>&1 <<'END'
.load build/compat/oldest/build/billing
SELECT 'alive';
END
  )
  echo "$said"
  case $said in
    *"billing: SQLite is too old, 3."*", use 3.38.0 or newer"*alive*) ;;
    *) return 1 ;;
  esac
}

compat_parts() {
  have npm || { skip compat "npm is not installed"; return; }
  compat oldest
  compat newer
  compat newest
  part tooold-refused compat_refused
}

lint() {
  if have clang-format; then
    part format build format-check
  else
    skip format "clang-format is not installed"
  fi
}

deep_lint() {
  if have clang; then part clang with_clang; else skip clang "it is not installed"; fi
  if have clang-tidy; then part tidy build tidy; else skip tidy "it is not installed"; fi
}

quick_parts() {
  part install.sql script_is_current
  part sql-folders sql_folders_are_known
  part unit build/unit
  part sql tests/sql/run.sh
  lint
}

# The command needs the page's template, which npm makes; what is drawn needs a browser.
report_parts() {
  if have npm; then
    part report-page build report-template
    [ "$status" -eq 0 ] || return
  elif ! [ -e build/report-template.html ]; then
    skip report "npm is not installed, nor was the template made before"
    return
  fi
  part report "$PYTHON" -m unittest discover -v -s tests/report -t tests/report
}

# dqlite's header and its Go client, which only Debian packages.
has_dqlite() {
  printf '#include <dqlite.h>\n' | $CC -D_GNU_SOURCE -E - >/dev/null 2>&1 && have go \
    && [ -d /usr/share/gocode/src/github.com/canonical/go-dqlite ]
}

beyond() { # file of tests/cluster
  "$PYTHON" -m unittest discover -v -s tests/cluster -t tests/cluster -p "$1"
}

# Shards, replicas, backups, standbys, replay: more than one file.
beyond_one_file() {
  part shards beyond test_shards.py
  if build build/standby/standby >/dev/null 2>&1; then
    part standby beyond test_standby.py
  else
    skip standby "SQLite has no session extension here"
  fi
  part replay beyond test_replay.py
  part sim "$PYTHON" tests/sim/run.py
  if has_dqlite; then
    part cluster-build build cluster
    [ "$status" -ne 0 ] || part cluster beyond test_cluster.py
  else
    skip cluster "dqlite or its Go client is not installed, run scripts/need cluster"
  fi
}

add_up() {
  echo
  awk '{ printf "%-14s %5d passed %3d failed %3d skipped\n", $1, $2, $3, $4 }' "$work/sum"
  awk '
    { passed += $2; failed += $3; skipped += $4 }
    END {
      printf "%d passed, %d failed", passed, failed
      if (skipped) printf ", %d skipped", skipped
      print ""
      exit failed > 0 || passed == 0
    }' "$work/sum"
}

part build build all unit
[ "$status" -eq 0 ] || { add_up; exit 1; }

case ${1:-} in
  check)
    quick_parts
    part_with model tests/model/run.py model --seeds 10 --extension build/billing
    ;;
  test)
    quick_parts
    part_with demo samples/demo.sh samples/demo.sh
    part clients "$PYTHON" -m unittest discover -v -s tests/clients -t tests/clients
    report_parts
    part_with docs tests/docs/run.py "$PYTHON" tests/docs/run.py
    part_with oracle tests/model/test_oracle.py "$PYTHON" tests/model/test_oracle.py
    part_with model tests/model/run.py model --seeds 240 --extension build/billing
    part explained "$PYTHON" tests/model/explained.py --seeds 60 --extension build/billing
    part pages "$PYTHON" tests/model/pages.py --seeds 60 --extension build/billing
    part closes "$PYTHON" tests/model/closes.py --seeds 100 --extension build/billing
    part payers "$PYTHON" tests/model/payers.py --seeds 120 --extension build/billing
    part ahead "$PYTHON" tests/model/ahead.py --seeds 200 --extension build/billing
    part planner planner --statements 2000
    beyond_one_file
    part_with bench-data tests/model/bench_data.py bench_data
    fault_parts 12 20
    deep_lint
    sanitizers
    valgrind_parts
    [ -z "${COMPAT:-}" ] || compat_parts
    ;;
  drivers)
    part drivers "$PYTHON" -m unittest discover -v -s tests/clients -t tests/clients -p test_drivers.py
    ;;
  cluster) beyond_one_file ;;
  sanitize) sanitizers ;;
  compat) compat_parts ;;
  soak)
    part model model --seconds "${SOAK_SECONDS:-600}" --extension build/billing
    part planner planner --statements 100000
    fault_parts 1000 500
    ;;
  *) echo "usage: tests/run.sh check|test|drivers|sanitize|compat|cluster|soak" >&2; exit 2 ;;
esac

add_up
