#!/usr/bin/python3
"""Prints the wallets of a database as of an instant.

    /usr/bin/python3 samples/wallet.py build/demo.db '2025-07-30 09:59:59'
"""

import sqlite3
import sys


def connect(path):
    """Opens a database with the extension loaded. Pythons built by pyenv cannot do this."""
    db = sqlite3.connect(path)
    db.enable_load_extension(True)
    db.load_extension("build/billing")
    db.enable_load_extension(False)
    return db


def main(path, at):
    db = connect(path)
    rows = db.execute(
        "SELECT team_id, balance, uncharged, access FROM wallet_balance WHERE at = ?"
        " ORDER BY team_id", (at,))
    for team, balance, uncharged, access in rows:
        print(f"{team}: balance {balance:.2f}, uncharged {uncharged:.2f}, {access}")
    db.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
