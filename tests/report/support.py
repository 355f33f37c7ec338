"""A database of known figures with unkind names, the command that makes its page, and the page
taken apart."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
COMMAND = os.path.join(ROOT, "report/billing-report")
TEMPLATE = os.path.join(ROOT, "build/report-template.html")
EXTENSION = os.path.join(ROOT, "build/billing")
SQLITE3 = os.environ.get("SQLITE3", "sqlite3")

# A name that would end the script, run, break a literal of SQL, JSON, a template or a
# specification.
UNKIND = """</script><script>window.broken=1</script><!--'"\\ ${x} $charged {since} 設計"""
SINCE, UNTIL, AT = "2025-06-20", "2025-07-11", "2025-07-10 23:59:59.999"

# 'one' runs out on 2025-07-08 in the middle of a usage, and is in grace; 2025-07-05 and 06 have no
# usage. A lot of 'two' moves to it on the 3rd, and one of its own lapses on the 1st.
FACTS = """
SELECT billing_install();
INSERT INTO account(account_id, name, country) VALUES ('acme', 'Acme', 'JP');
INSERT INTO team(team_id, account_id, name) VALUES ('one', 'acme', :unkind), ('two', 'acme', 'Two');
INSERT INTO app(client_id, name, account_id)
  VALUES ('viewer', 'Viewer', 'acme'), ('robot', :unkind, 'acme');
INSERT INTO app_team(client_id, team_id, assigned_at) VALUES
  ('viewer', 'one', '2024-01-01 00:00:00'), ('robot', 'two', '2024-01-01 00:00:00');
INSERT INTO token_lot(team_id, kind, tokens, purchased_at) VALUES
  ('one', 'flex_token', 30, '2024-07-01 09:00:00'),
  ('one', 'flex_token', 20, '2025-06-25 09:00:00'),
  ('two', 'flex_token', 50, '2025-06-21 09:00:00'), ('two', 'flex_token', 4, '2025-06-22 09:00:00');
INSERT INTO lot_move(lot_id, team_id, moved_at) VALUES (4, 'one', '2025-07-03 12:00:00');
INSERT INTO usage(client_id, api, sku, quantity, occurred_at) VALUES
  ('viewer', 'model-derivative', 'rvt', 3, '2025-06-20 00:00:00'),
  ('viewer', 'model-derivative', 'dwg', 20, '2025-06-28 23:59:59.999'),
  ('viewer', 'model-derivative', 'rvt', 10, '2025-07-02 10:00:00'),
  ('viewer', 'design-automation', 'revit', 7200, '2025-07-04 10:00:00'),
  ('viewer', 'model-derivative', 'rvt', 40, '2025-07-08 10:00:00'),
  ('viewer', 'model-derivative', 'rvt', 7, '2025-07-10 10:00:00'),
  ('robot', 'design-automation', 'autocad', 36000, '2025-07-02 10:00:00'),
  ('robot', 'data-management', NULL, 5, '2025-07-02 11:00:00'),
  ('robot', 'model-derivative', 'rvt', 1, '2025-07-11 00:00:00');
SELECT settle();
""".replace(":unkind", "'" + UNKIND.replace("'", "''") + "'")


def missing():
    """Why these tests cannot run here, or an empty text."""
    if not os.path.exists(TEMPLATE):
        return "there is no build/report-template.html, run make report-template"
    return "" if shutil.which(SQLITE3) else "there is no sqlite3 shell"


def sql(path, text):
    """Rows of a query, as the shell's JSON says them."""
    done = subprocess.run([SQLITE3, "-init", os.devnull, "-batch", "-bail", "-json", "-cmd",
                           ".load " + EXTENSION, path],
                          input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=True)
    return json.loads(done.stdout or b"[]")


def report(*arguments, command=COMMAND, **environment):
    """Exit status, output and errors of the command."""
    names = {**os.environ, "BILLING_REPORT": os.path.join(ROOT, "build"),
             "BILLING_EXTENSION": EXTENSION, **environment}
    done = subprocess.run([command, *arguments], env=names, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def tables_of(page):
    """The data of a page: a list of rows for each table, a row by column."""
    text = re.search(r'<script id="data"[^>]*>\n(.*?)\n</script>', page, re.S).group(1)
    return {name: [dict(zip(columns, row)) for row in rows]
            for name, columns, rows in map(json.loads, text.split("\n"))}


class WithDatabase(unittest.TestCase):
    """A folder with the database `path`, and its page `page` in `text`."""

    @classmethod
    def setUpClass(cls):
        holder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(holder.cleanup)
        cls.folder = holder.name
        cls.path, cls.page = os.path.join(cls.folder, "known.db"), os.path.join(
            cls.folder, "page.html")
        subprocess.run([SQLITE3, "-init", os.devnull, "-batch", "-bail", "-cmd",
                        ".load " + EXTENSION, cls.path],
                       input=FACTS.encode(), stdout=subprocess.DEVNULL, check=True)
        status, _, errors = report(cls.path, "--since", SINCE, "--until", UNTIL, "--out", cls.page)
        if status:
            raise AssertionError(errors)
        with open(cls.page, encoding="utf-8") as file:
            cls.text = file.read()
