"""The surface: what the extension brings stands in docs/reference.md, and nothing else does.

Functions, tables, columns with their types, policies with their defaults, and the rules of
billing_check. In the reference a heading `###` names what it describes; a table `column | type | …`
below it names the columns in order; the others are `policy | default | …` and `rule | severity | …`.

Paths are from the top of the tree, which run.py makes the current folder.
"""

import os
import re
import sqlite3

REFERENCE = "docs/reference.md"
CHECK_RULES = ["ext/tables/billing_check.c", "ext/tables/billing_check_team.c",
               "ext/tables/check_parts.h"]

# What only the schema's own triggers and views and the extension itself use.
PRIVATE = re.compile(
    r"billing_(valid_\w+|keep_\w+|unused|api|sku|rate|ms|time|store|txn_watch|sort_key|key_taken|bucket"
    r"|bucket_end|late_units|usage_arrived|usage_inserted|inserted|updated|deleted|passed_over|stamp"
    r"|switched|settlement|keep_row|distance|name_fault|alert_address|lost_parts|main|closed_until)")


class Surface:
    """The names that the extension brings, asked from SQLite."""

    def __init__(self, extension):
        self.db = sqlite3.connect(":memory:")
        before = self.functions(), self.modules()
        self.db.enable_load_extension(True)
        self.db.load_extension(extension)
        self.db.execute("SELECT billing_install()").fetchall()
        self.function_names = self.functions() - before[0]
        self.table_names = self.tables() | (self.modules() - before[1])

    def names(self, sql):
        return {row[0] for row in self.db.execute(sql)}

    def functions(self):
        return self.names("SELECT name FROM pragma_function_list")

    def modules(self):
        return self.names("SELECT name FROM pragma_module_list")

    def tables(self):
        return self.names("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')"
                          " AND name NOT LIKE 'sqlite@_%' ESCAPE '@'"
                          " AND name NOT LIKE '@_billing@_%' ESCAPE '@'")  # ours alone

    def columns(self, table):
        """The visible columns and their types, generated ones too."""
        return [f"{name} {declared}" for name, declared in self.db.execute(
            "SELECT name, type FROM pragma_table_xinfo(?) WHERE hidden <> 1", (table,))]

    @staticmethod
    def rules():
        """The rules of billing_check, with their severity."""
        found = []
        for path in CHECK_RULES:
            with open(path, encoding="utf-8") as file:
                found += re.findall(r'SQL_(ERROR|WARNING)\("(\w+)"', file.read())
        return {name: severity.lower() for severity, name in found}

    def help(self):
        """What billing_help says: {name: (kind, what, example)}."""
        rows = self.db.execute("SELECT * FROM billing_help").fetchall()
        if len({row[0] for row in rows}) < len(rows):
            raise ValueError("billing_help has two rows of a name")
        return {name: rest for name, *rest in rows}

    def policies(self):
        rows = self.db.execute("SELECT name, value FROM policy")
        return {name: str(value) for name, value in rows}


class Reference:
    """The names that the reference describes."""

    def __init__(self):
        self.columns, self.policies, self.rules = {}, {}, {}
        names, header = [], None
        with open(REFERENCE, encoding="utf-8") as file:
            for line in file:
                if line.startswith("### "):
                    names = re.findall(r"`(\w+)", line)
                    self.columns.update((name, []) for name in names)
                elif line.startswith("## "):
                    names = []
                if line.startswith("|---"):
                    continue
                cells_of = re.findall(r"^\| ([^|]*?) \| ([^|]*)", line)
                if not cells_of:
                    header = None
                elif header is None:
                    header = cells_of[0][0]
                else:
                    self.row(names, header, *cells_of[0])

    def row(self, names, header, first, second):
        for word in re.findall(r"`(\w+)`", first):
            if header == "column":
                for name in names:
                    self.columns[name].append(f"{word} {second.strip()}")
            elif header == "policy":
                self.policies[word] = second.strip().strip("`")
            elif header == "rule":
                self.rules[word] = second.strip()


def check_surface(extension, verdicts):
    """Both ways: what is there is described, and what is described is there."""
    surface, reference = Surface(extension), Reference()
    present = {name for name in surface.function_names | surface.table_names
               if not PRIVATE.fullmatch(name)}
    described = set(reference.columns)
    for name in sorted(present | described):
        problem = ""
        if name not in described:
            problem = f"{name} is not a ### heading of {REFERENCE}"
        elif name not in present:
            problem = f"{REFERENCE} describes {name}, which the extension does not bring"
        verdicts.add(f"surface {name}", problem)
    check_help(surface.help(), present, verdicts)
    for table in sorted(surface.table_names & described):
        verdicts.same(f"columns of {table} (expected: as in {REFERENCE})",
                      "\n".join(reference.columns[table]), "\n".join(surface.columns(table)))
    verdicts.same(f"policies (expected: as in {REFERENCE})",
                  lines_of(reference.policies), lines_of(surface.policies()))
    verdicts.same(f"rules of billing_check (expected: as in {REFERENCE})",
                  lines_of(reference.rules), lines_of(surface.rules()))


def check_help(rows, present, verdicts):
    """Each public name has a row; each row is of a public name and reads as one sentence."""
    for name in sorted(present | set(rows)):
        problem = ""
        if name not in rows:
            problem = f"billing_help has no row of {name}"
        elif name not in present:
            problem = f"billing_help has a row of {name}, which the extension does not bring"
        else:
            problem = fault_of_help(name, *rows[name])
        verdicts.add(f"help {name}", problem)


def fault_of_help(name, kind, what, example):
    if not re.fullmatch(r"[A-Z0-9'b][^`\[\]\n]*[^.]\.", what) or ". " in what:
        return f"what of {name} is not one plain sentence: {what}"
    if len(what) > 120:
        return f"what of {name} has {len(what)} characters, more than 120: {what}"
    is_called = f"{name}(" in example or example.startswith(name)
    if kind == "function" and not is_called or name not in example:
        return f"the example of {name} does not show it: {example}"
    return ""


def lines_of(pairs):
    """A dictionary as sorted lines."""
    return "\n".join(f"{name} {value}" for name, value in sorted(pairs.items()))
