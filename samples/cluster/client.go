// A client of the cluster, with Canonical's own driver. ADDRESSES are those of the nodes, with
// commas.
//
//	client add ADDRESSES ID ADDRESS     makes a node that runs a voting member
//	client leader ADDRESSES             prints the leader's address
//	client query ADDRESSES SQL          prints rows, columns with |
//	client install ADDRESSES            what SELECT billing_install() does, as statements
//	client load ADDRESSES FILE [ROWS]   runs a file of statements, one a line, ROWS (100) to a
//	                                    transaction, each line once: started again it goes on
//	                                    where the last one ended
//	client dump ADDRESS FOLDER          writes what one node holds, its own bytes, as
//	                                    FOLDER/billing.db
//
// CLUSTER_PATIENCE (120) is for how many seconds it looks for a leader.
package main

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/canonical/go-dqlite/client"
	"github.com/canonical/go-dqlite/driver"
)

const database = "billing.db"

// A leader that has just died needs to be found to be dead.
func patience() time.Duration {
	seconds, err := strconv.Atoi(os.Getenv("CLUSTER_PATIENCE"))
	if err != nil || seconds < 1 {
		seconds = 120
	}
	return time.Duration(seconds) * time.Second
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "client:", err)
		os.Exit(1)
	}
}

// The driver says no more than that it has given up, or that there is a row.
func explain(err error, addresses string) error {
	if refused, ok := err.(driver.Error); ok && refused.Code == hasRows {
		return fmt.Errorf("a query among statements, SELECT, give it to client query")
	}
	if err == nil || !strings.Contains(err.Error(), driver.ErrNoAvailableLeader.Error()) {
		return err
	}
	return fmt.Errorf("nodes: no leader in %v, %s, start a majority of them", patience(), addresses)
}

func storeOf(addresses string) client.NodeStore {
	store := client.NewInmemNodeStore()
	var nodes []client.NodeInfo
	for _, address := range strings.Split(addresses, ",") {
		nodes = append(nodes, client.NodeInfo{Address: address})
	}
	must(store.Set(context.Background(), nodes))
	return store
}

func open(addresses string) *sql.DB {
	dqlite, err := driver.New(storeOf(addresses), driver.WithConnectionTimeout(patience()))
	must(err)
	sql.Register("dqlite", dqlite)
	db, err := sql.Open("dqlite", database)
	must(err)
	db.SetMaxOpenConns(1)
	return db
}

func leader(addresses string) *client.Client {
	until, stop := context.WithTimeout(context.Background(), patience())
	defer stop()
	found, err := client.FindLeader(until, storeOf(addresses))
	must(explain(err, addresses))
	return found
}

func add(addresses, id, address string) {
	number, err := strconv.ParseUint(id, 10, 64)
	must(err)
	found := leader(addresses)
	defer found.Close()
	node := client.NodeInfo{ID: number, Address: address, Role: client.Voter}
	must(found.Add(context.Background(), node))
}

// A leader that has just been started may answer before it has applied its log: its file is empty
// then.
func isEarly(message string) bool {
	return strings.Contains(message, "no such table: loaded_log") ||
		strings.Contains(message, "checkpoint in progress")
}

// What dqlite says of a query among statements, in SQLite's number for it.
const hasRows = 100

// Does it say that the statement itself is wrong? Then trying again is no use.
func isRefused(err error) bool {
	refused, ok := err.(driver.Error)
	return ok && (refused.Code&0xff == 19 || refused.Code == hasRows ||
		refused.Code == 1 && !isEarly(refused.Message))
}

// How many lines of a log are in the file. The row changes in the transaction of the lines, so it
// says whether one was committed whose answer was lost, and where to go on after anything.
func loadedLines(db *sql.DB, log string) (int, error) {
	var line int
	err := db.QueryRow("SELECT coalesce(max(line), 0) FROM loaded_log WHERE log = ?", log).Scan(&line)
	return line, err
}

// The lines after number `from`, unless they are there.
func runBatch(db *sql.DB, log string, from int, lines []string) error {
	line, err := loadedLines(db, log)
	if err != nil || line > from {
		return err
	}
	work, err := db.Begin()
	if err != nil {
		return err
	}
	defer work.Rollback()
	if _, err = work.Exec("INSERT OR REPLACE INTO loaded_log(log, line) VALUES (?, ?)",
		log, from+len(lines)); err != nil {
		return err
	}
	if _, err = work.Exec(strings.Join(lines, ";\n")); err != nil {
		return err
	}
	return work.Commit()
}

// Until it is done, or is refused.
func insist(addresses, what string, work func() error) {
	tried, began := 0, time.Now()
	for {
		err := work()
		if err == nil {
			return
		}
		if isRefused(err) || time.Since(began) > patience() {
			fmt.Fprintf(os.Stderr, "client: %s: %v\n", what, explain(err, addresses))
			os.Exit(1)
		}
		tried++
		fmt.Fprintf(os.Stderr, "again: %s: %v\n", what, err)
		time.Sleep(time.Duration(20+20*tried) * time.Millisecond)
	}
}

// The text is asked for by a query and run by a client, since dqlite replicates what statements
// write and not what queries write.
func install(addresses string) {
	db := open(addresses)
	defer db.Close()
	insist(addresses, "install", func() error {
		var script sql.NullString
		err := db.QueryRow("SELECT billing_install_script()").Scan(&script)
		if err != nil || !script.Valid {
			return err
		}
		work, err := db.Begin()
		if err != nil {
			return err
		}
		defer work.Rollback()
		if _, err = work.Exec(script.String); err != nil {
			return err
		}
		if _, err = work.Exec("INSERT INTO billing_setting(name, value)" +
			" VALUES ('replicated', 1)"); err != nil {
			return err
		}
		return work.Commit()
	})
}

// A statement that takes longer than the election timeout costs the leader its office, and would do
// so each time that it is tried. So batches are bounded, and a line that settles or installs has
// one of its own.
func load(addresses, path string, rows int) {
	db := open(addresses)
	defer db.Close()
	content, err := os.ReadFile(path)
	must(err)
	log := fmt.Sprintf("%x", sha256.Sum256(content))
	from, batch := 0, []string{}
	insist(addresses, "loaded_log", func() error {
		if _, err := db.Exec("CREATE TABLE IF NOT EXISTS loaded_log(" +
			"log TEXT PRIMARY KEY, line INTEGER NOT NULL)"); err != nil {
			return err
		}
		from, err = loadedLines(db, log)
		return err
	})
	flush := func() {
		if len(batch) > 0 {
			what := fmt.Sprintf("lines %d to %d", from+1, from+len(batch))
			insist(addresses, what, func() error { return runBatch(db, log, from, batch) })
			// What a client that lost the answer does.
			insist(addresses, "once more", func() error { return runBatch(db, log, from, batch) })
			from += len(batch)
			batch = batch[:0]
			fmt.Println(from)
		}
	}
	for _, line := range strings.Split(strings.TrimSuffix(string(content), "\n"), "\n")[from:] {
		alone := strings.HasPrefix(line, "INSERT INTO settlement")
		if alone || len(batch) >= rows {
			flush()
		}
		batch = append(batch, strings.TrimSuffix(line, ";"))
		if alone {
			flush()
		}
	}
	flush()
}

func query(addresses, text string) {
	db := open(addresses)
	defer db.Close()
	rows, err := db.Query(text)
	must(explain(err, addresses))
	names, err := rows.Columns()
	must(err)
	for rows.Next() {
		values, places := make([]interface{}, len(names)), make([]interface{}, len(names))
		for i := range values {
			places[i] = &values[i]
		}
		must(rows.Scan(places...))
		shown := make([]string, len(values))
		for i, value := range values {
			shown[i] = fmt.Sprint(value)
		}
		fmt.Println(strings.Join(shown, "|"))
	}
	must(rows.Err())
}

func dump(address, folder string) {
	node, err := client.New(context.Background(), address)
	must(err)
	defer node.Close()
	files, err := node.Dump(context.Background(), database)
	must(err)
	for _, file := range files {
		must(os.WriteFile(filepath.Join(folder, filepath.Base(file.Name)), file.Data, 0o600))
	}
}

func main() {
	words := append(os.Args[1:], "", "", "", "")
	switch words[0] {
	case "add":
		add(words[1], words[2], words[3])
	case "leader":
		found := leader(words[1])
		info, err := found.Leader(context.Background())
		must(err)
		fmt.Println(info.Address)
	case "query":
		query(words[1], words[2])
	case "install":
		install(words[1])
	case "load":
		rows, err := strconv.Atoi(words[3])
		if err != nil {
			rows = 100
		}
		load(words[1], words[2], rows)
	case "dump":
		dump(words[1], words[2])
	default:
		fmt.Fprintln(os.Stderr, "client: add, leader, query, install, load or dump;"+
			" see the head of client.go")
		os.Exit(2)
	}
}
