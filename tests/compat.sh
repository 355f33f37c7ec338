#!/bin/sh
# SQL and shell tests with other SQLites than the machine's: the oldest supported and the newest that
# the npm registry has as source. Builds a shell of each below build/compat, and the extension with
# the headers of each. Needs npm; about two minutes.
set -u
cd "$(dirname "$0")/.." || exit 2

MAKE=${MAKE:-make}
CC=${CC:-cc}
PYTHON=/usr/bin/python3
[ -x "$PYTHON" ] || PYTHON=python3
if ! command -v npm >/dev/null 2>&1; then
  echo "npm is missing, install it and try again" >&2
  exit 1
fi

features='-DSQLITE_ENABLE_RTREE -DSQLITE_ENABLE_FTS5 -DSQLITE_ENABLE_MATH_FUNCTIONS
  -DSQLITE_ENABLE_COLUMN_METADATA -DSQLITE_THREADSAFE=1'

# name, npm package: its source of SQLite in build/compat/NAME.
fetch() {
  folder=build/compat/$1
  [ -e "$folder/sqlite3.c" ] && return
  rm -rf "$folder"
  mkdir -p "$folder/npm"
  (cd "$folder/npm" && npm pack --silent "$2" >/dev/null && tar xzf ./*.tgz) || return
  for archive in "$folder"/npm/package/deps/sqlite-autoconf-*.tar.gz; do
    [ -e "$archive" ] && tar xzf "$archive" -C "$folder/npm" &&
      cp "$folder"/npm/sqlite-autoconf-*/*.[ch] "$folder"
  done
  [ -e "$folder/sqlite3.c" ] || cp "$folder"/npm/package/deps/sqlite3/*.[ch] "$folder"
}

# name, another's name: whose shell to use, where the package has none
build_shell() {
  folder=build/compat/$1
  [ -x "$folder/sqlite3" ] && return
  [ -e "$folder/shell.c" ] || cp "build/compat/$2/shell.c" "$folder"
  # shellcheck disable=SC2086
  $CC -O1 -w $features -I"$folder" -o "$folder/sqlite3" "$folder/shell.c" "$folder/sqlite3.c" \
    -lpthread -ldl -lm
}

failed=0
try() { # name, package, whose shell
  echo
  fetch "$1" "$2" && build_shell "$1" "$3" || { echo "cannot build SQLite from $2"; failed=1; return; }
  shell=$PWD/build/compat/$1/sqlite3
  echo "== SQLite $("$shell" -batch :memory: 'SELECT sqlite_version()')"
  b=build/compat/$1/build
  $MAKE --no-print-directory -s -j2 B="$b" CPPFLAGS="-I$PWD/build/compat/$1" all || { failed=1; return; }
  tests/sql/run.sh --shell "$shell" --extension "$b/billing" || failed=1
  SQLITE3=$shell EXTENSION=$PWD/$b/billing PYTHONDONTWRITEBYTECODE=1 \
    "$PYTHON" -m unittest discover -s tests/clients -p test_shell.py || failed=1
}

try oldest sqlite3@5.0.3 oldest
try newer sqlite3@6.0.1 newer
try newest better-sqlite3@13 newer
exit $failed
