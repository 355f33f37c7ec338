"""The extension `billing` of SQLite: where its file is, and how to load it."""

import os

__all__ = ["loadable_path", "load"]


def loadable_path():
    """The path for load_extension(): without suffix, as SQLite adds that of the system."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "billing")
    if not any(os.path.exists(path + suffix) for suffix in (".so", ".dylib", ".dll")):
        raise FileNotFoundError(
            f"billing_sqlite: the extension is missing, {path}, install the package again")
    return path


def load(connection):
    """Loads the extension into a connection of sqlite3, and lets it load no other."""
    connection.enable_load_extension(True)
    try:
        connection.load_extension(loadable_path())
    finally:
        connection.enable_load_extension(False)
