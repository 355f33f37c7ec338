#!/bin/sh
# Runs samples/demo.sql on a fresh build/demo.db. Call it from the top of the tree: `make demo`.
#
# SQLITE3 names another sqlite3 shell.
set -eu

sqlite3=${SQLITE3:-sqlite3}
db=build/demo.db

cd "$(dirname "$0")/.."
mkdir -p build
rm -f "$db" "$db-journal" "$db-wal" "$db-shm"
"$sqlite3" -init /dev/null -batch -bail "$db" < samples/demo.sql
