"""The functions that only the triggers need: elsewhere they refuse, and inside a transaction that
writes, where SQLite does not tell who calls, arguments of every type get an answer or an error and
change no fact."""

import os
import random
import sqlite3
import tempfile
import unittest

import support

CALLS = int(os.environ.get("CALLS", "3000"))
TABLES = ["account", "team", "app", "app_team", "usage", "token_lot", "policy", "api", "rate_card",
          "nothing"]
TEXTS = [
    "", "T1", "A1", "app1", "model-derivative", "rvt", "2025-05-01 00:00:00",
    "2025-05-01T00:00:00.5+09:00", "now",
    "x" * 3000, "\x00", "a\x00b", "é\r\n\t", "'", "-1", "9223372036854775807",
    "flex_token", *TABLES,
]
NUMBERS = [0, 1, -1, 2, 3600000, 2**31, 2**63 - 1, -(2**63), 0.0, -0.0, 0.5, 1e300, -1e300,
           float("inf"), 5e-324]


def any_argument(dice):
    kind = dice.randrange(8)
    if kind == 0:
        return None
    if kind <= 2:
        return dice.choice(NUMBERS)
    if kind == 3:
        return bytes(dice.randrange(256) for _ in range(dice.randrange(20)))
    if kind == 4:
        return dice.randrange(-10, 10)
    return dice.choice(TEXTS)


def functions(db):
    return {row[0] for row in db.execute("SELECT name FROM pragma_function_list")}


class TriggerFunctions(unittest.TestCase):
    def open(self, folder):
        db = sqlite3.connect(os.path.join(folder, "a.db"), isolation_level=None)
        before = functions(db)
        # a function may hand a blob on
        db.text_factory = lambda text: text.decode(errors="replace")
        db.enable_load_extension(True)
        db.load_extension(support.EXTENSION)
        db.execute("SELECT billing_install()")
        db.executescript(support.FACTS)
        db.execute("SELECT settle()")
        names = sorted(name for name in functions(db) - before
                       if name not in ("billing_valid_call", "billing_keep_row")  # they only fail
                       and name.startswith(("billing_valid_", "billing_keep_", "billing_unused",
                                            "billing_inserted",
                                            "billing_updated", "billing_deleted")))
        self.assertGreater(len(names), 9)
        return db, names

    def facts(self, db):
        return [list(db.execute("SELECT * FROM " + table)) for table in TABLES[:-1]]

    def test_random_calls(self):
        dice = random.Random(7)
        with tempfile.TemporaryDirectory() as folder:
            db, names = self.open(folder)
            facts, answers = self.facts(db), 0
            for number in range(CALLS):
                name = names[number % len(names)]
                arguments = [any_argument(dice) for _ in range(dice.randrange(0, 7))]
                if not name.startswith("billing_keep_") and arguments and dice.random() < 0.5:
                    arguments[0] = dice.choice(TABLES)
                    arguments += [any_argument(dice) for _ in range(dice.randrange(0, 8))]
                db.execute("BEGIN IMMEDIATE")
                try:
                    db.execute("SELECT %s(%s)" % (name, ", ".join("?" * len(arguments))),
                               arguments).fetchall()
                    answers += 1
                except UnicodeDecodeError:
                    self.fail("an error that is not UTF-8: %s%r" % (name, arguments))
                except sqlite3.Error as error:
                    self.assertNotIn("out of memory", str(error), (name, arguments))
                db.execute("ROLLBACK")
            self.assertGreater(answers, CALLS // 50)
            self.assertEqual(self.facts(db), facts)
            self.assertEqual(db.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
            self.assertEqual(db.execute("SELECT * FROM billing_check"
                                        " WHERE severity = 'error'").fetchall(), [])
            db.close()

    def test_what_only_triggers_call(self):
        """Outside a statement that writes, such a function refuses; inside one it does no harm."""
        with tempfile.TemporaryDirectory() as folder:
            db, names = self.open(folder)
            for name in names:
                if name == "billing_valid_usage":  # every insert would pay for the question
                    continue
                for (count,) in db.execute("SELECT narg FROM pragma_function_list WHERE name = ?",
                                           [name]).fetchall():
                    with self.assertRaisesRegex(sqlite3.Error, name + ": called outside a trigger"):
                        db.execute("SELECT %s(%s)" % (name, ", ".join("?" * max(count, 1))),
                                   [1] * max(count, 1))
            db.close()


if __name__ == "__main__":
    unittest.main()
