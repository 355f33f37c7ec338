"""make install and uninstall, the one C file, and a program that links it in."""

import glob
import os
import re
import shutil
import unittest

from support import BUILD, ROOT, SAID, SCRIPT, VERSION, WithFolder, files_below, make, run, shell

HAS_PAGE = os.path.exists(os.path.join(BUILD, "report-template.html"))

INSTALLED = {"lib/sqlite3/billing.so", "lib/mod_billing.so", "lib/libbilling.a",
             "lib/pkgconfig/billing.pc", "include/billing.h", "share/man/man3/billing.3"}
OF_THE_PAGE = {"bin/billing-report", "share/billing/report.sql",
               "share/billing/report-template.html", "share/man/man1/billing-report.1"}

ENTRY_POINTS = {"sqlite3_billing_init", "sqlite3_modbilling_init",
                "sqlite3_billing_replicated_init"}


class Install(WithFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        make("install", f"DESTDIR={cls.folder}", "PREFIX=/usr")
        cls.prefix = os.path.join(cls.folder, "usr")

    def pkg_config(self, *words):
        environment = dict(os.environ,
                           PKG_CONFIG_PATH=os.path.join(self.prefix, "lib", "pkgconfig"))
        return run(["pkg-config", *words, "billing"], env=environment).strip()

    def test_lists_what_it_installs(self):
        expected = INSTALLED | (OF_THE_PAGE if HAS_PAGE else set())
        if HAS_PAGE and os.path.exists(os.path.join(BUILD, "report-live.html")):
            expected = expected | {"share/billing/report-live.html"}
        self.assertEqual(files_below(self.prefix), expected)

    def test_uninstall_leaves_nothing(self):
        folder = os.path.join(self.folder, "another")
        make("install", f"DESTDIR={folder}", "PREFIX=/opt/b")
        open(os.path.join(folder, "opt/b/lib/sqlite3/another.so"), "w").close()
        make("uninstall", f"DESTDIR={folder}", "PREFIX=/opt/b")
        self.assertEqual(files_below(folder), {"opt/b/lib/sqlite3/another.so"})

    def test_loads_by_path(self):
        self.assertEqual(shell("'%s/lib/sqlite3/billing'" % self.prefix), SAID)

    def test_loads_as_mod_billing_where_libraries_are(self):
        environment = dict(os.environ, LD_LIBRARY_PATH=os.path.join(self.prefix, "lib"))
        self.assertEqual(shell("mod_billing", env=environment), SAID)

    def test_pkg_config(self):
        self.assertEqual(self.pkg_config("--modversion"), VERSION)
        self.assertEqual(self.pkg_config("--variable=moduledir"), "/usr/lib/sqlite3")
        self.assertEqual(self.pkg_config("--define-variable=prefix=/opt/b", "--variable=libdir"),
                         "/opt/b/lib")

    def test_program_links_with_what_is_installed(self):
        program = os.path.join(self.folder, "host")
        flags = self.pkg_config("--define-variable=prefix=PREFIX", "--cflags", "--libs").split()
        flags = [flag.replace("PREFIX", self.prefix) for flag in flags]
        self.assertIn("-lsqlite3", flags)
        run(["cc", "-Wall", "-Wextra", "-Werror", "-o", program, "tests/packages/host.c", *flags])
        self.assertEqual(run([program], SCRIPT), SAID)

    @unittest.skipUnless(shutil.which("man"), "there is no man")
    def test_manual_pages_are_sound_and_complete(self):
        for page in glob.glob(os.path.join(self.prefix, "share/man/man*/*")):
            environment = dict(os.environ, MANWIDTH="80", LC_ALL="C.UTF-8")
            # man asks for warnings of troff on the error stream.
            said = run(["sh", "-c", 'man --warnings -l "$1" 2>&1 >/dev/null', "sh", page],
                       env=environment)
            self.assertEqual(said, "", page)
        text = run(["man", "-l", os.path.join(self.prefix, "share/man/man3/billing.3")],
                   env=dict(os.environ, MANWIDTH="80", LC_ALL="C.UTF-8"))
        for name in shell("build/billing", "SELECT name FROM billing_help;").split():
            self.assertTrue(re.search(r"(?m)^ +%s( |$)" % name, text), name)

    @unittest.skipUnless(HAS_PAGE, "the page of the report was not made")
    def test_report_finds_what_is_installed(self):
        database, out = os.path.join(self.folder, "my.db"), os.path.join(self.folder, "out.html")
        run(["sqlite3", "-init", os.devnull, "-cmd", ".load build/billing", database], SCRIPT)
        run([os.path.join(self.prefix, "bin", "billing-report"), database, "--out", out], cwd="/")
        with open(out, encoding="utf-8") as file:
            self.assertIn("Design", file.read())


class OneFile(WithFolder):
    """billing.c by itself: in a folder with nothing else but billing.h."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        make("amalgamation")
        for name in ("billing.c", "billing.h"):
            shutil.copy(os.path.join(BUILD, name), cls.folder)

    def compile(self, compiler, *words):
        run([compiler, "-std=c11", "-Wall", "-Wextra", "-Werror", "-O0", *words], cwd=self.folder)

    def exported(self, path, *options):
        names = run(["nm", "-g", "--defined-only", *options, os.path.join(self.folder, path)])
        return {line.split()[-1] for line in names.splitlines() if line}

    def check(self, compiler):
        self.compile(compiler, "-DSQLITE_CORE", "-c", "-o", "core.o", "billing.c")
        self.compile(compiler, "-o", "host", os.path.join(ROOT, "tests/packages/host.c"), "-I.",
                     "core.o", "-lsqlite3", "-lm")
        self.assertEqual(run([os.path.join(self.folder, "host")], SCRIPT), SAID)
        self.compile(compiler, "-shared", "-fPIC", "-o", "billing.so", "billing.c", "-lm")
        self.assertEqual(shell("'%s/billing'" % self.folder), SAID)
        self.assertEqual(self.exported("billing.so", "-D"), ENTRY_POINTS)
        # What a program sees of it can't meet a name of its own.
        strange = {name for name in self.exported("core.o")
                   if not name.startswith("billing_") and not name.startswith("sqlite3_")}
        self.assertEqual(strange, set())

    def test_gcc(self):
        self.check("gcc")

    @unittest.skipUnless(shutil.which("clang"), "there is no clang")
    def test_clang(self):
        self.check("clang")

    def test_needs_no_other_file(self):
        with open(os.path.join(self.folder, "billing.c"), encoding="utf-8") as file:
            included = set(re.findall(r'^#include "([^"]*)"', file.read(), re.MULTILINE))
        self.assertEqual(included, {"sqlite3ext.h"})

    def test_says_which_one_it_is(self):
        with open(os.path.join(self.folder, "billing.h"), encoding="utf-8") as file:
            self.assertIn(f'#define BILLING_VERSION "{VERSION}"', file.read())


if __name__ == "__main__":
    unittest.main()
