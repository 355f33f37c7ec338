"""Three nodes of samples/cluster on loopback, each a process that can be killed and started
again."""

import os
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import time

from world import EXTENSION, ROOT

BUILD = os.path.join(ROOT, "build", "cluster")
NODE, CLIENT = os.path.join(BUILD, "node"), os.path.join(BUILD, "client")
MISSING = None if os.path.exists(NODE) and os.path.exists(CLIENT) else \
    "there is no build/cluster: dqlite or its Go client is missing, see make cluster"


def library():
    for suffix in (".so", ".dylib"):
        if os.path.exists(EXTENSION + suffix):
            return EXTENSION + suffix
    return EXTENSION


def free_ports(count):
    held = [socket.socket() for _ in range(count)]
    for one in held:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


class Cluster:
    def __init__(self, folder, count=3, latency=50):
        self.folder, self.latency = folder, latency
        self.addresses = ["127.0.0.1:%d" % port for port in free_ports(count)]
        self.all = ",".join(self.addresses)
        self.process = [None] * count
        self.kills = self.deaths = 0
        for number in range(count):
            os.mkdir(self.place(number))
            self.start(number)
        for number in range(1, count):
            self.client("add", self.all, str(number + 1), self.addresses[number])

    def place(self, number):
        return os.path.join(self.folder, "node%d" % (number + 1))

    def start(self, number, room=None):
        """`room`: no file of the node grows beyond so many bytes, as on a full disk: an error of
        the write, and no signal that would end the node."""
        with open(self.place(number) + ".log", "ab") as log:
            self.process[number] = subprocess.Popen(
                [NODE, str(number + 1), self.addresses[number], self.place(number), library(),
                 str(self.latency)],
                stdout=log, stderr=log, restore_signals=False,
                preexec_fn=room and (lambda: resource.setrlimit(resource.RLIMIT_FSIZE,
                                                                (room, room))))

    def fill(self, number, room=1 << 16):
        """The disk of a node that runs is full from now on."""
        resource.prlimit(self.process[number].pid, resource.RLIMIT_FSIZE, (room, room))

    def client(self, *words, **options):
        return subprocess.run([CLIENT, *words], check=True, capture_output=True, text=True,
                              timeout=180, **options).stdout.strip()

    def leader(self):
        """While one is elected there is none."""
        until = time.time() + 60
        while time.time() < until:
            address = self.client("leader", self.all)
            if address in self.addresses:
                return self.addresses.index(address)
            time.sleep(0.1)
        raise RuntimeError("no leader was elected in a minute")

    def revive(self):
        """A node that ended without being killed died of us."""
        for number, process in enumerate(self.process):
            if process and process.poll() is not None:
                self.deaths += 1
                self.start(number)

    def kill(self, number, dead=False):
        """`dead`: it may have ended already."""
        if not dead:
            self.revive()
        self.process[number].send_signal(signal.SIGKILL)
        self.process[number].wait()
        self.process[number] = None
        self.kills += 1

    def stop(self):
        self.revive()
        for process in self.process:
            if process:
                process.terminate()
        for process in self.process:
            if process:
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    def dump(self, number, patience=30):
        """The file as this node has it; returns its path."""
        folder, until = os.path.join(self.folder, "dump%d" % (number + 1)), time.time() + patience
        while True:  # one that has just been started does not listen yet
            shutil.rmtree(folder, ignore_errors=True)
            os.mkdir(folder)
            try:
                self.client("dump", self.addresses[number], folder)
                return os.path.join(folder, "billing.db")
            except subprocess.CalledProcessError:
                if time.time() > until:
                    raise
                time.sleep(0.2)

    def lags(self, number):
        """Has this node less than the leader, or no answer?"""
        counts = []
        for one in (number, self.leader()):
            try:
                db = sqlite3.connect(self.dump(one, 1))
                counts.append(db.execute("SELECT count(*) FROM usage").fetchone()[0])
                db.close()
            except (subprocess.CalledProcessError, sqlite3.Error):
                return True
        return counts[0] < counts[1]

    def wait_until_equal(self, query, seconds=300):
        """Followers get the last commits a heartbeat later; one that was started again plays its
        whole log first."""
        until = time.time() + seconds
        while True:
            answers = []
            for number in range(len(self.process)):
                db = sqlite3.connect(self.dump(number))
                try:
                    answers.append(db.execute(query).fetchall())
                except sqlite3.Error as error:
                    answers.append(str(error))
                finally:
                    db.close()
            if all(answer == answers[0] for answer in answers) or time.time() > until:
                return answers
            time.sleep(0.2)
