"""samples/dashboard/app.R in a real browser: it starts, and what it says is what SQL says."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

from browser import no_browser, start_browser
from support import EXTENSION, ROOT, WithDatabase, sql

try:
    from selenium.webdriver.support.ui import WebDriverWait
except ImportError:
    WebDriverWait = None


def no_shiny():
    if not shutil.which("Rscript"):
        return "there is no R"
    asked = subprocess.run(["Rscript", "--vanilla", "-e", "library(shiny); library(RSQLite)"],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return "there is no shiny or RSQLite for R" if asked.returncode else ""


MISSING = no_browser() or no_shiny()


@unittest.skipIf(MISSING, MISSING)
class Dashboard(WithDatabase):
    def test_it_says_what_sql_says(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with open(self.path, "rb") as file:
            before = file.read()
        server = subprocess.Popen(["Rscript", "--vanilla", "samples/dashboard/app.R", self.path,
                                   str(port)], cwd=ROOT,
                                  env={**os.environ, "BILLING_EXTENSION": EXTENSION},
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        for _ in range(240):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.25)
        profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.addCleanup(profile.cleanup)
        browser = start_browser(profile.name)
        self.addCleanup(browser.quit)
        browser.get(f"http://127.0.0.1:{port}/")
        WebDriverWait(browser, 90).until(lambda _: browser.execute_script(
            "return document.querySelectorAll('.shiny-plot-output img').length === 2 && "
            "!!document.querySelector('#wallet td')"))
        team = browser.execute_script("return document.getElementById('team').value")
        last = sql(self.path, "SELECT max(substr(occurred_at, 1, 10)) AS day FROM usage")[0]["day"]
        wallet = sql(self.path, f"SELECT balance, uncharged, access"
                     f" FROM wallet_balance('{team}', '{last} 23:59:59.999')")[0]
        said = browser.execute_script("return [...document.querySelectorAll('#wallet "
                                      "td')].map((cell) => cell.innerText)")
        self.assertEqual(said, [f"{wallet['balance']:.2f}", f"{wallet['uncharged']:.2f}",
                                wallet["access"]])
        bars = sql(self.path, f"SELECT sum(charged) AS charged, sum(uncharged) AS uncharged"
                   f" FROM usage_bars('{team}', date('{last}', '-60 days'),"
                              f" date('{last}', '+1 day'), NULL, '{last} 23:59:59.999')")[0]
        self.assertGreater(bars["charged"], 0)
        alt = browser.execute_script("return document.querySelector('#bars img').alt")
        self.assertEqual(alt, f"{bars['charged']:.2f} tokens charged, {bars['uncharged']:.2f} "
                         f"uncharged")
        with open(self.path, "rb") as file:
            self.assertEqual(file.read(), before)


if __name__ == "__main__":
    unittest.main()
