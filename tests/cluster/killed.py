"""A command of samples/shards/shards.py that is killed before one of its steps."""

import signal
import subprocess
import sys

from world import EXTENSION, ROOT

# Runs the command and kills itself before step number argv[1] on any connection: a statement on
# what shards have beside the billing tables, a BEGIN or a COMMIT. Prints how many steps there were.
PROGRAM = r"""
import os, signal, sqlite3, sys
sys.path[:0] = [{root!r} + "/samples/shards", {root!r} + "/samples"]
import copy_facts, shard_map
count, at = 0, int(sys.argv[1])
def traced(sql):
    global count
    count += "shard_" in sql or "COMMIT" in sql or "BEGIN IMMEDIATE" in sql
    if count == at: os.kill(os.getpid(), signal.SIGKILL)
def watched(path, extension, mode, plain=copy_facts.connect):
    db = plain(path, extension, mode)
    db.execute("PRAGMA synchronous = OFF")
    db.set_trace_callback(traced)
    return db
shard_map.connect = watched
import shards
shards.EXTENSION = {extension!r}
shards.run(sys.argv[2], sys.argv[3:])
print(count)
""".format(root=ROOT, extension=EXTENSION)


def run_killed(step, command, *arguments):
    """None when it was killed, else how many steps it took."""
    done = subprocess.run([sys.executable, "-c", PROGRAM, str(step), command, *arguments], cwd=ROOT,
                          timeout=600, capture_output=True, text=True)
    if done.returncode == -signal.SIGKILL:
        return None
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return int(done.stdout)
