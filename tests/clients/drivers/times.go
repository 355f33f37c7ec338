// The steps of test_drivers.py with Go: database/sql and mattn/go-sqlite3.
package main

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/mattn/go-sqlite3"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func say(name string, value interface{}) {
	fmt.Printf("%s\t%v\n", name, value)
}

type asker interface {
	QueryRow(query string, args ...interface{}) *sql.Row
}

func one(db asker, query string, args ...interface{}) interface{} {
	var value interface{}
	must(db.QueryRow(query, args...).Scan(&value))
	return value
}

func ids(db *sql.DB, where string, from, to time.Time) string {
	rows, err := db.Query("SELECT usage_id FROM "+where+" ORDER BY usage_id", from, to)
	must(err)
	defer rows.Close()
	var found []string
	for rows.Next() {
		var id int64
		must(rows.Scan(&id))
		found = append(found, fmt.Sprint(id))
	}
	must(rows.Err())
	return strings.Join(found, " ")
}

const window = "usage_status WHERE team_id = 'T1' AND occurred_at >= ? AND occurred_at < ?"
const either = "usage_status WHERE team_id = 'T1' AND (occurred_at = ? OR occurred_at = ?)"
const fact = "usage WHERE occurred_at >= utc(?) AND occurred_at < utc(?)"
const insert = `INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at)
	VALUES (?, 'app1', 'model-derivative', 'nwd', 1, ?)`
const balanceAt = "SELECT balance FROM wallet_balance WHERE team_id = 'T1' AND at = ?"
const balanceOf = "SELECT balance FROM wallet_balance('T1', ?)"

// A pool has many connections: each loads the extension, and a writer waits for the others.
func writeFromManyConnections(db *sql.DB, at time.Time) {
	var wait sync.WaitGroup
	for worker := 0; worker < 4; worker++ {
		wait.Add(1)
		go func(worker int) {
			defer wait.Done()
			for i := 0; i < 10; i++ {
				_, err := db.Exec(insert, 100+worker*10+i, at)
				must(err)
			}
		}(worker)
	}
	wait.Wait()
}

func main() {
	path, library, script := os.Args[1], os.Args[2], os.Args[3]
	sql.Register("billing", &sqlite3.SQLiteDriver{Extensions: []string{library}})
	db, err := sql.Open("billing", "file:"+path+"?_busy_timeout=10000&_txlock=immediate")
	must(err)
	text, err := os.ReadFile(script)
	must(err)
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		_, err = db.Exec(line)
		must(err)
	}
	say("version", one(db, "SELECT billing_version()"))

	at := time.Date(2025, 5, 5, 10, 0, 0, 0, time.UTC)
	tokyo := time.FixedZone("JST", 9*3600)
	_, err = db.Exec(insert, 60, at)
	must(err)
	_, err = db.Exec(insert, 61, at.In(tokyo).Add(time.Hour+250*time.Millisecond))
	must(err)
	say("stored", one(db, "SELECT occurred_at || '' FROM usage WHERE usage_id = 60"))
	say("stored fraction", one(db, "SELECT occurred_at || '' FROM usage WHERE usage_id = 61"))
	say("balance at", one(db, balanceAt, at))
	say("balance of", one(db, balanceOf, at.In(tokyo)))
	say("balance before", one(db, balanceAt, at.Add(-time.Second)))
	say("window", ids(db, window, at, at.Add(time.Second)))
	say("window before", ids(db, window, at.Add(-time.Hour), at))
	say("window fraction", ids(db, window, at.Add(time.Hour+250*time.Millisecond), at.Add(2*time.Hour)))
	say("either", ids(db, either, at.In(tokyo), at.Add(time.Hour+250*time.Millisecond)))
	say("fact", ids(db, fact, at, at.Add(time.Second)))

	real, isReal := one(db, balanceAt, at).(float64)
	say("real", fmt.Sprint(isReal, " ", real))
	units, isInteger := one(db, "SELECT units FROM ledger WHERE team_id = 'T2'").(int64)
	say("integer", fmt.Sprint(isInteger, " ", units))
	day, isDate := one(db, "SELECT day FROM usage_daily WHERE team_id = 'T2'").(time.Time)
	say("date", fmt.Sprint(isDate, " ", day.Format("2006-01-02")))
	moment, isTime := one(db, "SELECT occurred_at FROM ledger WHERE team_id = 'T2'").(time.Time)
	say("timestamp", fmt.Sprint(isTime, " ", moment.UTC().Format("2006-01-02 15:04:05.000")))

	transaction, err := db.BeginTx(context.Background(), nil)
	must(err)
	_, err = transaction.Exec(insert, 62, at)
	must(err)
	say("inside", one(transaction, balanceOf, at))
	must(transaction.Rollback())
	say("rolled back", one(db, balanceOf, at))

	_, err = db.Exec(insert, 63, "yesterday")
	say("bad row", err)
	say("bad row is", err.(sqlite3.Error).Code == sqlite3.ErrConstraint)
	_, err = db.Exec(insert, 63, at.Add(time.Microsecond))
	say("too fine", err)
	_, err = db.Exec(insert, 63, at.Unix())
	say("number", err)
	err = db.QueryRow(balanceAt, at.Unix()).Scan(new(float64))
	say("number asked", err)

	writeFromManyConnections(db, at.Add(24*time.Hour))
	must(db.Close())
	say("closed", "")
	bufio.NewReader(os.Stdin).ReadString('\n')
}
