#!/bin/sh
# tests/bench/insert_instructions.sh [EXTENSION]: instructions, as callgrind counts them, of what
# every user pays: the first statement of a connection, and an easy insert of usage in a transaction
# (the difference of 12,000 and 2,000 inserts).
set -eu
extension=$(realpath "${1:-build/billing.so}")
if ! command -v valgrind >/dev/null; then
  echo "insert-instructions: skipped, valgrind is not installed"
  exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

counted() { # database, SQL file
  valgrind --tool=callgrind --callgrind-out-file=/dev/null sqlite3 "$1" <"$2" 2>&1 |
    awk '/Collected/ { print $4 }'
}

inserts() { # how many, OR clause
  cp "$3" copy.db
  cat >insert.sql <<END
.load $extension
BEGIN;
WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < $1)
  INSERT $2 INTO usage(usage_id, client_id, api, sku, quantity, occurred_at)
  SELECT i, 'c', 'model-derivative', 'rvt', 1.5, datetime(1735700000 + i * 7, 'unixepoch') FROM n;
COMMIT;
END
  counted copy.db insert.sql
}

insert() { # name, OR clause, database
  few=$(inserts 2000 "$2" "$3")
  many=$(inserts 12000 "$2" "$3")
  echo "$1: $(((many - few) / 10000))"
}

sqlite3 facts.db >/dev/null <<END
.load $extension
SELECT billing_install();
INSERT INTO account(account_id) VALUES ('A');
INSERT INTO team(team_id, account_id) VALUES ('T', 'A');
INSERT INTO app(client_id, account_id) VALUES ('c', 'A');
INSERT INTO token_lot(team_id, kind, tokens, purchased_at)
  VALUES ('T', 'flex_token', 1e6, '2025-01-01 00:00:00');
END
cp facts.db settled.db
printf '.load %s\nSELECT billing_autosettle(1);\n' "$extension" | sqlite3 settled.db >/dev/null
sqlite3 settled.db "SELECT count(*) || ' triggers, ' || sum(length(sql)) || ' bytes'
  FROM sqlite_schema WHERE type = 'trigger'"

echo "SELECT 1;" >nothing.sql
echo "SELECT count(*) FROM usage;" >first.sql
echo "shell alone: $(counted :memory: nothing.sql)"
echo "first statement: $(counted settled.db first.sql)"
insert "insert" "" facts.db
insert "insert, autosettled" "" settled.db
insert "insert or ignore, autosettled" "OR IGNORE" settled.db
