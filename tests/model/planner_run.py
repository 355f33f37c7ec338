"""Two ways to run the statements of planner.py: Python's SQLite, or a sqlite3 shell."""

import ast
import re
import sqlite3
import subprocess

from planner_data import NO_READING, PAGES, Table
from sql_side import connect, quoted

TABLES = ("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE%'"
          ' ORDER BY name')


def copies(tables, answer):
    """The script that makes copies, and the views over tables and copies."""
    for table in tables:
        for step in table.copy_script():
            if isinstance(step, str):
                yield step
                continue
            question, name = step
            for row in answer(question):
                yield f"INSERT INTO {name} VALUES ({', '.join(map(quoted, row))})"


def described(names, answer):
    return [Table(name, answer(f'SELECT name, type, hidden'
                               f' FROM pragma_table_xinfo({quoted(name)})'))
            for name in names if name not in PAGES + NO_READING]


def distinct(tables, answer):
    """Values of each column to compare with: {(table, column): [value …]}."""
    found = {}
    for table in tables:
        for column in table.columns:
            found[table.name, column] = [r[0] for r in answer(
                f'SELECT DISTINCT {column} FROM c_{table.name} ORDER BY 1 LIMIT 40')]
    return found


# Older ones do not hand over the arguments of a table-valued function on the right of RIGHT JOIN.
CONTROL = ("SELECT count(*) FROM (VALUES (1), (2)) a RIGHT JOIN json_each('[1, 2, 3]') b ON 1")


class Python:
    """In this process."""

    batch = 100

    def __init__(self, _, extension, path, script):
        self.db = connect(extension, path)
        self.db.execute('PRAGMA synchronous = OFF')
        for sql in script:
            self.db.execute(sql).fetchall()
        self.version = sqlite3.sqlite_version
        self.has_full_join = sqlite3.sqlite_version_info >= (3, 39)
        self.has_right_arguments = self.has_full_join and self.one(CONTROL) == [(6,)]
        self.tables = described([r[0] for r in self.db.execute(TABLES)], self.one)
        for sql in copies(self.tables, self.one):
            self.db.execute(sql)
        self.values = distinct(self.tables, self.one)

    def one(self, sql):
        return self.db.execute(sql).fetchall()

    def answers(self, statements):
        return [self.answer(sql, values) for sql, values in statements]

    def answer(self, sql, values):
        try:
            return [tuple(plain(v) for v in row) for row in self.db.execute(sql, values)]
        except (sqlite3.Error, sqlite3.Warning) as error:
            return error

    @staticmethod
    def spelled(sql, values):
        return spelled(sql, values)

    def close(self):
        self.db.close()


def plain(value):
    return 0.0 if value == 0 and isinstance(value, float) else value


def spelled(sql, values):
    """With its parameters written out."""
    return re.sub(r':(p\d+)\b', lambda m: quoted(values[m.group(1)]), sql)


class Shell:
    """A process of the shell for each batch, each with copies of its own."""

    batch = 400

    def __init__(self, shell, extension, path, script):
        self.command = [shell, '-batch', '-init', '/dev/null', path]
        self.start = f'.load {extension}\n.mode quote\n.headers off\n'
        self.prefix = ''
        for found in self.run(['PRAGMA synchronous = OFF', *script]):
            if isinstance(found, Exception):
                raise found
        self.version = self.run(['SELECT sqlite_version()'])[0][0][0]
        self.has_full_join = tuple(map(int, self.version.split('.')[:2])) >= (3, 39)
        self.has_right_arguments = self.has_full_join and self.one(CONTROL) == [(6,)]
        self.tables = described([r[0] for r in self.one(TABLES)], self.one)
        self.prefix = ''.join(sql + ';\n' for sql in copies(self.tables, self.one))
        self.values = self.all_values()

    def all_values(self):
        asked, keys = [], []

        def note(sql):
            asked.append(sql)
            return []
        keys = list(distinct(self.tables, note))
        return {key: [r[0] for r in rows] for key, rows in zip(keys, self.run(asked))}

    def one(self, sql):
        return self.run([sql])[0]

    def answers(self, statements):
        return self.run([spelled(sql, values) for sql, values in statements])

    def run(self, statements):
        script = self.start + self.prefix + ''.join(
            f'.print @@{i}\n{sql};\n' for i,
            sql in enumerate(statements)) + f'.print @@{len(statements)}\n'
        done = subprocess.run(self.command, input=script, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        parts = re.split(r'^@@\d+\n', done.stdout, flags=re.M)
        if len(parts) != len(statements) + 2 or parts[0].strip():
            raise RuntimeError(f'the shell ended with {done.returncode}: {parts[0][:500]}'
                               f' {parts[-1][-500:]}')
        return [self.parsed(text) for text in parts[1:-1]]

    @staticmethod
    def parsed(text):
        """Rows of .mode quote, or the error."""
        error = re.search(r'^(?:Runtime e|Parse e|E)rror[^:]*: (?:near line \d+: )?(?:in prepare, '
                          r'|stepping, )?(.*)', text, flags=re.M | re.S)
        if error:
            return sqlite3.DatabaseError(error.group(1).split('\n')[0])
        return [quoted_row(line) for line in text.splitlines()]

    @staticmethod
    def spelled(sql, values):
        return spelled(sql, values)

    def close(self):
        pass


def quoted_row(line):
    """A line of .mode quote as a tuple."""
    values = []
    for word in re.findall(r"'(?:[^']|'')*'|[^,]+", line):
        if word.startswith("'"):
            values.append(word[1:-1].replace("''", "'"))
        elif word == 'NULL':
            values.append(None)
        else:
            values.append(plain(ast.literal_eval(word)))
    return tuple(values)
