#!/bin/sh
# Runs the parts of a test level, JOBS at a time, and adds up their verdicts:
#
#   tests/run.sh check|test|drivers|sanitize|compat|cluster|soak     a level
#   tests/run.sh part NAME...                                some parts of it, shown whole
#
# A part is a command. It counts by its own closing line, `N passed, N failed[, N skipped]` or that of
# Python's unittest, and by its exit status. A part whose tool is not on the machine is skipped, and
# counted so (status 77). What a part prints goes to build/test/NAME.log and is shown when it fails. The
# last lines name what failed and what was skipped, and the last one is the sum.
set -u
cd "$(dirname "$0")/.." || exit 2

CC=${CC:-cc}
MAKE=${MAKE:-make}
JOBS=${JOBS:-2}
PYTHON=/usr/bin/python3
[ -x "$PYTHON" ] || PYTHON=python3
export CC MAKE JOBS
export PYTHONDONTWRITEBYTECODE=1
export PYTHONHASHSEED=0 # a seed of the model names one history

# ---- the parts ----

build() {
  $MAKE --no-print-directory -j"$JOBS" "$@"
}

skip() { # why
  echo "skipped: $1"
  exit 77
}

have() {
  command -v "$1" >/dev/null 2>&1
}

need() { # tool
  have "$1" || skip "$1 is not installed"
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

model() { # program, options
  program=$1
  shift
  "$PYTHON" "tests/model/$program.py" --extension build/billing "$@"
}

# The data that the benchmark is measured on.
bench_data() {
  model bench_data --bench "build/bench/bench --folder build/bench --extension build/bench/billing \
    --empty build/bench/empty --version test"
}

unittests() { # folder, options
  folder=$1
  shift
  "$PYTHON" -m unittest discover -v -s "$folder" -t "$folder" "$@"
}

# The sanitizers' runtime has to be in the host process before the extension is.
asan_library() {
  $CC -print-file-name=libasan.so
}

asan_host() {
  echo "env LD_PRELOAD=$(asan_library) ASAN_OPTIONS=$asan_options:detect_leaks=0:abort_on_error=0 $1"
}

# Freed memory stays out of use for 16 MB of it, more than a test frees between a mistake and its end; 256 MB,
# as by default, is new pages all the time. And strstr() would measure the whole text at every call.
asan_options=quarantine_size_mb=16:thread_local_quarantine_size_kb=256:intercept_strstr=0

need_asan() {
  [ -e "$(asan_library)" ] || skip "$CC has no libasan.so to preload"
}

# One setting is enough here: memory does not depend on it.
asan_sql() {
  tests/sql/run.sh --trusted OFF --extension build/asan/billing --shell "$(asan_host sqlite3)"
}

asan_model() {
  # shellcheck disable=SC2046
  $(asan_host "$PYTHON") tests/model/run.py --seeds 10 --extension build/asan/billing
}

asan_clients() { # SETTING=VALUE, file
  # shellcheck disable=SC2046
  env "$1" EXTENSION=build/asan/billing $(asan_host "$PYTHON") -m unittest discover -v -s tests/clients \
    -t tests/clients -p "$2"
}

# FAULTS of each kind, KILLS of each journal. The program checks for leaks itself.
fault() { # build folder, faults, kills
  need_fork
  ASAN_OPTIONS=$asan_options "$1/fault" --extension "$1/billing" --folder "$1" --faults "$2" --kills "$3"
}

# What libFuzzer starts from goes through each target once; `make fuzz` looks for more.
fuzz_corpus() {
  need_file build/fuzz/fuzz
  for folder in tests/fuzz/corpus/*; do
    FUZZ=${folder##*/} build/fuzz/fuzz -runs=0 "$folder" || return
  done
}

fuzz_build() {
  need clang
  echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' | clang -fsanitize=fuzzer,address -x c - -o /dev/null ||
    skip "clang has no libFuzzer"
  build build/fuzz/fuzz
}

need_fork() {
  case $(uname -s) in
    MINGW* | MSYS* | CYGWIN*) skip "there is no fork() here" ;;
  esac
}

# The sanitizers see all but memory that is read before it is written. Here those files that run most of the
# code; all of them in `make soak`.
valgrind_sql() { # files
  need valgrind && tests/sql/run.sh --trusted OFF --shell "$memcheck sqlite3" "$@"
}

valgrind_files="explain usage_import read_usage late_units alert_outbox preview pages_balance convert"

need_gcov() {
  need gcovr && need gcc && need gcov
}

memcheck="valgrind -q --leak-check=full --errors-for-leak-kinds=definite --error-exitcode=9"

# The extension is built with the headers of each SQLite, and loaded into its shell.
compat_build() { # name
  need npm
  scripts/get_sqlite "$1" && build -s B="build/compat/$1/build" CPPFLAGS="-I$PWD/build/compat/$1" all
}

compat_sql() { # name
  folder=$PWD/build/compat/$1
  need_file "$folder/build/billing.so"
  "$folder/sqlite3" -version
  tests/sql/run.sh --shell "$folder/sqlite3" --extension "$folder/build/billing"
}

compat_shell() { # name
  folder=$PWD/build/compat/$1
  need_file "$folder/build/billing.so"
  SQLITE3="$folder/sqlite3" EXTENSION="$folder/build/billing" unittests tests/clients -p test_shell.py
}

# What is not supported is refused in so many words, and leaves the shell running. The extension is the
# one built for the oldest SQLite: it must not need more than that to say so.
compat_refused() {
  need npm
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

# dqlite's header and its Go client, which only Debian packages.
need_dqlite() {
  printf '#include <dqlite.h>\n' | $CC -D_GNU_SOURCE -E - >/dev/null 2>&1 ||
    skip "dqlite is not installed, run scripts/need cluster"
  need go
  [ -d /usr/share/gocode/src/github.com/canonical/go-dqlite ] ||
    skip "dqlite's client is not installed, run scripts/need cluster"
}

# Recording facts needs an SQLite with the session extension.
need_session() {
  printf '%s\n' '#include <sqlite3.h>' 'int main(void) { return sqlite3session_attach(0, 0); }' |
    $CC -x c -DSQLITE_ENABLE_SESSION -DSQLITE_ENABLE_PREUPDATE_HOOK -o /dev/null - -lsqlite3 2>/dev/null ||
    skip "this SQLite has no session extension"
}

need_file() {
  [ -e "$1" ] || skip "there is no $1"
}

# The command needs the page's template, which npm makes; what is drawn needs a browser.
report_template() {
  [ -e build/report-template.html ] || need npm
  ! have npm || build report-template export-tools
}

# Live pages need emscripten, which is not installed for them alone: it is large.
report_live() {
  need npm
  have emcc || skip "emscripten is not installed (scripts/need wasm), so live pages are not tested"
  build report-live
}

report() {
  need_file build/report-template.html
  unittests tests/report
}

# One part by its name.
run_part() {
  case $1 in
    build) build all unit ;;
    install.sql) script_is_current ;;
    sql-folders) sql_folders_are_known ;;
    unit) build/unit ;;
    sql) tests/sql/run.sh ;;
    format) need clang-format && build format-check ;;
    tidy) need clang-tidy && build tidy ;;
    demo) samples/demo.sh ;;
    # The sanitizers get more calls of functions, see asan-functions.
    clients) FUZZ_CALLS=2000 && export FUZZ_CALLS && unittests tests/clients ;;
    packages-build) build amalgamation static man ;;
    packages) unittests tests/packages ;;
    drivers) unittests tests/clients -p test_drivers.py ;;
    report-page) report_template ;;
    report-live) report_live ;;
    report) report ;;
    docs) "$PYTHON" tests/docs/run.py ;;
    oracle) "$PYTHON" tests/model/test_oracle.py ;;
    model-quick) model run --seeds 10 ;;
    model) model run --seeds 240 ;;
    brief) model run --brief --seeds 4760 ;;
    explained) model explained --seeds 60 ;;
    pages) model pages --seeds 60 ;;
    closes) model closes --seeds 100 ;;
    forever) model forever --seeds 24 ;;
    payers) model payers --seeds 120 ;;
    rates) model rates --seeds 80 ;;
    ahead) model ahead --seeds 200 ;;
    deep) model deep --seeds 10 ;;
    planner) model planner --statements 2000 ;;
    bench-build) build bench-ready ;;
    bench-data) bench_data ;;
    fault-build) need_fork && build build/fault ;;
    fault) fault build 12 20 ;;
    fuzz-build) fuzz_build ;;
    fuzz) fuzz_corpus ;;
    clang-build) need clang && build B=build/clang CC=clang all unit ;;
    clang) need clang && build/clang/unit ;;
    asan-build) need_asan && build B=build/asan SANITIZE=1 all unit build/asan/fault ;;
    asan-unit) need_asan && build/asan/unit ;;
    asan-sql) need_asan && asan_sql ;;
    # 49 fixed lists of arguments for each function, and so many random ones that it is 5,000 calls.
    asan-functions) need_asan && asan_clients FUZZ_CALLS=3200 test_functions_fuzz.py ;;
    asan-damaged) need_asan && asan_clients DAMAGED_FILES=25 test_damaged.py ;;
    asan-model) need_asan && asan_model ;;
    asan-fault) need_asan && fault build/asan 5 4 ;;
    valgrind-unit) need valgrind && $memcheck build/unit ;;
    export-tools) need npm && build export-tools ;;
    # shellcheck disable=SC2046,SC2086
    valgrind-sql) valgrind_sql $(printf 'tests/sql/%s.sql ' $valgrind_files) ;;
    coverage) need_gcov && tests/coverage.sh core ;;
    shards) unittests tests/cluster -p test_shards.py ;;
    standby-build) need_session && build build/standby/standby ;;
    standby) unittests tests/cluster -p test_standby.py ;;
    replay) unittests tests/cluster -p test_replay.py ;;
    cluster-build) need_dqlite && build cluster ;;
    cluster) need_dqlite && unittests tests/cluster -p test_cluster.py ;;
    sim) "$PYTHON" tests/sim/run.py ;;
    oldest-build | newer-build | newest-build) compat_build "${1%-build}" ;;
    oldest-sql | newer-sql | newest-sql) compat_sql "${1%-sql}" ;;
    oldest-shell | newer-shell | newest-shell) compat_shell "${1%-shell}" ;;
    tooold-refused) compat_refused ;;
    soak-model) model run --seconds "${SOAK_SECONDS:-600}" ;;
    soak-brief) model run --brief --first 5001 --seconds "${SOAK_SECONDS:-600}" ;;
    soak-coverage) need_gcov && tests/coverage.sh ;;
    soak-mutate) tests/mutate.py --long --mutants "${MUTANTS:-40}" ;;
    soak-valgrind) valgrind_sql ;;
    soak-forever) model forever --seeds 400 ;;
    soak-rates) model rates --seeds 2000 ;;
    soak-planner) model planner --statements 100000 ;;
    soak-fault) fault build 1000 500 ;;
    *) echo "there is no part $1"; return 2 ;;
  esac
}

# ---- levels: what is made first, one after the other, then side by side, and what then runs side by side, long
# ones first ----

asan_parts="asan-functions asan-damaged asan-sql asan-fault asan-model asan-unit"
compat_first="oldest-build newer-build newest-build"
compat_parts="oldest-sql newer-sql newest-sql oldest-shell newer-shell newest-shell tooold-refused"

level() {
  beside=
  case $1 in
    check)
      first="build"
      parts="sql model-quick unit install.sql sql-folders format" ;;
    test)
      first="build report-page"
      beside="report-live asan-build fuzz-build clang-build packages-build cluster-build fault-build bench-build
        standby-build demo"
      parts="clients brief tidy report asan-sql asan-fault asan-functions asan-damaged model fault valgrind-sql cluster
        bench-data sql valgrind-unit coverage forever closes packages shards asan-model deep payers rates standby planner
        explained pages ahead replay docs fuzz asan-unit unit clang oracle sim format install.sql sql-folders"
      [ -z "${COMPAT:-}" ] || { first="$first $compat_first" parts="$parts $compat_parts"; } ;;
    drivers) first="build" parts="drivers" ;;
    cluster)
      first="build standby-build cluster-build export-tools"
      parts="cluster shards standby replay sim" ;;
    sanitize) first="build asan-build" parts="$asan_parts" ;;
    compat) first="build $compat_first" parts="$compat_parts" ;;
    soak) first="build fault-build" parts="soak-model soak-brief soak-planner soak-forever soak-rates soak-fault soak-valgrind
      soak-coverage soak-mutate" ;;
    *) return 1 ;;
  esac
}

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


# Prints "NAME passed failed skipped seconds" of a part that ended with STATUS.
verdict() { # name, status, seconds
  # shellcheck disable=SC2046
  set -- "$1" "$2" "$3" $(count_of "$logs/$1.log")
  if [ "$2" -eq 77 ]; then echo "$1 0 0 1 $3"
  elif [ $# -eq 3 ]; then echo "$1 $(($2 == 0)) $(($2 != 0)) 0 $3" # no closing line: one test
  elif [ "$2" -ne 0 ] && [ "$5" -eq 0 ]; then echo "$1 $4 1 $6 $3" # it ended badly after its last line
  else echo "$1 $4 $5 $6 $3"
  fi
}

# Runs a part and says in one line how it went, after what it printed if it failed. The text is put out
# at once, so that parts side by side do not mix.
one() { # name
  began=$(date +%s)
  (run_part "$1") >"$logs/$1.log" 2>&1
  result=$(verdict "$1" $? $(($(date +%s) - began)))
  echo "$result" >>"$logs/sum"
  # shellcheck disable=SC2086
  set -- $result
  line=$(printf '%-14s %5d passed %3d failed %3d skipped %5d s' "$@")
  if [ "$3" -gt 0 ]; then printf '\n== %s\n%s\n%s\n' "$1" "$(cat "$logs/$1.log")" "$line"
  else echo "$line"
  fi
}

# Before anything runs: how long it takes, by the last time here, and what it leaves out.
announce() {
  started=$(date +%s)
  if [ -s "$logs/minutes-$level" ]; then
    echo "make $level took $(cat "$logs/minutes-$level") minutes here the last time"
  elif [ "$level" = test ]; then
    echo "make test takes about 14 minutes on two cores; make check, the fast part of it, two"
  fi
  lacking=
  for tool in clang clang-format clang-tidy valgrind npm chromium isql go Rscript java; do
    have "$tool" || lacking="$lacking $tool"
  done
  if [ "$level" = test ] && [ -n "$lacking" ]; then
    echo "not installed, so what needs them is skipped:$lacking"
  fi
}

# What was skipped and why, what failed, and the sum.
add_up() {
  echo
  while read -r name _ failed skipped _; do
    [ "$skipped" -eq 0 ] || grep -h -E "^skipped: |skipped ['\"]" "$logs/$name.log" | sort | uniq -c | sed "s/^/skipped in $name:/"
    [ "$failed" -eq 0 ] || echo "FAILED: $name, see $logs/$name.log"
  done <"$logs/sum"
  awk '
    { passed += $2; failed += $3; skipped += $4 }
    END {
      printf "%d passed, %d failed", passed, failed
      if (skipped) printf ", %d skipped", skipped
      print ""
      exit failed > 0 || passed == 0
    }' "$logs/sum" || return
  echo $((($(date +%s) - started + 59) / 60)) >"$logs/minutes-$level"
}

logs=build/test
mkdir -p "$logs" || exit 2

case ${1:-} in
  one) one "$2"; exit ;;
  part)
    shift
    for name; do run_part "$name" || exit; done
    exit ;;
esac

level "${1:-}" || { sed -n '4,5s/^# *//p' "$0" >&2; exit 2; }
: >"$logs/sum"
level=$1
# shellcheck disable=SC2086
set -- $first $beside $parts
announce
echo "$# parts, $JOBS at a time; what each prints is in $logs/"
for name in $first; do
  one "$name"
  grep -q '^build 1 ' "$logs/sum" || { add_up; exit 1; } # without it nothing runs
done
for group in "$beside" "$parts"; do
  # shellcheck disable=SC2086
  [ -z "$group" ] || printf '%s\n' $group | xargs -n 1 -P "$JOBS" "$0" one
done
add_up
