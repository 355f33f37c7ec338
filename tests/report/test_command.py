"""billing-report without a browser: its data are those of the reading tables, and bad input ends in
one clear line."""

import os
import shutil
import unittest

from support import AT, COMMAND, SINCE, UNKIND, UNTIL, WithDatabase, missing, report, sql, tables_of


@unittest.skipIf(missing(), missing())
class Command(WithDatabase):
    def setUp(self):
        self.out = os.path.join(self.folder, "out.html")
        if os.path.exists(self.out):
            os.remove(self.out)

    def refused(self, said, *arguments, **environment):
        """It fails with one line that holds `said`, and leaves no file behind, not even half of
        one."""
        before = sorted(os.listdir(self.folder))
        status, out, errors = report(*arguments, "--out", self.out, **environment)
        self.assertNotEqual(status, 0)
        self.assertEqual(out, "")
        self.assertRegex(errors, r"\Abilling-report: [^\n]+\n\Z")
        self.assertIn(said, errors)
        self.assertEqual(sorted(os.listdir(self.folder)), before)

    def page_of(self, *arguments):
        status, out, errors = report(*arguments, "--out", self.out)
        self.assertEqual((status, out, errors), (0, self.out + "\n", ""))
        with open(self.out, encoding="utf-8") as file:
            return tables_of(file.read())

    def test_wallets_and_bars_are_those_of_the_reading_tables(self):
        data = tables_of(self.text)
        wallets = sql(self.path, "SELECT team_id AS team, balance, available, uncharged, access"
                      " FROM wallet_balance"
                                 f" WHERE at = '{AT}' ORDER BY team_id")
        self.assertEqual([{key: row[key] for key in wallets[0]} for row in data["wallets"]],
                         wallets)
        bars = sql(self.path, "SELECT day, client_id AS app, sku, events, tokens FROM usage_daily"
                              f" WHERE day >= '{SINCE}' AND day < '{UNTIL}'"
                   f" ORDER BY day, team_id, client_id, api, sku")
        self.assertEqual([{key: row[key] for key in bars[0]} for row in data["usage"]], bars)
        owed = sql(self.path, f"SELECT sum(uncharged) AS owed"
                   f" FROM uncharged_usage(NULL, '{AT}')")[0]["owed"]
        self.assertAlmostEqual(sum(row["uncharged"] for row in data["usage"]), owed)
        days = sql(self.path, f"SELECT s.day, s.team_id AS team, s.expected, s.low, s.high"
                   f" FROM team t, forecast_series(t.team_id, '{AT}', 30) s"
                              " WHERE s.api IS NULL ORDER BY t.team_id, s.day")
        self.assertEqual(sorted(data["forecast"], key=lambda row: (row["team"], row["day"])), days)
        self.assertGreater(len(days), 59)
        for row in data["usage"]:
            self.assertAlmostEqual(row["charged"] + row["uncharged"], row["tokens"])

    def test_statement_adds_up(self):
        lines = tables_of(self.text)["statement"]
        rows = [row for row in lines if row["line"] == "total"]
        self.assertEqual([(row["month"], row["team"]) for row in rows],
                         [("2025-06", "one"), ("2025-06", "two"), ("2025-07", "one"),
                          ("2025-07", "two")])
        for row in rows:
            self.assertAlmostEqual(row["opening"] + row["purchased"]
                                   + row["moved"] - row["used"] - row["offset"]
                                   - row["lapsed"], row["closing"])
            for line in ("api", "app"):
                parts = [each for each in lines if (each["line"], each["month"],
                                                    each["team"]) == (
                                                        line, row["month"], row["team"])]
                for column in ("used", "offset", "uncharged_closing"):
                    self.assertAlmostEqual(sum(each[column] for each in parts), row[column])
        july = {row["team"]: row for row in rows if row["month"] == "2025-07"}
        self.assertEqual((july["one"]["moved"], july["two"]["moved"]), (4.0, -4.0))
        self.assertGreater(july["one"]["lapsed"], 0)

    def test_period_is_half_open(self):
        days = [row["day"] for row in tables_of(self.text)["usage"]]
        self.assertEqual((min(days), max(days)), ("2025-06-20", "2025-07-10"))

    def test_without_a_period_it_ends_with_the_newest_usage(self):
        page = self.page_of(self.path)["page"][0]
        self.assertEqual((page["since"], page["until"]), ("2025-04-11", "2025-07-12"))

    def test_page_of_a_team_names_no_other(self):
        data = self.page_of(self.path, "--team", "two")
        self.assertEqual({row["team"] for name in ("teams", "usage", "wallets", "balance", "lots",
                                                   "burning", "statement",
                                                   "forecast", "outlook") for row in data[name]},
                         {"two"})
        self.assertEqual([row["app"] for row in data["apps"]], ["robot"])

    def test_period_without_usage_has_a_page(self):
        data = self.page_of(self.path, "--since", "2025-01-01", "--until", "2025-01-03")
        self.assertEqual(data["usage"], [])
        self.assertEqual(len(data["wallets"]), 2)

    def test_file_without_facts_has_a_page(self):
        path = os.path.join(self.folder, "no facts.db")
        sql(path, "SELECT billing_install()")
        self.assertEqual(self.page_of(path)["teams"], [])
        os.remove(path)

    def test_names_end_no_script_and_come_through(self):
        self.assertEqual(tables_of(self.text)["teams"][0]["name"], UNKIND)
        self.assertNotIn("<", self.text.split('<script id="data"')[1].split(">", 1)[1].split(
            "\n</script>\n</body>")[0])

    def test_team_with_an_unkind_id(self):
        path, name = os.path.join(self.folder, "a 'b' c.db"), "te'am\"; DROP TABLE usage; -- 設計"
        shutil.copyfile(self.path, path)
        literal = name.replace("'", "''")
        sql(path, f"INSERT INTO team(team_id, account_id, name) VALUES ('{literal}', 'acme', 'T')")
        self.assertEqual(self.page_of(path, "--team", name)["page"][0]["team"], name)
        os.remove(path)

    def test_read_only_file(self):
        path = os.path.join(self.folder, "read only.db")
        shutil.copyfile(self.path, path)
        os.chmod(path, 0o444)
        with open(path, "rb") as file:
            before = file.read()
        self.assertEqual(len(self.page_of(path)["teams"]), 2)
        with open(path, "rb") as file:
            self.assertEqual(file.read(), before)
        os.remove(path)

    def test_bad_input(self):
        other, text = os.path.join(self.folder, "other.db"), os.path.join(self.folder, "text.db")
        sql(other, "CREATE TABLE usage(x)")
        with open(text, "w", encoding="utf-8") as file:
            file.write("this is no database " * 100)
        self.refused("no such team, three, the file has one two", self.path, "--team", "three")
        self.refused("the period is empty, 2025-07-01 to 2025-07-01", self.path, "--since",
                     "2025-07-01", "--until", "2025-07-01")
        self.refused("--since is no day, July, write YYYY-MM-DD", self.path, "--since", "July")
        self.refused("--until is no day, 2025-02-30", self.path, "--until", "2025-02-30")
        self.refused("the period has not begun", self.path, "--since", "2125-01-01", "--until",
                     "2125-02-01")
        self.refused("longer than ten years", self.path, "--since", "1900-01-01")
        self.refused("no such file", os.path.join(self.folder, "none.db"))
        self.refused("run SELECT billing_install() in it", other)
        self.refused("file is not a database", text)
        self.refused("the file cannot be read", self.folder)
        self.refused("no database is named", "--team", "one")
        self.refused("unknown option, --teams", "--teams", "one", self.path)
        self.refused("--team has no value", self.path, "--team", "")
        alone = shutil.copy(COMMAND, self.folder)
        self.refused("report-template.html is missing, make it once with: make report-template",
                     self.path, command=alone, BILLING_REPORT=self.folder)
        os.remove(alone)
        self.refused("there is no sqlite3 shell", self.path, SQLITE3="sqlite3-that-is-not-there")
        self.refused("the file cannot be read", self.path,
                     BILLING_EXTENSION=os.path.join(self.folder, "none"))

    def test_nothing_half_written(self):
        """A page that was there stays as it was when a later one fails, and an unwritable place
        says so."""
        with open(self.out, "w", encoding="utf-8") as file:
            file.write("before")
        self.refused("no such team", self.path, "--team", "three")
        with open(self.out, encoding="utf-8") as file:
            self.assertEqual(file.read(), "before")
        status, _, errors = report(self.path, "--out", os.path.join(self.folder, "none", "x.html"))
        self.assertEqual((status, "no folder to write in" in errors), (1, True))

    def test_damaged_file(self):
        """What fails in the middle of the queries fails the command."""
        path = os.path.join(self.folder, "damaged.db")
        shutil.copyfile(self.path, path)
        sql(path, "DROP TABLE app")
        self.refused("the file cannot be read", path)
        os.remove(path)

    @unittest.skipUnless(shutil.which("node"), "there is no node")
    def test_pictures(self):
        folder = os.path.join(self.folder, "pictures")
        status, _, errors = report(self.path, "--since", SINCE, "--until", UNTIL, "--out", self.out,
                                   "--svg", folder)
        self.assertEqual((status, errors), (0, ""))
        names = {name for name in os.listdir(folder) if name.endswith(".svg")}
        self.assertEqual(names, {"bars.svg", "balance.svg", "lines.svg", "lots.svg", "forecast.svg",
                                 "split-model-derivative.svg", "split-design-automation.svg"})
        with open(os.path.join(folder, "bars.svg"), encoding="utf-8") as file:
            picture = file.read()
        self.assertIn('fill="#0072B2"', picture)
        self.assertIn('fill="url(#uncharged)"', picture)
        shutil.rmtree(folder)


if __name__ == "__main__":
    unittest.main()
