"""What a column of a fact table may do without: NULL is refused by name where the table says NOT NULL,
and is taken everywhere else, whatever `facts.def` and the tables say of each column."""

import os
import re

from cases import WithWorld, rows
from support import ROOT
from test_still_holds import RETURNING

with open(os.path.join(ROOT, "ext", "facts", "facts.def"), encoding="utf-8") as definition:
    FACTS = re.findall(r"^FACT\(\w+, (\w+),", definition.read(), flags=re.MULTILINE)

MORE = ["INSERT INTO account_agreement VALUES ('a', 'flex', '2025-03-01 00:00:00')",
        "INSERT INTO app_owner VALUES ('c', 'a', '2025-03-01 00:00:00')",
        "INSERT INTO policy_change VALUES ('grace_days', 3, '2025-03-01 00:00:00')",
        "INSERT INTO contact(account_id, address) VALUES ('a', 'a@example.com')"]

# Keys that are rowids: an insert without one gets the next.
IDS = {"lot_id", "budget_id", "contact_id", "usage_id"}


class Missing(WithWorld):
    def setUp(self):
        super().setUp()
        for statement in RETURNING + MORE:
            if "period_close" not in statement: # its rows are asked about last, since they keep others
                rows(self.db, statement)
        self.closes = [statement for statement in RETURNING if "period_close" in statement]

    def columns(self, table):
        """[(name, whether it is needed)]"""
        return [(row[1], bool(row[3])) for row in rows(self.db, f"PRAGMA table_info({table})")]

    def is_refused(self, table, column, row):
        copy = dict(row, **{column: None})
        said = self.refused(self.db, f"INSERT INTO {table} VALUES ({', '.join('?' * len(copy))})",
                            *copy.values())
        self.assertRegex(said or "", f"^{table}.{column}: (missing|unknown), NULL, ")

    def is_taken(self, table, column, row):
        where = " AND ".join(f"{name} IS ?" for name in row)
        self.db.execute(f"UPDATE {table} SET {column} = NULL WHERE {where}", tuple(row.values()))

    def test_null_in_every_column(self):
        tried = 0
        for table in sorted(FACTS, key=lambda name: name == "period_close"):
            if table == "period_close":
                rows(self.db, self.closes[0])
            columns = self.columns(table)
            values = rows(self.db, f"SELECT * FROM {table} LIMIT 1")
            self.assertTrue(values, f"there is no row of {table}")
            row = dict(zip((name for name, _ in columns), values[0]))
            for column, needed in columns:
                with self.subTest(column=f"{table}.{column}"):
                    self.db.execute("SAVEPOINT one")
                    try:
                        if needed:
                            self.is_refused(table, column, row)
                        elif column not in IDS:
                            self.is_taken(table, column, row)
                        tried += 1
                    finally:
                        self.db.execute("ROLLBACK TO one")
                        self.db.execute("RELEASE one")
        self.assertGreater(tried, 100)
