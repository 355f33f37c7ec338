#!/bin/sh
# Three nodes of dqlite on loopback in build/cluster/demo: installs billing, loads a little, kills
# the leader, loads on, and shows that each node has the same ledger. Call it from the top of the
# tree: `make cluster-demo`.
#
# PORT (19001) is that of the first node.
set -eu

cd "$(dirname "$0")/../.."
port=${PORT:-19001}
folder=build/cluster/demo
client=build/cluster/client
all=127.0.0.1:$port,127.0.0.1:$((port + 1)),127.0.0.1:$((port + 2))
rm -rf "$folder"
mkdir -p "$folder"

stop() {
  for number in 1 2 3; do
    [ ! -e "$folder/$number.pid" ] || kill "$(cat "$folder/$number.pid")" 2>/dev/null || :
  done
}
trap stop EXIT

start() { # number
  mkdir -p "$folder/node$1"
  build/cluster/node "$1" "127.0.0.1:$((port + $1 - 1))" "$folder/node$1" "$PWD/build/billing.so" \
    >>"$folder/node$1.log" 2>&1 &
  echo $! >"$folder/$1.pid"
}

say() {
  printf '\n-- %s\n' "$*"
}

job() { # first, last
  for n in $(seq "$1" "$2"); do
    printf '%s' "INSERT INTO usage(client_id, api, sku, occurred_at, source_id)"
    echo " VALUES ('plotter', 'model-derivative', 'rvt', '2025-07-01 00:00:00', 'job $n');"
  done
  echo "INSERT INTO settlement(team_id) VALUES (NULL);"
}

say "three nodes; the second and third join the first"
for number in 1 2 3; do start $number; done
$client add "$all" 2 "127.0.0.1:$((port + 1))"
$client add "$all" 3 "127.0.0.1:$((port + 2))"

say "billing is installed by statements, then a team with a lot of 100 tokens and 20 jobs of 0.5"
$client install "$all"
{
  echo "INSERT INTO account(account_id, country) VALUES ('acme', 'JP');"
  echo "INSERT INTO team(team_id, account_id) VALUES ('survey', 'acme');"
  echo "INSERT INTO app(client_id, account_id) VALUES ('plotter', 'acme');"
  printf '%s' "INSERT INTO token_lot(team_id, kind, tokens, purchased_at, source_id)"
  echo " VALUES ('survey', 'flex_token', 100, '2025-06-01 00:00:00', 'lot 1');"
  job 1 20
} >"$folder/first.sql"
$client load "$all" "$folder/first.sql" >/dev/null
balance="SELECT balance FROM wallet_balance('survey', '2025-08-01 00:00:00')"
$client query "$all" "$balance"

leader=$($client leader "$all")
number=$((${leader##*:} - port + 1))
say "the leader, node $number, is killed; the others elect another one and take 30 jobs more"
kill -9 "$(cat "$folder/$number.pid")"
job 21 50 >"$folder/second.sql"
$client load "$all" "$folder/second.sql" 10 >/dev/null 2>"$folder/load.log"
$client query "$all" "$balance"

say "node $number comes back and catches up; what each node holds, from its own copy:"
start $number
sleep 3
for number in 1 2 3; do
  mkdir -p "$folder/copy$number"
  $client dump "127.0.0.1:$((port + number - 1))" "$folder/copy$number"
  echo "node $number: $(sqlite3 -batch -init /dev/null "$folder/copy$number/billing.db" \
    "SELECT count(*) || ' entries, ' || sum(units) || ' units' FROM ledger_entry")"
done
