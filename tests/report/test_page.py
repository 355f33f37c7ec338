"""The page in a real browser: what is drawn is what SQL says, and it asks nobody for anything."""

import re
import unittest

from browser import WithPage, no_browser
from support import SINCE, UNKIND, report

try:
    from selenium.webdriver.common.keys import Keys
except ImportError:
    Keys = None

VERMILION = "#D55E00"


@unittest.skipIf(no_browser(), no_browser())
class Page(WithPage):
    def test_bars_are_as_high_as_sql_says(self):
        expected = self.expected()
        self.assertGreater(sum(tokens for name, tokens in expected.items()
                               if name[2] == "Uncharged"), 1)
        self.same_bars("bars", expected)

    def test_split_bars_are_as_high_as_sql_says(self):
        for api in ("model-derivative", "design-automation"):
            with self.subTest(api=api):
                self.same_bars("split " + api, self.expected(f"api = '{api}'", "sku"))

    def test_uncharged_is_vermilion_with_a_pattern(self):
        self.assertEqual(self.js("return document.querySelector('pattern#uncharged "
                                 "rect').getAttribute('fill')"), VERMILION)
        self.assertGreater(self.js("return document.querySelectorAll('pattern#uncharged "
                                   "rect').length"), 1)

    def test_choice_of_team_and_period(self):
        self.choose(team="two")
        self.same_bars("bars", self.expected("team_id = 'two'"))
        self.choose(team="one", since="2025-07-01", last="2025-07-08")
        self.same_bars("bars", self.expected("team_id = 'one' AND day BETWEEN '2025-07-01'"
                                             " AND '2025-07-08'"), 8)
        self.choose(since="2025-07-09")
        self.assertEqual(self.js("return document.forms.choice.elements.last.value"), "2025-07-09")
        self.choose(since="2020-01-01", last="2025-07-08")
        self.assertEqual(self.js("return document.forms.choice.elements.since.value"), SINCE)
        self.choose(since="2025-07-01", team="", api="model-derivative")
        self.same_bars("bars", self.expected("api = 'model-derivative' AND day BETWEEN '2025-07-01'"
                                             " AND '2025-07-08'"), 8)
        self.choose(api="", app="robot")
        self.same_bars("bars", self.expected("client_id = 'robot' AND day BETWEEN '2025-07-01'"
                                             " AND '2025-07-08'"), 8)

    def test_grace_is_shaded_and_lots_are_marked(self):
        self.choose(team="one")
        labels = self.js("return [...document.querySelectorAll('[data-figure=balance] .role-mark "
                         "path[aria-label]')].map(each => each.ariaLabel)")
        self.assertEqual([re.search(r"From: ([-\d]+ [:\d]+)", label).group(1) for label in labels
                          if "Access: grace" in label],
                         ["2025-07-08 10:00"])
        for event in ("purchased", "moved", "lapsed"):
            self.assertTrue(any(f"Event: {event}" in label for label in labels), event)

    def test_table_is_the_chart(self):
        head, *rows = self.table("bars")
        self.assertEqual(head, ["Day", "Tokens", "Charged", "Uncharged"])
        self.assertEqual(len(rows), 21)
        expected = self.expected()
        for day, _, charged, uncharged in rows:
            self.assertAlmostEqual(float(charged), expected.get((day, "", "Charged"), 0),
                                   delta=0.006)
            self.assertAlmostEqual(float(uncharged), expected.get((day, "", "Uncharged"), 0),
                                   delta=0.006)

    def test_csv(self):
        self.js("""window.saved = [];
            URL.createObjectURL = (blob) => { saved.push(blob); return 'data:,'; };
            HTMLAnchorElement.prototype.click = function () { saved.push(this.download); };
            document.querySelectorAll('[data-figure=balance] button, [data-figure=bars] button')
              .forEach((button) => button.click());""")
        bars, name, balance, _ = self.browser.execute_async_script(
            "Promise.all(saved.map((each) => each.text ? each.arrayBuffer().then((bytes) => new "
            "TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)) : each)).then(arguments[0])")
        self.assertEqual(name, "bars.csv")
        self.assertEqual(bars[:1], "\ufeff")
        lines = bars[1:].split("\r\n")
        self.assertEqual((lines[0], lines[1]), ("day,tokens,charged,uncharged",
                                                "2025-06-20,1.5,1.5,0"))
        self.assertIn('"' + UNKIND.replace('"', '""') + '"', balance)

    def test_unkind_names_are_text(self):
        self.choose(team="one")
        self.assertEqual(self.js("return document.getElementById('title').textContent"),
                         "Tokens: " + UNKIND)
        self.choose(team="")
        self.table("lines")
        self.assertIsNone(self.js("return window.broken ?? null"))
        self.assertIn(UNKIND, self.js("return document.querySelector('[data-figure=lines] "
                                      ".say').textContent"))

    def test_languages(self):
        self.choose(language="ja")
        self.assertEqual(self.js("return document.documentElement.lang"), "ja")
        self.assertEqual(self.js("return document.querySelector('[data-figure=bars] "
                                 "h2').textContent"), "日別の使用トークン")
        self.assertEqual(self.js(
            "return document.body.innerText.match(/undefined|NaN|\\$[a-z]+_/)"), None)
        self.choose(language="en")
        self.assertNotIn("undefined", self.js("return document.body.innerText"))

    def test_screen_reader_hears_the_figures(self):
        nodes = self.command("Accessibility.getFullAXTree")["nodes"]
        images = [node["name"]["value"] for node in nodes
                  if node.get("role", {}).get("value") in ("image", "img") and not node["ignored"]]
        total, owed = (sum(tokens for name, tokens in self.expected().items() if name[2] in states)
                       for states in (("Charged", "Uncharged"), ("Uncharged",)))
        self.assertTrue(any(f": {total:g} tokens" in name and f" {owed:g} uncharged" in name
                            for name in images), images)
        self.assertEqual(len(images), self.js("return document.querySelectorAll('.chart').length"))

    def test_keyboard(self):
        names = []
        for _ in range(24):
            self.browser.switch_to.active_element.send_keys(Keys.TAB)
            names.append(self.js("const node = document.activeElement; return node.name || "
                                 "node.localName"))
        for name in ("team", "since", "last", "api", "app", "language", "summary", "button"):
            self.assertIn(name, names)

    def test_dark_phone_print(self):
        ground = "return getComputedStyle(document.body).backgroundColor"
        light = self.js(ground)
        self.screen(ground="dark")
        self.assertNotEqual(self.js(ground), light)
        self.screen(ground="dark", media="print")
        self.assertEqual(self.js(ground), "rgb(255, 255, 255)")
        self.assertEqual(self.js(
            "return getComputedStyle(document.getElementById('choice')).display"), "none")
        self.screen(width=375)
        self.open(self.page)
        self.assertLessEqual(self.js("return document.documentElement.scrollWidth"), 375)
        self.same_bars("bars", self.expected())

    def test_period_without_usage(self):
        path = self.page + ".empty.html"
        self.assertEqual(report(self.path, "--since", "2025-01-01", "--until", "2025-01-05",
                                "--out", path)[0], 0)
        self.open(path)
        self.assertIn("0 tokens",
                      self.js("return document.querySelector('[data-figure=bars] "
                              ".say').textContent"))
        self.same_bars("bars", {}, 4)


if __name__ == "__main__":
    unittest.main()
