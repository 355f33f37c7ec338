"""What the tests of packages share."""

import os
import shlex
import shutil
import subprocess
import tempfile
import unittest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
BUILD = os.path.join(ROOT, os.environ.get("B", "build"))
MAKE = shlex.split(os.environ.get("MAKE", "make")) + ["--no-print-directory", "-s"]
VERSION = open(os.path.join(ROOT, "VERSION"), encoding="utf-8").read().strip()

# The ten statements of the README, with an answer that only settling can give.
SCRIPT = """
SELECT billing_version();
SELECT billing_install();
INSERT INTO account(account_id, name, country) VALUES ('acme', 'Acme', 'JP');
INSERT INTO team(team_id, account_id, name) VALUES ('design', 'acme', 'Design');
INSERT INTO app(client_id, name, account_id) VALUES ('viewer', 'Model viewer', 'acme');
INSERT INTO token_lot(team_id, kind, tokens, purchased_at)
  VALUES ('design', 'flex_token', 100, '2025-07-01 09:00:00');
INSERT INTO usage(client_id, api, sku, quantity, occurred_at)
  VALUES ('viewer', 'model-derivative', 'rvt', 210, '2025-07-29 09:00:00');
SELECT settle();
SELECT team_id, balance, uncharged, access FROM wallet_balance('design', '2025-07-30 00:00:00');
SELECT count(*) > 20 FROM billing_help;
SELECT count(*) FROM billing_check WHERE severity = 'error';
"""
SAID = f"{VERSION}\n5\n1\ndesign|-5.0|5.0|grace\n1\n0\n"


def run(command, said="", **options):
    """What a command prints; fails with all it says if it fails."""
    done = subprocess.run(command, input=said, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True,
                          cwd=options.pop("cwd", ROOT), check=False, timeout=600, **options)
    if done.returncode:
        raise AssertionError(f"{shlex.join(command)}: status "
                             f"{done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def make(*words, **options):
    # Flags of the make that runs the tests are not for this one.
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "CC", "JOBS")}
    return run(MAKE + [f"B={os.path.relpath(BUILD, ROOT)}", *words], env=environment, **options)


def shell(load, script=SCRIPT, **options):
    return run(["sqlite3", "-batch", "-init", os.devnull, "-cmd", f".load {load}", ":memory:"],
               script, **options)


def files_below(folder):
    return {os.path.relpath(os.path.join(path, name), folder)
            for path, _, names in os.walk(folder) for name in names}


class WithFolder(unittest.TestCase):
    """folder: one for the tests of the class, whose name has a space."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = tempfile.mkdtemp(prefix="billing packages ")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
