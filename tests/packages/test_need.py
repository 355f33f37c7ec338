"""scripts/need: the line that a user without rights has to type."""

import os
import re
import shutil
import stat
import subprocess
import unittest

from support import ROOT, WithFolder

TOOLS = "sh awk sed mktemp id rm cat env sort head tail".split()
AS_NOBODY = ["setpriv", "--reuid=65534", "--regid=65534",
             "--clear-groups"] if os.getuid() == 0 else []


@unittest.skipUnless(not AS_NOBODY or shutil.which("setpriv"), "there is no setpriv")
class Need(WithFolder):
    """On a machine that has a shell, a package manager that must not be called, and no more."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        os.chmod(cls.folder, 0o755)
        for tool in TOOLS:
            os.symlink(shutil.which(tool), os.path.join(cls.folder, tool))
        cls.program("apt-get", "exit 9")

    @classmethod
    def program(cls, name, text):
        path = os.path.join(cls.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\n{text}\n")
        os.chmod(path, stat.S_IRWXU | stat.S_IROTH | stat.S_IXOTH | stat.S_IRGRP | stat.S_IXGRP)

    def need(self, *steps):
        with open(os.path.join(ROOT, "scripts", "need"), encoding="utf-8") as script:
            done = subprocess.run(AS_NOBODY + ["env", f"PATH={self.folder}", "TMPDIR=/tmp", "sh",
                                               "-s", *steps],
                                  stdin=script, capture_output=True, text=True, check=False,
                                  cwd="/")
        self.assertEqual(done.returncode, 1)
        return (done.stdout + done.stderr).splitlines()

    def test_one_line_with_all_of_it(self):
        lines = self.need("build", "test")
        self.assertEqual(len(lines), 2, lines)
        self.assertRegex(lines[0], "^missing: cc .*; type this as root, then try again:$")
        self.assertRegex(lines[1], "^  apt-get update && apt-get install -y ")
        packages = re.sub(".*--no-install-recommends ", "", lines[1]).split()
        self.assertLessEqual({"gcc", "pkg-config", "libsqlite3-dev", "sqlite3", "libcunit1-dev"},
                             set(packages))
        self.assertEqual(len(packages), len(set(packages)))

    def test_names_sudo_where_there_is_one(self):
        self.program("sudo", "exit 1")  # it would ask for a password
        self.addCleanup(os.remove, os.path.join(self.folder, "sudo"))
        lines = self.need("build")
        self.assertRegex(lines[0], "; type this, then try again:$")
        self.assertRegex(lines[1], "^  sudo apt-get update && sudo apt-get install -y ")


if __name__ == "__main__":
    unittest.main()
