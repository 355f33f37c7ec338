"""Damaged files: rows of derived tables edited or dropped, pages flipped. Nothing crashes, whatever
is read or written; a damaged page is at most an error; and what is derived comes back from the
facts by billing_rebuild(). DAMAGED_SEED and DAMAGED_FILES choose other runs."""

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import unittest

from cases import WithWorld, entries, errors, facts, rows
from support import connect

SEED = int(os.environ.get("DAMAGED_SEED", "1"))
FILES = int(os.environ.get("DAMAGED_FILES", "60"))

# Damage before a close that was once found by chance: running sums, wallets that are lost, holdings
# of another lot, holdings of no wallet, states that are lost.
SUMS = "UPDATE ledger_entry SET lot_used = -9223372036854775808 WHERE lot_id = 2"
FOUND = [
    SUMS,
    "DELETE FROM _billing_wallet WHERE team_id = 'u'",
    "DELETE FROM _billing_wallet WHERE team_id = 't'",
    "UPDATE OR IGNORE _billing_holding SET lot_id = 'u' WHERE lot_id = 1",
    "UPDATE OR IGNORE _billing_holding SET lot_id = 'u' WHERE lot_id = 2",
    "UPDATE OR IGNORE _billing_holding SET wallet_id = -0.5",
    "UPDATE OR IGNORE _billing_holding SET wallet_id = 'u'; DELETE FROM _billing_wallet_state",
    "DELETE FROM _billing_wallet_state WHERE wallet_id = 1",
]

READINGS = ("wallet_balance lot_balance ledger uncharged_usage usage_status unrated_usage "
            "usage_daily"
            " settlement_preview billing_alert token_events wallet_forecast budget_status "
            "billing_check usage_series balance_series lot_series").split()

MORE = """
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES
  (5, 'd', 'model-derivative', 'rvt', 300, '2025-02-02 00:00:00'),
  (6, 'c', 'nothing', 'x', 1, '2025-02-03 00:00:00'),
  (7, 'nobody', 'model-derivative', 'rvt', 1, '2025-02-03 00:00:00');
INSERT INTO lot_move(lot_id, team_id, moved_at) VALUES (1, 'u', '2025-02-20 00:00:00');
INSERT INTO period_close(team_id, closed_until) VALUES ('u', '2025-02-10 00:00:00');
INSERT INTO budget(budget_id, team_id, tokens, starts_at) VALUES (1, 't', 1, '2025-01-01 00:00:00');
SELECT settle();
"""


def derived_tables(db):
    """Tables that billing_rebuild() makes again: no facts, no settings, not the number of the
    schema."""
    fixed = set(facts(db)) | {"_billing_meta", "billing_setting", "alert_outbox", "contact",
                              "usage_reject"}
    return [name for (name,) in rows(db, "SELECT name FROM sqlite_schema WHERE type = 'table'"
                                     " AND rootpage > 0"
                                         " AND (name LIKE '\\_billing\\_%' ESCAPE '\\' OR name = "
                                     "'ledger_entry')"
                                         " AND name NOT LIKE '\\_billing\\_closed\\_%' ESCAPE '\\'")
            if name not in fixed]


def odd_value(source):
    return source.choice([None, 0, 1, -1, 2 ** 31, -2 ** 63, 2 ** 63 - 1, 1e308, -0.5, "", "t", "u",
                          b"", b"\xff\x00", "2025-02-02 00:00:00", 86400000, 10 ** 18])


def edit(db, source):
    """One row, or one column of all rows, of a derived table becomes something else; or rows go."""
    table = source.choice(derived_tables(db))
    column = source.choice([name for (name,) in rows(db, "SELECT name FROM pragma_table_xinfo(?)"
                                                     " WHERE hidden = 0", table)])
    where = source.choice(["1", "(SELECT count(*) FROM %s) < 2 OR coin()" % table])
    if source.randrange(4) == 0:
        sql, values = "DELETE FROM %s WHERE %s" % (table, where), ()
    else:
        sql, values = 'UPDATE OR IGNORE %s SET "%s" = ? WHERE %s' % (
            table, column, where), (odd_value(source),)
    try:
        db.execute(sql, values)
    except sqlite3.Error:
        pass  # the table's own checks hold


def damage_rows(path, seed):
    source = random.Random(seed)
    db = connect(path)
    db.create_function("coin", 0, lambda: source.randrange(2))
    db.execute("PRAGMA ignore_check_constraints = %d" % source.randrange(2))
    for _ in range(source.randrange(1, 4)):
        edit(db, source)
    db.close()


def damage_pages(path, seed):
    source = random.Random(seed)
    with open(path, "r+b") as file:
        size = file.seek(0, os.SEEK_END)
        for _ in range(source.randrange(1, 30)):
            file.seek(source.randrange(100, size))
            file.write(bytes([source.randrange(256)]))


# Reads everything and writes a little, in a process of its own, so that a crash is a failure.
CHILD = r"""
import sys
sys.path.insert(0, sys.argv[1])
import sqlite3
from support import connect
from test_damaged import READINGS
for path in sys.argv[2:]:
    print(path); sys.stdout.flush()
    db = connect(path)
    db.text_factory = bytes
    def run(sql):
        try: db.execute(sql).fetchall()
        except (sqlite3.Error, sqlite3.Warning, OverflowError, UnicodeDecodeError): pass
        if db.in_transaction: run("ROLLBACK")
    for table in READINGS:
        run("SELECT * FROM " + table)
        run("SELECT * FROM %s WHERE at = '2025-02-15 00:00:00'" % table)
        run("SELECT * FROM %s('t')" % table)
    for usage in range(1, 8): run("SELECT * FROM explain_charge(%d)" % usage)
    run("INSERT INTO usage(client_id, api, sku, occurred_at)"
        " VALUES ('c', 'model-derivative', 'rvt', '2025-02-12 00:00:00')")
    run("SELECT settle()")
    run("SELECT billing_autosettle(1)")
    run("INSERT INTO usage(client_id, api, sku, occurred_at)"
        " VALUES ('d', 'model-derivative', 'rvt', '2025-03-12 00:00:00')")
    run("INSERT INTO token_lot(team_id, kind, tokens, purchased_at)"
        " VALUES ('t', 'flex_token', 5, '2025-02-11 00:00:00')")
    run("DELETE FROM usage WHERE usage_id = 3")
    run("SELECT billing_install()")
    run("SELECT settle()")
    db.close()
print("done")
"""


class Damaged(WithWorld):
    def setUp(self):
        super().setUp()
        self.db.executescript(MORE)
        self.wanted = entries(self.db)
        self.facts = facts(self.db)
        self.db.close()

    def copies(self, count, damage):
        paths = []
        for seed in range(SEED * 1000, SEED * 1000 + count):
            paths.append(os.path.join(self.folder, "damaged-%d.db" % seed))
            shutil.copyfile(self.path, paths[-1])
            damage(paths[-1], seed)
        return paths

    def survive(self, paths):
        done = subprocess.run([sys.executable, "-c", CHILD, os.path.dirname(__file__)] + paths,
                              capture_output=True, text=True, errors="replace", timeout=1800)
        last = done.stdout.splitlines()[-1:]
        self.assertEqual((done.returncode, last), (0, ["done"]), done.stderr[-3000:])
        self.assertNotIn("runtime error", done.stderr)

    def test_edited_bookkeeping(self):
        self.survive(self.copies(FILES, damage_rows))

    def test_flipped_pages(self):
        self.survive(self.copies(FILES, damage_pages))

    def test_derived_comes_back_from_the_facts(self):
        """What was damaged before a close is kept with the close, and billing_check names it: it
        comes back when the period is opened."""
        for path in self.copies(FILES // 3, damage_rows) + self.found():
            db = self.open(path)
            self.assertEqual(facts(db), self.facts, path)
            try:
                rows(db, "SELECT billing_rebuild()")
            except sqlite3.IntegrityError as error:
                self.assertIn("delete the period_close rows", str(error))
                self.assertNotEqual(errors(db), [], path)
            if entries(db) != self.wanted:
                self.assertNotEqual(errors(db), [], path)
            db.execute("DELETE FROM period_close")
            rows(db, "SELECT billing_rebuild()")
            self.assertEqual(entries(db), self.wanted, path)
            self.assertEqual(errors(db), [], path)
            db.close()

    def found(self):
        paths = []
        for number, damage in enumerate(FOUND):
            paths.append(self.path + ".found%d" % number)
            shutil.copy(self.path, paths[-1])
            db = self.open(paths[-1])
            db.execute("PRAGMA ignore_check_constraints = 1")
            db.executescript(damage)
            db.close()
        return paths

    def test_a_damaged_close_can_be_opened_while_facts_wait(self):
        db = self.open(self.path)
        db.execute(SUMS)
        rows(db, "INSERT INTO usage(client_id, api, sku, occurred_at)"
                 " VALUES ('d', 'model-derivative', 'rvt', '2025-02-12 00:00:00')")
        with self.assertRaisesRegex(sqlite3.IntegrityError, "lot 2.*delete the period_close"):
            rows(db, "SELECT billing_rebuild()")
        db.execute("DELETE FROM period_close")
        rows(db, "SELECT billing_rebuild()")
        self.assertEqual(errors(db), [])
        db.close()

    def test_a_close_is_held_against_what_it_found(self):
        db = self.open(self.path)
        db.execute("UPDATE _billing_holding SET lot_id = 77 WHERE lot_id = 2")
        rows(db, "SELECT billing_rebuild()")
        self.assertNotEqual(entries(db), self.wanted)
        for check in ("billing_check", "billing_check('u')"):
            found = rows(db, "SELECT subject, detail FROM %s WHERE rule = 'closed_sum'" % check)
            self.assertEqual([subject for subject, _ in found], ["team u"])
            self.assertIn("delete the period_close row", found[0][1])
        db.execute("DELETE FROM period_close")
        rows(db, "SELECT billing_rebuild()")
        self.assertEqual((entries(db), errors(db)), (self.wanted, []))
        db.close()


if __name__ == "__main__":
    unittest.main()
