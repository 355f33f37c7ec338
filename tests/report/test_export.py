"""billing-export: what each format holds is what billing_export() writes, with its types, and bad
input ends in one line."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import unittest
import zipfile
from xml.etree import ElementTree

from support import EXTENSION, ROOT, SQLITE3, WithDatabase, missing, sql

COMMAND = os.path.join(ROOT, "report/billing-export")
DUCKDB = os.path.join(ROOT, "build/export/node_modules")
SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
NS = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}

# An id and a label that look like integers in the first row, and a text that XML, CSV and SQL would
# read otherwise.
MORE = """INSERT INTO team(team_id, account_id, name) VALUES ('007', 'acme', '<&>"''');
INSERT INTO app(client_id, name, account_id) VALUES ('0012', '12', 'acme');
INSERT INTO app_team(client_id, team_id, assigned_at) VALUES ('0012', '007', '2024-01-01 00:00:00');
INSERT INTO usage(client_id, api, sku, quantity, occurred_at, user_id, label) VALUES
  ('0012', 'model-derivative', 'rvt', 1, '2019-01-02 03:04:05.257', '001', NULL),
  ('0012', 'model-derivative', 'rvt', 1, '2019-01-02 03:04:06', '002', '3');
SELECT settle();"""


def export(*arguments, command=COMMAND, **environment):
    names = {**os.environ, "BILLING_EXTENSION": EXTENSION, **environment}
    done = subprocess.run([command, *arguments], env=names, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@unittest.skipIf(missing(), missing())
class Export(WithDatabase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        subprocess.run([SQLITE3, "-init", os.devnull, "-batch", "-bail", "-cmd",
                        ".load " + EXTENSION, cls.path],
                       input=MORE.encode(), stdout=subprocess.DEVNULL, check=True)
        cls.plain = os.path.join(cls.folder, "plain.db")
        status, _, errors = export(cls.path, "--format", "sqlite", "--out", cls.plain)
        if status:
            raise AssertionError(errors)

    def tables(self):
        """Of the plain file, without the extension: columns, their types, rows, by table."""
        db = sqlite3.connect(self.plain)
        self.addCleanup(db.close)
        return {name: (db.execute("SELECT name, type FROM pragma_table_info(?)", (name,
                                  )).fetchall(), db.execute(f'SELECT * FROM "{name}"').fetchall())
                for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'"
                                          " AND name NOT LIKE '\\_%' ESCAPE '\\'")}

    # Instants at which the files were written differ.
    def steady(self, columns):
        return [i for i, (name, _) in enumerate(columns) if name not in (
            "at", "settled_until", "since")]

    def written(self, kind, suffix=""):
        out = os.path.join(self.folder, "out-" + kind + suffix)
        status, said, errors = export(self.path, "--format", kind, "--out", out)
        self.assertEqual((status, said, errors), (0, out + "\n", ""))
        return out

    def test_plain_file_has_the_bars(self):
        columns, rows = self.tables()["usage_daily"]
        self.assertEqual(sorted(row[0] for row in rows),
                         sorted(row["day"] for row in sql(self.path, "SELECT day"
                                                          " FROM usage_daily")))
        self.assertEqual({name: kind for name, kind in columns}["events"], "INTEGER")

    def test_csv(self):
        out = self.written("csv")
        tables = self.tables()
        self.assertEqual({name[:-4] for name in os.listdir(out)}, set(tables))
        self.assertTrue(any(not rows for _, rows in tables.values()), "a table without rows")
        for name, (columns, rows) in tables.items():
            with self.subTest(name):
                with open(os.path.join(out, name + ".csv"), encoding="utf-8", newline="") as file:
                    lines = file.read()
                self.assertEqual(lines.split("\r\n")[0], ",".join(column for column, _ in columns))
                if not rows:
                    self.assertEqual(lines.count("\r\n"), 1)
        for name, text in (("usage_status", '"2019-01-02 03:04:05.257",1.5,'),
                           ("team", '007,acme,"<&>""\'"')):
            with open(os.path.join(out, name + ".csv"), encoding="utf-8", newline="") as file:
                self.assertIn(text, file.read())

    @unittest.skipUnless(os.path.isdir(DUCKDB) and shutil.which("node"),
                         "there is no DuckDB, run make export-tools")
    def test_parquet(self):
        out = self.written("parquet")
        tables = self.tables()
        program = """const { DuckDBInstance } = require('@duckdb/node-api');
          (async () => {
            const db = await (await DuckDBInstance.create(':memory:')).connect(), found = {};
            for (const name of JSON.parse(process.argv[2])) {
              const file = `${process.argv[1]}/${name}.parquet`;
              const read = await db.runAndReadAll(`FROM read_parquet('${file}')`);
              found[name] = [read.columnNames(), read.columnTypes().map(String),
                read.getRowsJson()];
            }
            console.log(JSON.stringify(found));
          })();"""
        done = subprocess.run(["node", "-e", program, out, json.dumps(sorted(tables))],
                              env={**os.environ, "NODE_PATH": DUCKDB},
                              stdout=subprocess.PIPE, check=True)
        kinds = {"INTEGER": "BIGINT", "REAL": "DOUBLE", "TEXT": "VARCHAR", "TIMESTAMP": "TIMESTAMP",
                 "DATE": "DATE"}
        for name, (names, types, rows) in json.loads(done.stdout).items():
            columns, expected = tables[name]
            with self.subTest(name):
                self.assertEqual((names, types), ([column for column, _ in columns],
                                                  [kinds[kind] for _, kind in columns]))
                # JSON of 3.0 is 3 in JavaScript, and a large integer is text.
                told = lambda value: value if value is None or isinstance(value, str) else format(
                    value, ".12g")
                keep = self.steady(columns)
                self.assertEqual(sorted(str([told(row[i]) for i in keep]) for row in rows),
                                 sorted(str([told(row[i]) for i in keep]) for row in expected))

    @unittest.skipUnless(SOFFICE, "there is no LibreOffice")
    def test_xlsx(self):
        book = zipfile.ZipFile(self.written("xlsx", ".xlsx"))
        texts = ["".join(part.itertext())
                 for part in ElementTree.fromstring(book.read("xl/sharedStrings.xml"))]
        names = re.findall(r'<sheet name="([^"]+)"', book.read("xl/workbook.xml").decode())
        tables = self.tables()
        self.assertEqual(names, sorted(tables))
        for table in ("usage_daily", "usage_status", "lot_balance", "team", "budget_status"):
            columns, rows = tables[table]
            sheet = ElementTree.fromstring(book.read(
                f"xl/worksheets/sheet{names.index(table) + 1}.xml"))
            found = [self.row_of(row, texts, len(columns))
                     for row in sheet.findall("x:sheetData/x:row", NS)]
            with self.subTest(table):
                self.assertEqual(found[0], [name for name, _ in columns])
                keep = self.steady(columns)
                self.assertEqual(sorted(map(repr, ([row[i] for i in keep] for row in found[1:]))),
                                 sorted(map(repr, ([self.as_cell(row[i], columns[i][1])
                                                    for i in keep] for row in rows))))

    def row_of(self, row, texts, width):
        """Cells are named A2, B2, …; empty ones are left out."""
        cells = {ord(cell.get("r")[0]) - ord("A"): self.value(cell, texts) for cell in row}
        return [cells.get(i) for i in range(width)]

    @staticmethod
    def value(cell, texts):
        held = cell.find("x:v", NS)
        if held is None:
            return None
        return texts[int(held.text)] if cell.get("t") == "s" else round(float(held.text), 6)

    @staticmethod
    def as_cell(value, kind):
        """What a sheet holds: a number for a number, days since 1899-12-30 for a date, text for
        text and for ids."""
        if value is None or value == "":
            return value or None
        if kind in ("DATE", "TIMESTAMP"):
            db = sqlite3.connect(":memory:")
            days = db.execute("SELECT julianday(?) - julianday('1899-12-30')", (value,
                              )).fetchone()[0]
            db.close()
            return round(days, 6)
        return value if isinstance(value, str) else round(float(value), 6)

    def refused(self, said, *arguments, **environment):
        before = sorted(os.listdir(self.folder))
        status, out, errors = export(*arguments, **environment)
        self.assertEqual((status, out), (1, ""))
        self.assertRegex(errors, r"\Abilling-export: [^\n]+\n\Z")
        self.assertIn(said, errors)
        self.assertEqual(sorted(os.listdir(self.folder)), before)

    def test_bad_input(self):
        out = ("--out", os.path.join(self.folder, "x"))
        other = os.path.join(self.folder, "other.db")
        sql(other, "CREATE TABLE usage(x)")
        self.refused("unknown format, pdf, write csv, parquet, xlsx, ods or sqlite", self.path,
                     "--format", "pdf", *out)
        self.refused("run SELECT billing_install() in it", other, *out)
        self.refused("no such file", os.path.join(self.folder, "none.db"), *out)
        self.refused("no database is named", *out)
        self.refused("no folder to write in", self.path, "--out",
                     os.path.join(self.folder, "none", "x"))
        self.refused("--out is a file", self.path, "--out", self.plain)
        self.refused("parquet needs DuckDB", self.path, "--format", "parquet", *out,
                     BILLING_NODE_MODULES=self.folder)
        tools = os.path.join(self.folder, "tools")  # a machine without LibreOffice
        os.mkdir(tools)
        for name in ("sh", "sed", "dirname", "mktemp", "rm", "env"):
            os.symlink(shutil.which(name), os.path.join(tools, name))
        self.refused("xlsx needs LibreOffice, soffice, install libreoffice-calc", self.path,
                     "--format", "xlsx", *out, PATH=tools)
        os.remove(other)
        shutil.rmtree(tools)

    def test_source_stays_as_it_is(self):
        path = os.path.join(self.folder, "read only.db")
        shutil.copyfile(self.path, path)
        os.chmod(path, 0o444)
        with open(path, "rb") as file:
            before = file.read()
        self.assertEqual(export(path, "--out", os.path.join(self.folder, "of read only"))[0], 0)
        with open(path, "rb") as file:
            self.assertEqual(file.read(), before)
        os.remove(path)


if __name__ == "__main__":
    unittest.main()
