"""The live page in a real browser: it settles the database inside it, and what it shows is what the
shell's sqlite3 says after the same facts. It asks nobody for anything."""

import json
import os
import shutil
import subprocess
import unittest

from browser import WithPage, no_browser
from support import (AT, EXTENSION, ROOT, SINCE, SQLITE3, UNTIL, WithDatabase, missing, report, sql,
                     tables_of)

try:
    from selenium.webdriver.support.ui import WebDriverWait
except ImportError:
    WebDriverWait = None

LIVE = os.path.join(ROOT, "build/report-live.html")


def no_live():
    return "" if os.path.exists(
        LIVE) else "there is no build/report-live.html, run make report-live (needs emscripten)"


def rounded(rows):
    return [[round(cell, 2) if isinstance(cell, float) else cell for cell in row] for row in rows]


@unittest.skipIf(no_live() or no_browser(), no_live() or no_browser())
class Live(WithPage):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.page, cls.kept = os.path.join(cls.folder, "live.html"), cls.path
        status, _, errors = report(cls.path, "--since", SINCE, "--until", UNTIL, "--out", cls.page,
                                   "--live")
        if status:
            raise AssertionError(errors)

    def open(self, path):
        super().open(path)
        WebDriverWait(self.browser, 60).until(lambda _: self.settled() is not None)

    def setUp(self):
        self.path = self.kept
        super().setUp()

    def settled(self):
        return self.js("return document.getElementById('live').dataset.settled ?? null")

    def move(self, **values):
        """Moves controls as a reader does, and waits until the page has settled."""
        for name, value in values.items():
            before = self.settled()
            self.js("const field = document.getElementById('what_if').elements[arguments[0]]; "
                    "field.value = arguments[1];"
                    "field.dispatchEvent(new Event('input'))", name, value)
            WebDriverWait(self.browser, 60).until(lambda _, before=before: self.settled() != before)

    def said(self, name):
        return self.js("return document.getElementById(arguments[0]).textContent", name)

    def shell(self, facts):
        """A copy of the database in which the facts are settled by the shell; what is expected
        comes from it."""
        self.path = os.path.join(self.folder, "shell.db")
        shutil.copyfile(self.kept, self.path)
        done = subprocess.run([SQLITE3, "-init", os.devnull, "-batch", "-bail", "-cmd",
                               ".load " + EXTENSION, self.path],
                              input=(facts + ";SELECT settle();").encode(),
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def column(self, figure, *names):
        head, *rows = self.js(
            "return [...document.querySelectorAll(`[data-figure='${arguments[0]}'] tr`)]"
                              ".map((row) => [...row.cells].map((cell) => cell.textContent))",
            figure)
        at = [head.index(name) for name in names]
        return [[float(row[i].replace(",", "")) if row[i] and name not in (
            "Lot", "Ends", "Month", "Of") else row[i]
                 for i, name in zip(at, names)] for row in rows]

    def same_as_shell(self):
        """Lots, statement and bars: what the reader sees of them is what the shell's file says, to
        the hundredth."""
        lots = sql(self.path, f"SELECT lot_id, substr(expires_at, 1, 16) AS ends, tokens, used, "
                   f"lapsed, remaining FROM lot_balance(NULL, '{AT}')"
                              f" WHERE purchased_at <= '{AT}'"
                   f" AND (remaining > 0 OR expires_at >= '{SINCE}')")
        shown = self.column("lots table", "Lot", "Ends", "Size", "Used", "Lapsed", "Remaining")
        self.assertEqual(sorted(shown),
                         sorted(rounded([[str(row["lot_id"]), *list(row.values())[1:]]
                                         for row in lots])))
        lines = sql(self.path, "SELECT month, opening, purchased, moved, used, offset, lapsed, "
                    "closing, uncharged_closing FROM team t,"
                               " (VALUES ('2025-06'), ('2025-07')) m, month_statement(t.team_id, "
                    "m.column1) WHERE line = 'total'")
        shown = self.column("statement", "Month", "Of", "Opening", "Purchased", "Moved", "Used",
                            "Offset debt", "Lapsed", "Closing", "Uncharged after")
        self.assertEqual(sorted([row[:1] + row[2:] for row in shown if row[1] == "all"]),
                         sorted(rounded([list(row.values()) for row in lines])))
        self.same_bars("bars", self.expected())
        wallets = sql(self.path, f"SELECT sum(balance) AS balance, sum(uncharged) AS uncharged"
                      f" FROM wallet_balance WHERE at = '{AT}'")[0]
        self.assertIn(f"→ {wallets['balance']:,.2f}".rstrip("0").rstrip(".") + ";",
                      self.said("live_said"))
        self.assertIn(f"→ {wallets['uncharged']:,.2f}".rstrip("0").rstrip(".") + ";",
                      self.said("live_said"))

    def test_at_first_it_is_as_it_is(self):
        self.same_as_shell()
        self.assertEqual(self.said("live_sql"), "")

    def test_every_query_answers_what_the_shell_was_answered(self):
        """All tables of the page's data, by the SQLite in the page, which is newer than the
        shell's."""
        lines = self.browser.execute_async_script("""
            const text = (id) => document.getElementById(id).textContent.trim();
            const done = arguments[0];
            (async () => {
              const run = await openDatabase(await unpacked(text('wasm')),
                                             await unpacked(text('database')));
              return askAll(run, pageOf(tablesOf(text('data'))), '', text('report_sql'));
            })().then(done, (error) => done(error.message));""")
        with open(self.page, encoding="utf-8") as file:
            written = tables_of(file.read())
        plainly = lambda row: str({name: format(value, ".12g") if isinstance(value, (int, float))
                                   else value for name, value in row.items()})
        for name, columns, rows in map(json.loads, lines.strip().split("\n")):
            self.assertEqual(sorted(plainly(dict(zip(columns, row))) for row in rows),
                             sorted(map(plainly, written[name])), name)

    def test_a_purchase_and_another_place_of_the_slider(self):
        owed = sum(tokens for name, tokens in self.expected().items() if name[2] == "Uncharged")
        self.assertGreater(owed, 1)
        self.move(team="one", tokens=10, day=17)  # 2025-07-07, a day before the debt
        self.shell("INSERT INTO token_lot(team_id, kind, tokens, purchased_at)"
                   " VALUES ('one', 'flex_token', 10, '2025-07-07 00:00:00')")
        self.same_as_shell()
        self.assertLess(sum(tokens for name, tokens in self.expected().items()
                            if name[2] == "Uncharged"), owed)
        self.move(tokens=30, day=19)
        self.shell("INSERT INTO token_lot(team_id, kind, tokens, purchased_at)"
                   " VALUES ('one', 'flex_token', 30, '2025-07-09 00:00:00')")
        self.same_as_shell()
        self.move(tokens=0)
        self.shell("")
        self.same_as_shell()

    def test_a_price(self):
        rates = self.js(
            "return [...document.getElementById('what_if').elements.rate.options].map((option) => "
            "option.textContent)")
        self.move(rate=rates.index("Model Derivative API complex") - 1, price=0.5)
        self.shell("INSERT INTO rate_card(api, sku, effective_from, tokens, per, unit)"
                   " SELECT api, sku, '2025-06-20 00:00:00', tokens / 2, per, unit"
                   " FROM rate_card WHERE api = 'model-derivative' AND sku = 'complex'"
                   " AND effective_from < '2025-07-11' ORDER BY effective_from DESC LIMIT 1")
        self.same_as_shell()
        cheaper, self.path = sum(self.expected().values()), self.kept
        self.assertLess(cheaper, sum(self.expected().values()))

    def test_a_lapse_date_and_all_together_and_back(self):
        lots = (self.js(
            "return [...document.getElementById('what_if').elements.lot.options].map((option) => "
            "option.textContent.split(':')[0])"))
        self.move(lot=lots.index("2") - 1, end="2025-07-02")
        facts = "UPDATE token_lot SET expires_at = '2025-07-02 00:00:00' WHERE lot_id = 2;"
        self.shell(facts)
        self.same_as_shell()
        self.move(team="two", tokens=50, day=3)
        self.shell(facts + "INSERT INTO token_lot(team_id, kind, tokens, purchased_at)"
                   " VALUES ('two', 'flex_token', 50, '2025-06-23 00:00:00')")
        self.same_as_shell()
        self.shell(self.said("live_sql"))  # what the page says is the same in SQL
        self.same_as_shell()
        before = self.settled()
        self.js("document.getElementById('live_reset').click()")
        WebDriverWait(self.browser, 60).until(lambda _: self.settled() != before)
        self.shell("")
        self.same_as_shell()

    def test_what_is_refused_is_said_and_changes_nothing(self):
        self.move(lot=0, end="2020-01-01")
        self.assertRegex(self.said("live_said"), r"^It was refused: token_lot\.expires_at: ")
        self.shell("")
        self.same_bars("bars", self.expected())
        self.move(end="2030-01-01")
        self.assertNotIn("refused", self.said("live_said"))

    def test_languages_phone_and_screen_reader(self):
        self.move(tokens=20)
        self.choose(language="ja")
        self.assertEqual(self.js("return document.querySelector('#live h2').textContent"),
                         "もしも？")
        self.assertEqual(self.js("return document.getElementById('what_if').elements.tokens.value"),
                         "20")
        self.assertEqual(self.js(
            "return document.body.innerText.match(/undefined|NaN|\\$[a-z]+_/)"), None)
        self.choose(language="en")
        nodes = self.command("Accessibility.getFullAXTree")["nodes"]
        sliders = {node["name"]["value"].split(" 20")[0] for node in nodes
                   if node.get("role", {}).get("value") == "slider"}
        self.assertEqual(len(sliders), 3)
        self.assertTrue(all(sliders), sliders)
        self.screen(width=375)
        self.open(self.page)
        self.assertLessEqual(self.js("return document.documentElement.scrollWidth"), 375)


@unittest.skipIf(no_live() or missing(), no_live() or missing())
class Command(WithDatabase):
    def refused(self, said, *arguments, **environment):
        out = os.path.join(self.folder, "refused.html")
        status, _, errors = report(*arguments, "--out", out, "--live", **environment)
        self.assertEqual((status, os.path.exists(out)), (1, False))
        self.assertIn(said, errors)

    def test_a_live_page_of_one_team_names_no_other(self):
        self.refused("a live page holds all 2 teams of the file, --team one", self.path, "--team",
                     "one")

    def test_missing_template(self):
        alone = shutil.copy(os.path.join(ROOT, "report/billing-report"), self.folder)
        self.addCleanup(os.remove, alone)
        self.refused("report-live.html is missing, make it once with: make report-live", self.path,
                     command=alone, BILLING_REPORT=self.folder)

    def test_too_large(self):
        path = os.path.join(self.folder, "large.db")
        shutil.copyfile(self.path, path)
        self.addCleanup(os.remove, path)
        sql(path, "CREATE TABLE mine AS SELECT zeroblob(70000000) AS x")
        self.refused("the file is too large for a live page", path)


if __name__ == "__main__":
    unittest.main()
