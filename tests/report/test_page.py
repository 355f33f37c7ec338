"""The page in a real browser: what is drawn is what SQL says, and it asks nobody for anything."""

import json
import re
import shutil
import tempfile
import unittest

from support import AT, SINCE, UNKIND, UNTIL, WithDatabase, missing, report, sql

try:
    from selenium import webdriver
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.support.ui import WebDriverWait
except ImportError:
    webdriver = None

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")
BLUE, HATCHED, VERMILION = "#0072B2", "url(#uncharged)", "#D55E00"


def no_browser():
    if webdriver is None:
        return "there is no selenium for Python"
    return missing() or ("" if CHROMIUM and DRIVER else "there is no chromium with its driver")


def start_browser(profile):
    options = Options()
    options.binary_location = CHROMIUM
    for argument in ("headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking",
                     "disable-component-update", "disable-sync", "lang=en", "window-size=1200,900", "user-data-dir=" + profile):
        options.add_argument("--" + argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(service=Service(DRIVER), options=options)


# The bars of a figure: its panel, what stands in its label, where it starts and ends in tokens by the axis' own ticks.
BARS = r"""
const figure = document.querySelector(`[data-figure="${arguments[0]}"]`);
const bars = [];
for (const group of figure.querySelectorAll('.mark-rect.role-mark')) {
  const root = group.closest('.role-scope') ?? figure.querySelector('svg');
  const ticks = [...(root.querySelectorAll('.role-axis-label text').length ? root : figure).querySelectorAll('.role-axis-label text')]
    .filter((text) => /^[\d.]+$/.test(text.textContent))
    .map((text) => [Number(text.textContent), Number(/translate\(([^,]+),([^)]+)\)/.exec(text.getAttribute('transform'))[2])]);
  const high = ticks.reduce((a, b) => (b[0] > a[0] ? b : a)), zero = ticks.find((tick) => tick[0] === 0);
  const perToken = high[0] ? (zero[1] - high[1]) / high[0] : 1;
  for (const path of group.querySelectorAll('path')) {
    const label = path.getAttribute('aria-label');
    bars.push({
      day: /Day: ([-\d]+)/.exec(label)[1], state: /State: (\w+)/.exec(label)[1], key: /Kind: ([^;]*)/.exec(label)?.[1],
      tokens: Math.abs(Number(/v(-?[\d.e-]+)/.exec(path.getAttribute('d'))[1])) / perToken, fill: path.getAttribute('fill'),
    });
  }
}
return bars;
"""


@unittest.skipIf(no_browser(), no_browser())
class Page(WithDatabase):
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
        asked = [message["params"]["request"]["url"] for message in self.messages() if message["method"] == "Network.requestWillBeSent"]
        self.assertEqual(said, [])
        self.assertEqual([url for url in asked if not url.startswith(("file:///", "blob:", "data:"))], [])
        self.assertEqual({url for url in asked if url.startswith("file:///")} - {"file://" + self.page, "file://" + self.page + ".empty.html"}, set())

    def messages(self):
        return [json.loads(entry["message"])["message"] for entry in self.browser.get_log("performance")]

    def command(self, name, **arguments):
        return self.browser.execute_cdp_cmd(name, arguments)

    def screen(self, width=1200, ground="light", media="screen"):
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 500)
        self.command("Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": ground}])

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
            self.js("const field = document.forms.choice.elements[arguments[0]]; field.value = arguments[1];"
                    "field.dispatchEvent(new Event('change'))", name, value)
            WebDriverWait(self.browser, 30).until(lambda _, before=before: self.drawn() > before)

    def table(self, figure):
        self.js("document.querySelector(`[data-figure='${arguments[0]}'] details`).open = true", figure)
        rows = "return [...document.querySelectorAll(`[data-figure='${arguments[0]}'] tr`)].map(row => [...row.cells].map(cell => cell.textContent))"
        WebDriverWait(self.browser, 10).until(lambda _: self.js(rows, figure))
        return self.js(rows, figure)

    def expected(self, where="1", key="''"):
        """Tokens by day, key and state, from the reading tables as of the end of the period."""
        return {(row["day"], row["key"], row["state"]): row["tokens"] for row in sql(self.path, f"""
            WITH used AS (
              SELECT s.team_id, s.client_id, s.api, s.sku, substr(s.occurred_at, 1, 10) AS day, s.tokens, coalesce(u.uncharged, 0) AS owed
              FROM usage_status(NULL, '{AT}') s LEFT JOIN uncharged_usage(NULL, '{AT}') u USING (usage_id)
              WHERE s.occurred_at >= '{SINCE}' AND s.occurred_at < '{UNTIL}')
            SELECT day, {key} AS key, 'Charged' AS state, sum(tokens - owed) AS tokens FROM used WHERE {where} GROUP BY 1, 2
            UNION ALL SELECT day, {key}, 'Uncharged', sum(owed) FROM used WHERE {where} GROUP BY 1, 2""")}

    def same_bars(self, figure, expected, days=21):
        bars = self.js(BARS, figure)
        keys = {bar["key"] or "" for bar in bars}
        self.assertEqual(len(bars), 2 * days * len(keys), "days without usage are zero, not gaps")
        for bar in bars:
            self.assertEqual(bar["fill"], {"Charged": BLUE, "Uncharged": HATCHED}[bar["state"]])
            tokens = expected.pop((bar["day"], bar["key"] or "", bar["state"]), 0)
            self.assertAlmostEqual(bar["tokens"], tokens, delta=0.02, msg=bar)
        self.assertEqual({name: tokens for name, tokens in expected.items() if tokens}, {})

    def test_bars_are_as_high_as_sql_says(self):
        expected = self.expected()
        self.assertGreater(sum(tokens for name, tokens in expected.items() if name[2] == "Uncharged"), 1)
        self.same_bars("bars", expected)

    def test_split_bars_are_as_high_as_sql_says(self):
        for api in ("model-derivative", "design-automation"):
            with self.subTest(api=api):
                self.same_bars("split " + api, self.expected(f"api = '{api}'", "sku"))

    def test_uncharged_is_vermilion_with_a_pattern(self):
        self.assertEqual(self.js("return document.querySelector('pattern#uncharged rect').getAttribute('fill')"), VERMILION)
        self.assertGreater(self.js("return document.querySelectorAll('pattern#uncharged rect').length"), 1)

    def test_choice_of_team_and_period(self):
        self.choose(team="two")
        self.same_bars("bars", self.expected("team_id = 'two'"))
        self.choose(team="one", since="2025-07-01", last="2025-07-08")
        self.same_bars("bars", self.expected("team_id = 'one' AND day BETWEEN '2025-07-01' AND '2025-07-08'"), 8)
        self.choose(since="2025-07-09")
        self.assertEqual(self.js("return document.forms.choice.elements.last.value"), "2025-07-09")
        self.choose(since="2020-01-01", last="2025-07-08")
        self.assertEqual(self.js("return document.forms.choice.elements.since.value"), SINCE)
        self.choose(since="2025-07-01", team="", api="model-derivative")
        self.same_bars("bars", self.expected("api = 'model-derivative' AND day BETWEEN '2025-07-01' AND '2025-07-08'"), 8)
        self.choose(api="", app="robot")
        self.same_bars("bars", self.expected("client_id = 'robot' AND day BETWEEN '2025-07-01' AND '2025-07-08'"), 8)

    def test_grace_is_shaded_and_lots_are_marked(self):
        self.choose(team="one")
        labels = self.js("return [...document.querySelectorAll('[data-figure=balance] .role-mark path[aria-label]')].map(each => each.ariaLabel)")
        self.assertEqual([re.search(r"From: ([-\d]+ [:\d]+)", label).group(1) for label in labels if "Access: grace" in label],
                         ["2025-07-08 10:00"])
        for event in ("purchased", "moved", "lapsed"):
            self.assertTrue(any(f"Event: {event}" in label for label in labels), event)

    def test_table_is_the_chart(self):
        head, *rows = self.table("bars")
        self.assertEqual(head, ["Day", "Tokens", "Charged", "Uncharged"])
        self.assertEqual(len(rows), 21)
        expected = self.expected()
        for day, _, charged, uncharged in rows:
            self.assertAlmostEqual(float(charged), expected.get((day, "", "Charged"), 0), delta=0.006)
            self.assertAlmostEqual(float(uncharged), expected.get((day, "", "Uncharged"), 0), delta=0.006)

    def test_csv(self):
        self.js("""window.saved = []; URL.createObjectURL = (blob) => { saved.push(blob); return 'data:,'; };
            HTMLAnchorElement.prototype.click = function () { saved.push(this.download); };
            document.querySelectorAll('[data-figure=balance] button, [data-figure=bars] button').forEach((button) => button.click());""")
        bars, name, balance, _ = self.browser.execute_async_script(
            "Promise.all(saved.map((each) => each.text ? each.arrayBuffer().then((bytes) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)) : each)).then(arguments[0])")
        self.assertEqual(name, "bars.csv")
        self.assertEqual(bars[:1], "\ufeff")
        lines = bars[1:].split("\r\n")
        self.assertEqual((lines[0], lines[1]), ("day,tokens,charged,uncharged", "2025-06-20,1.5,1.5,0"))
        self.assertIn('"' + UNKIND.replace('"', '""') + '"', balance)

    def test_unkind_names_are_text(self):
        self.choose(team="one")
        self.assertEqual(self.js("return document.getElementById('title').textContent"), "Tokens: " + UNKIND)
        self.choose(team="")
        self.table("lines")
        self.assertIsNone(self.js("return window.broken ?? null"))
        self.assertIn(UNKIND, self.js("return document.querySelector('[data-figure=lines] .say').textContent"))

    def test_languages(self):
        self.choose(language="ja")
        self.assertEqual(self.js("return document.documentElement.lang"), "ja")
        self.assertEqual(self.js("return document.querySelector('[data-figure=bars] h2').textContent"), "日別の使用トークン")
        self.assertEqual(self.js("return document.body.innerText.match(/undefined|NaN|\\$[a-z]+_/)"), None)
        self.choose(language="en")
        self.assertNotIn("undefined", self.js("return document.body.innerText"))

    def test_screen_reader_hears_the_figures(self):
        nodes = self.command("Accessibility.getFullAXTree")["nodes"]
        images = [node["name"]["value"] for node in nodes if node.get("role", {}).get("value") in ("image", "img") and not node["ignored"]]
        total, owed = (sum(tokens for name, tokens in self.expected().items() if name[2] in states)
                       for states in (("Charged", "Uncharged"), ("Uncharged",)))
        self.assertTrue(any(f": {total:g} tokens" in name and f" {owed:g} uncharged" in name for name in images), images)
        self.assertEqual(len(images), self.js("return document.querySelectorAll('.chart').length"))

    def test_keyboard(self):
        names = []
        for _ in range(24):
            self.browser.switch_to.active_element.send_keys(Keys.TAB)
            names.append(self.js("const node = document.activeElement; return node.name || node.localName"))
        for name in ("team", "since", "last", "api", "app", "language", "summary", "button"):
            self.assertIn(name, names)

    def test_dark_phone_print(self):
        ground = "return getComputedStyle(document.body).backgroundColor"
        light = self.js(ground)
        self.screen(ground="dark")
        self.assertNotEqual(self.js(ground), light)
        self.screen(ground="dark", media="print")
        self.assertEqual(self.js(ground), "rgb(255, 255, 255)")
        self.assertEqual(self.js("return getComputedStyle(document.getElementById('choice')).display"), "none")
        self.screen(width=375)
        self.open(self.page)
        self.assertLessEqual(self.js("return document.documentElement.scrollWidth"), 375)
        self.same_bars("bars", self.expected())

    def test_period_without_usage(self):
        path = self.page + ".empty.html"
        self.assertEqual(report(self.path, "--since", "2025-01-01", "--until", "2025-01-05", "--out", path)[0], 0)
        self.open(path)
        self.assertIn("0 tokens", self.js("return document.querySelector('[data-figure=bars] .say').textContent"))
        self.same_bars("bars", {}, 4)


if __name__ == "__main__":
    unittest.main()
