#!/usr/bin/python3
"""Tests of the documents: what README.md, docs/*.md and docs/guides/*.md show is what the sqlite3
shell prints.

    /usr/bin/python3 tests/docs/run.py [--accept] [--extension build/billing] [--shell sqlite3]

A fenced block whose first word is `sql` is run; the next block `text` of its section is what it has
to print, letter by letter. A block without one has to print nothing. Further words:

    sql setup     run once for the document; every section starts from what it leaves (not in
                  guides)
    sql bare      in a new database, nothing loaded or installed: what the reader would type
    sql norun     only looked at
    sql db=PATH   on a copy of that database file
    sh run        a shell script, from the top of the tree; other sh blocks are only looked at
    file=PATH     the block is that file, letter by letter

A section is what follows a heading `##` or `###`. It has a database file of its own, with billing
installed; every block is a shell of its own on it, in box mode, with NULL shown as NULL.

A guide (docs/guides) is typed from top to bottom into ONE shell, as a reader would: it says itself
which file to open (its first `sh` block with a line `sqlite3 FILE`), loads the extension and sets
the mode. Its `sh run` blocks are run where they stand. Everything happens in a folder in which the
tree's files can be read and build/demo.db is a copy, so whatever a guide makes stays there.

Before the documents come the samples, whose output is in tests/docs/expected/, surface.py and
rules.py.

--accept writes what was printed into the documents instead. Read the diff.
"""

import argparse
import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile

from rules import check_rules
from surface import check_surface

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
EXPECTED = "tests/docs/expected"

GUIDES = sorted(f"docs/guides/{name}" for name in os.listdir(os.path.join(ROOT, "docs", "guides")))

# The shell that the documents show. Others draw, wrap and align boxes in their own way: what they
# say is compared, not how it is drawn.
SHOWN_BY = (3, 40)


class Block:
    """A fenced block: its words, its lines, and where it stands."""

    def __init__(self, words, line, section):
        self.words, self.line, self.section = words, line, section
        self.lines = []
        self.end = line  # of the closing fence
        self.output = None  # the text block that says what this one prints

    @property
    def text(self):
        return "".join(line + "\n" for line in self.lines)

    def runs(self):
        if self.words[:1] == ["sql"]:
            return "norun" not in self.words
        return self.words[:2] == ["sh", "run"]

    def path_of(self, key):
        """PATH of a word `key=PATH`, or None."""
        return next((word[len(key) + 1:] for word in self.words if word.startswith(f"{key}=")),
                    None)


def blocks_of(path):
    """All fenced blocks of a document, outputs tied to the block before them."""
    blocks, block, section = [], None, 0
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file.read().split("\n"), 1):
            if block is not None:
                if line.startswith("```"):
                    block.end, block = number, None
                else:
                    block.lines.append(line)
            elif line.startswith("```"):
                block = Block(line[3:].split(), number, section)
                blocks.append(block)
            elif line.startswith("## ") or line.startswith("### "):
                section += 1
    for first, second in zip(blocks, blocks[1:]):
        if first.runs() and second.words == ["text"] and first.section == second.section:
            first.output = second
    return blocks


class Shell:
    """The sqlite3 shell under test."""

    def __init__(self, command, extension):
        self.command, self.extension = command.split(), extension
        version = subprocess.run(self.command + ["-version"], stdout=subprocess.PIPE, check=True)
        self.version = tuple(int(part) for part in re.findall(rb"\d+", version.stdout)[:2])

    def run(self, db, text, loaded=True):
        """What the shell prints for a script, errors last and in one spelling."""
        setup = [".mode box", ".nullvalue NULL", ".load " + self.extension] if loaded else []
        command = self.command + ["-batch", "-init", os.devnull]
        for line in setup:
            command += ["-cmd", line]
        return output_of(command + [db], text)


def output_of(command, text="", folder=None):
    """What a command prints, as text. An exit by a signal is printed too."""
    done = subprocess.run(command, input=text.encode(), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False, cwd=folder)
    printed = done.stdout.decode().replace("\r\n", "\n") + errors(done.stderr.decode())
    if done.returncode < 0:
        printed += f"ended by signal {-done.returncode}\n"
    return printed


def errors(text):
    """Shells name the place of an error in different ways: bring them to `error: message`."""
    lines = []
    for line in text.split("\n"):
        if "^--- error here" in line or "error here ---^" in line:
            lines.pop()
            continue
        line, count = re.subn(r"^(Parse error|Runtime error|Error)( near line \d+)?( in [^:]*)?: *",
                              "error: ", line)
        if count:
            line = re.sub(r"^error: (in prepare|stepping), ", "error: ", line)
            line = re.sub(r" \(\d+\)$", "", line)
        lines.append(line)
    return "\n".join(lines)


def cell_meaning(text):
    """A cell without white space; of a number twelve digits: shells print 15 of them or 17."""
    text = "".join(text.split())
    if re.fullmatch(r"-?\d+\.\d+(e[-+]\d+)?", text):
        text = f"{float(text):.12g}"
    return text


def meaning(text):
    """What a text says: of each box the columns, top to bottom, without white space; else its
    lines."""
    said, columns = [], None
    for line in text.split("\n"):
        if re.match("[┌╭]", line):
            columns = None
        elif line.startswith("│"):
            cells = [cell_meaning(cell) for cell in line.strip().strip("│").split("│")]
            if columns is None or len(columns) != len(cells):
                columns = [""] * len(cells)
                said.append(columns)
            columns[:] = [column + cell for column, cell in zip(columns, cells)]
        elif not re.fullmatch("[\u2500-\u257f]+", line):
            said.append(line.strip())
    return said


def sandbox(folder, extension):
    """Links to what a guide names, from the top of the tree; build/ is a folder of its own."""
    for name in os.listdir(ROOT):
        if name != "build" and not name.startswith("."):
            os.symlink(os.path.join(ROOT, name), os.path.join(folder, name))
    os.mkdir(os.path.join(folder, "build"))
    for suffix in (".so", ".dylib", ".dll"):
        if os.path.exists(extension + suffix):
            os.symlink(os.path.abspath(extension + suffix),
                       os.path.join(folder, "build", "billing" + suffix))
    if os.path.exists("build/demo.db"):
        shutil.copyfile("build/demo.db", os.path.join(folder, "build", "demo.db"))


class Verdicts:
    """Counts, and prints what failed."""

    def __init__(self):
        self.passed = self.failed = 0

    def add(self, name, problem=""):
        if not problem:
            self.passed += 1
            return
        self.failed += 1
        print(f"FAIL {name}\n{problem.rstrip()}\n")

    def same(self, name, expected, got, shown=""):
        """Compares two texts; on a difference shows the block and the diff."""
        if expected == got:
            self.add(name)
            return
        diff = difflib.unified_diff(expected.splitlines(), got.splitlines(), "expected", "printed",
                                    lineterm="")
        self.add(name, shown + "\n".join(diff))


class Session:
    """One shell that a guide is typed into, block by block."""

    MARK = "--- end of block ---"

    def __init__(self, shell, folder, db):
        command = shell.command + ["-batch", "-init", os.devnull, db]
        self.folder = folder
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, cwd=folder)

    def type(self, text):
        """What the shell prints for a block."""
        if self.process.poll() is None:
            self.process.stdin.write(f"{text}.print {self.MARK}\n".encode())
            self.process.stdin.flush()
        printed = []
        for line in self.process.stdout:
            line = line.decode()
            if line == self.MARK + "\n":
                return errors("".join(printed))
            printed.append(line)
        return errors("".join(printed)) + "the session has ended\n"

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


class Documents:
    """Runs the blocks of documents."""

    def __init__(self, shell, verdicts, work, accept):
        self.shell, self.verdicts, self.work, self.accept = shell, verdicts, work, accept
        self.installed = os.path.join(work, "installed.db")
        shell.run(self.installed, "SELECT billing_install();")

    def run(self, path):
        """Runs one document. With accept, writes what was printed into it."""
        blocks = blocks_of(path)
        for block in blocks:
            if block.path_of("file"):
                self.same_as_file(path, block)
        printed = self.type_guide(blocks) if path in GUIDES else self.run_sections(blocks)
        if self.accept:
            write_outputs(path, printed)
            return
        for block, got in printed:
            self.judge(path, block, got)

    def type_guide(self, blocks):
        """[(block, what it printed)] of a guide."""
        folder = tempfile.mkdtemp(dir=self.work)
        sandbox(folder, self.shell.extension)
        session, printed = None, []
        for block in blocks:
            opened = re.search(r"^sqlite3 (?:-\S+ )*(\S+)$", block.text, re.M)
            if block.words[:1] == ["sh"] and opened and not session:
                session = Session(self.shell, folder, opened.group(1))
            if not block.runs():
                continue
            if block.words[0] == "sh":
                printed.append((block, output_of(["sh", "-eu", "-c", block.text], folder=folder)))
            elif session:
                printed.append((block, session.type(block.text)))
            else:
                printed.append((block, "no block before has a line `sqlite3 FILE`\n"))
        if session:
            session.close()
        return printed

    def run_sections(self, blocks):
        """[(block, what it printed)] of a document whose sections are independent."""
        base, db = os.path.join(self.work, "base.db"), os.path.join(self.work, "section.db")
        shutil.copyfile(self.installed, base)
        section, printed = None, []
        for block in blocks:
            if not block.runs():
                continue
            if block.section != section:
                section = block.section
                shutil.copyfile(base, db)
            got = self.print_of(block, base if "setup" in block.words else db)
            printed.append((block, got))
            if "setup" in block.words:
                section = None
        return printed

    def print_of(self, block, db):
        if block.words[0] == "sh":
            return output_of(["sh", "-eu", "-c", block.text])
        if "bare" in block.words:
            with tempfile.TemporaryDirectory(dir=self.work) as folder:
                return self.shell.run(os.path.join(folder, "new.db"), block.text, loaded=False)
        if block.path_of("db"):
            db = os.path.join(self.work, "copy.db")
            shutil.copyfile(block.path_of("db"), db)
        return self.shell.run(db, block.text)

    def judge(self, path, block, got):
        expected = block.output.text if block.output else ""
        if self.shell.version != SHOWN_BY and meaning(expected) == meaning(got):
            expected = got
        shown = "".join("    " + line + "\n" for line in block.lines)
        self.verdicts.same(f"{path}:{block.line}", expected, got, shown)

    def same_as_file(self, path, block):
        with open(block.path_of("file"), encoding="utf-8") as file:
            self.verdicts.same(f"{path}:{block.line} is {file.name}", file.read(), block.text)


def write_outputs(path, printed):
    """Puts what blocks printed into their text blocks, and makes those that are missing."""
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    for block, got in reversed(printed):
        shown = ["", "```text", *got.split("\n")[:-1], "```"] if got else []
        lines[block.end:block.output.end if block.output else block.end] = shown
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines))


# ---- samples ----

PYTHON = "/usr/bin/python3"
SAMPLES = (
    ("demo", ["samples/demo.sh"]),
    ("wallet", [PYTHON, "samples/wallet.py", "build/demo.db", "2025-07-30 09:59:59"]),
)


def run_samples(shell, verdicts, accept):
    """Runs the samples that no document shows. Others, and README.md, read what demo.sh leaves."""
    for name, command in SAMPLES:
        path = f"{EXPECTED}/{name}.txt"
        got = output_of(command)
        if accept:
            with open(path, "w", encoding="utf-8") as file:
                file.write(got)
            continue
        with open(path, encoding="utf-8") as file:
            expected = file.read()
        if shell.version != SHOWN_BY and meaning(expected) == meaning(got):
            expected = got
        verdicts.same(" ".join(command), expected, got)
    with open("samples/usage.csv", encoding="utf-8") as file:
        verdicts.same("samples/usage.csv is what make_usage.py writes", file.read(),
                      output_of([PYTHON, "samples/make_usage.py"]))


def main():
    parser = argparse.ArgumentParser(description="Tests of the documents")
    parser.add_argument("--accept", action="store_true")
    parser.add_argument("--extension", default="build/billing")
    parser.add_argument("--shell", default=os.environ.get("SQLITE3", "sqlite3"))
    parser.add_argument("document", nargs="*")
    options = parser.parse_args()
    os.chdir(ROOT)

    shell, verdicts = Shell(options.shell, options.extension), Verdicts()
    if not options.document:
        run_samples(shell, verdicts, options.accept)
        if not options.accept:
            check_surface(options.extension, verdicts)
            check_rules(verdicts)
    documents = options.document or ["README.md"] + sorted(
        f"{folder}/{name}" for folder in ("docs", "docs/guides") for name in os.listdir(folder)
        if name.endswith(".md"))
    with tempfile.TemporaryDirectory() as work:
        runner = Documents(shell, verdicts, work, options.accept)
        for path in documents:
            runner.run(path)
    print(f"{verdicts.passed} passed, {verdicts.failed} failed")
    return verdicts.failed > 0


if __name__ == "__main__":
    sys.exit(main())
