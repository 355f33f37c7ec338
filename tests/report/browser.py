"""A page in a real browser: opens it, reads its bars and tables, and sees that it asks nobody for
anything."""

import json
import shutil
import tempfile

from support import AT, SINCE, UNTIL, WithDatabase, missing, sql

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.support.ui import WebDriverWait
except ImportError:
    webdriver = None

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")
BLUE, HATCHED = "#0072B2", "url(#uncharged)"


def no_browser():
    if webdriver is None:
        return "there is no selenium for Python"
    return missing() or ("" if CHROMIUM and DRIVER else "there is no chromium with its driver")


def start_browser(profile):
    options = Options()
    options.binary_location = CHROMIUM
    for argument in ("headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run",
                     "disable-background-networking",
                     "disable-component-update", "disable-sync", "lang=en", "window-size=1200,900",
                     "user-data-dir=" + profile):
        options.add_argument("--" + argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(service=Service(DRIVER), options=options)


# The bars of a figure: its panel, what stands in its label, where it starts and ends in tokens by
# the axis' own ticks.
BARS = r"""
const figure = document.querySelector(`[data-figure="${arguments[0]}"]`);
const bars = [];
for (const group of figure.querySelectorAll('.mark-rect.role-mark')) {
  const root = group.closest('.role-scope') ?? figure.querySelector('svg');
  const labels = '.role-axis-label text';
  const ticks = [...(root.querySelectorAll(labels).length ? root : figure).querySelectorAll(labels)]
    .filter((text) => /^[\d.]+$/.test(text.textContent))
    .map((text) => [Number(text.textContent),
      Number(/translate\(([^,]+),([^)]+)\)/.exec(text.getAttribute('transform'))[2])]);
  const high = ticks.reduce((a, b) => (b[0] > a[0] ? b : a));
  const zero = ticks.find((tick) => tick[0] === 0);
  const perToken = high[0] ? (zero[1] - high[1]) / high[0] : 1;
  for (const path of group.querySelectorAll('path')) {
    const label = path.getAttribute('aria-label');
    bars.push({
      day: /Day: ([-\d]+)/.exec(label)[1], state: /State: (\w+)/.exec(label)[1],
      key: /Kind: ([^;]*)/.exec(label)?.[1],
      tokens: Math.abs(Number(/v(-?[\d.e-]+)/.exec(path.getAttribute('d'))[1])) / perToken,
      fill: path.getAttribute('fill'),
    });
  }
}
return bars;
"""


class WithPage(WithDatabase):
    """The page of the database, in a browser that is closed with the class."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        cls.addClassCleanup(profile.cleanup)
        cls.browser = start_browser(profile.name)
        cls.addClassCleanup(cls.browser.quit)
        cls.browser.get("about:blank")

    def setUp(self):
        self.screen()
        self.messages()
        self.open(self.page)

    def tearDown(self):
        said = [entry["message"] for entry in self.browser.get_log("browser")]
        asked = [message["params"]["request"]["url"] for message in self.messages()
                 if message["method"] == "Network.requestWillBeSent"]
        self.assertEqual(said, [])
        self.assertEqual([url for url in asked if not url.startswith((
            "file:///", "blob:", "data:"))], [])
        self.assertEqual({url for url in asked if url.startswith("file:///")}
                         - {"file://" + self.page, "file://" + self.page + ".empty.html"}, set())

    def messages(self):
        return [json.loads(entry["message"])["message"]
                for entry in self.browser.get_log("performance")]

    def command(self, name, **arguments):
        return self.browser.execute_cdp_cmd(name, arguments)

    def screen(self, width=1200, ground="light", media="screen"):
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=900,
                     deviceScaleFactor=1, mobile=width < 500)
        self.command("Emulation.setEmulatedMedia", media=media,
                     features=[{"name": "prefers-color-scheme", "value": ground}])

    def drawn(self):
        return int(self.js("return document.body.dataset.drawn ?? 0"))

    def open(self, path):
        self.browser.get("file://" + path)
        WebDriverWait(self.browser, 30).until(lambda _: self.drawn() > 0)

    def js(self, script, *arguments):
        return self.browser.execute_script(script, *arguments)

    def choose(self, **values):
        for name, value in values.items():
            before = self.drawn()
            self.js("const field = document.forms.choice.elements[arguments[0]]; field.value = "
                    "arguments[1];field.dispatchEvent(new Event('change'))", name, value)
            WebDriverWait(self.browser, 30).until(lambda _, before=before: self.drawn() > before)

    def table(self, figure):
        self.js("document.querySelector(`[data-figure='${arguments[0]}'] details`).open = true",
                figure)
        rows = ("return [...document.querySelectorAll(`[data-figure='${arguments[0]}'] "
                "tr`)].map(row => [...row.cells].map(cell => cell.textContent))")
        WebDriverWait(self.browser, 10).until(lambda _: self.js(rows, figure))
        return self.js(rows, figure)

    def expected(self, where="1", key="''"):
        """Tokens by day, key and state, from the reading tables as of the end of the period."""
        return {(row["day"], row["key"], row["state"]): row["tokens"] for row in sql(self.path, f"""
            WITH used AS (
              SELECT s.team_id, s.client_id, s.api, s.sku, substr(s.occurred_at, 1, 10) AS day,
                s.tokens, coalesce(u.uncharged, 0) AS owed
              FROM usage_status(NULL, '{AT}') s
              LEFT JOIN uncharged_usage(NULL, '{AT}') u USING (usage_id)
              WHERE s.occurred_at >= '{SINCE}' AND s.occurred_at < '{UNTIL}')
            SELECT day, {key} AS key, 'Charged' AS state, sum(tokens - owed) AS tokens FROM used
              WHERE {where} GROUP BY 1, 2
            UNION ALL SELECT day, {key}, 'Uncharged', sum(owed) FROM used
              WHERE {where} GROUP BY 1, 2""")}

    def same_bars(self, figure, expected, days=21):
        bars = self.js(BARS, figure)
        keys = {bar["key"] or "" for bar in bars}
        self.assertEqual(len(bars), 2 * days * len(keys), "days without usage are zero, not gaps")
        for bar in bars:
            self.assertEqual(bar["fill"], {"Charged": BLUE, "Uncharged": HATCHED}[bar["state"]])
            tokens = expected.pop((bar["day"], bar["key"] or "", bar["state"]), 0)
            self.assertAlmostEqual(bar["tokens"], tokens, delta=0.02, msg=bar)
        self.assertEqual({name: tokens for name, tokens in expected.items() if tokens}, {})
