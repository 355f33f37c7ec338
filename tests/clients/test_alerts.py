"""Alerts come once, to somebody: one open alert for each team, kind and episode; what is over
before it was picked up is withdrawn; contacts say who is informed."""

import unittest

from cases import JOB, WithWorld, errors, has_table, one, rows

SCHEDULER = ("INSERT INTO alert_outbox(team_id, alert, since, at, tokens, message, title)"
             " SELECT team_id, alert, since, at, tokens, message, title FROM billing_alert"
             " WHERE at = ?")
PICK_UP = "UPDATE alert_outbox SET picked_at = ? WHERE picked_at IS NULL"


class WithAlerts(WithWorld):
    def setUp(self):
        super().setUp()
        rows(self.db, "UPDATE team SET name = 'Forty Bridges' WHERE team_id = 't'")
        rows(self.db, "UPDATE policy SET value = 0 WHERE name = 'lapse_notice_days'")
        rows(self.db, "UPDATE policy SET value = 1000000 WHERE name = 'unusual_spend_tokens'")
        rows(self.db, "SELECT settle()")
        rows(self.db, "SELECT billing_alerts(1)")

    def job(self, quantity, at, client="c", usage_id=None):
        rows(self.db, JOB.replace("usage(", "usage(usage_id, ").replace("VALUES (", "VALUES (?, "),
             usage_id, client, "rvt", quantity, at)
        rows(self.db, "SELECT settle()")

    def buy(self, tokens, at, team="t"):
        rows(self.db, "INSERT INTO token_lot(team_id, kind, tokens, purchased_at)"
             " VALUES (?, 'flex_token', ?, ?)", team, tokens, at)
        rows(self.db, "SELECT settle()")

    def waiting(self):
        """The alerts that a mailer would take, each once, whoever gets them."""
        return sorted(set(rows(self.db, "SELECT team_id, alert FROM alert_outbox"
                               " WHERE picked_at IS NULL")))

    def pick_up(self, at):
        took = sorted({alert for _, alert in self.waiting()})
        rows(self.db, PICK_UP, at)
        self.assertEqual(self.waiting(), [])
        return took

    def scheduler(self, at):
        rows(self.db, SCHEDULER, at)


class Once(WithAlerts):
    def test_grace_ending_that_a_late_usage_moves(self):
        self.job(1000, "2025-03-05 00:00:00")
        self.scheduler("2025-03-06 00:00:00")
        self.assertEqual(self.pick_up("2025-03-06 00:00:00"),
                         ["grace_ending", "negative_balance", "uncharged_usage"])
        self.job(300, "2025-03-04 00:00:00")
        self.scheduler("2025-03-06 00:00:01")
        self.assertEqual(self.waiting(), [])

    def test_every_way_to_move_the_start(self):
        for what, change in [
                ("an earlier usage", JOB.replace("?, 'm", "'c', 'm").replace("?, ?, ?)",
                                                 "'rvt', 300, '2025-03-04 23:59:59.999')")),
                ("a corrected time", "UPDATE usage SET occurred_at = '2025-03-03 00:00:00'"
                 " WHERE usage_id = 90"),
                ("a later time", "UPDATE usage SET occurred_at = '2025-03-05 12:00:00'"
                 " WHERE usage_id = 90"),
                ("a smaller lot", "UPDATE token_lot SET tokens = 1 WHERE lot_id = 1"),
                ("a rate", "UPDATE rate_card SET tokens = 40 WHERE api = 'model-derivative'"
                 " AND sku = 'complex'"),
                ("more of it", "UPDATE usage SET quantity = 1100 WHERE usage_id = 90")]:
            for autosettle in (0, 1):
                with self.subTest(what=what, autosettle=autosettle):
                    self.db.execute("SAVEPOINT one")
                    try:
                        self.job(1000, "2025-03-05 00:00:00", usage_id=90)
                        self.scheduler("2025-03-06 00:00:00")
                        rows(self.db, PICK_UP, "2025-03-06 00:00:00")
                        rows(self.db, "SELECT billing_autosettle(?)", autosettle)
                        rows(self.db, change)
                        rows(self.db, "SELECT settle()")
                        self.scheduler("2025-03-06 12:00:00")
                        self.scheduler("2025-03-07 00:00:00")
                        self.assertEqual(self.waiting(), [])
                    finally:
                        self.db.execute("ROLLBACK TO one")
                        self.db.execute("RELEASE one")

    def test_low_balance_that_a_late_usage_moves(self):
        self.job(100, "2025-03-03 00:00:00")
        self.job(40, "2025-03-05 00:00:00")  # 28 tokens are left
        self.scheduler("2025-03-06 00:00:00")
        self.assertEqual(self.pick_up("2025-03-06 00:00:00"), ["low_balance"])
        self.job(37, "2025-03-04 00:00:00")  # low since then
        self.scheduler("2025-03-06 00:00:01")
        self.assertEqual(self.waiting(), [])

    def test_limited_that_a_late_usage_moves(self):
        self.job(1000, "2025-03-05 00:00:00")
        self.scheduler("2025-04-01 00:00:00")
        self.assertIn("limited", self.pick_up("2025-04-01 00:00:00"))
        self.job(300, "2025-03-04 00:00:00")
        self.scheduler("2025-04-01 00:00:01")
        self.assertEqual(self.waiting(), [])

    def test_the_scheduler_every_hour(self):
        self.job(1000, "2025-03-05 00:00:00")
        took = []
        for hour in range(24 * 3):
            at = one(self.db, "SELECT datetime('2025-03-05 00:30:00', ? || ' hours')", hour)
            self.scheduler(at)
            took += self.pick_up(at)
        self.assertEqual(sorted(took), ["grace_ending", "negative_balance", "uncharged_usage"])

    def test_one_row_for_each_that_waits(self):
        self.job(1000, "2025-03-05 00:00:00")
        for at in ("2025-03-06 00:00:00", "2025-03-07 00:00:00"):
            self.scheduler(at)
            self.job(10, at)
        self.job(300, "2025-03-04 00:00:00")
        self.scheduler("2025-03-08 00:00:00")
        self.assertEqual(rows(self.db, "SELECT alert, count(*) FROM alert_outbox GROUP BY 1"
                              " HAVING count(*) > 1"), [])

    def test_a_new_episode_is_a_new_alert(self):
        self.job(1000, "2025-03-05 00:00:00")
        self.pick_up("2025-03-05 00:00:00")
        self.buy(1000, "2025-03-06 00:00:00")
        self.scheduler("2025-03-06 12:00:00")
        self.assertEqual(self.waiting(), [])
        self.job(2000, "2025-03-20 00:00:00")
        self.assertEqual(self.waiting(), [("t", "negative_balance"), ("t", "uncharged_usage")])


class Withdrawn(WithAlerts):
    def test_low_balance_and_then_a_purchase(self):
        self.job(146, "2025-03-05 00:00:00")
        self.scheduler("2025-03-05 12:00:00")
        self.assertEqual(self.waiting(), [("t", "low_balance")])
        self.buy(500, "2025-03-05 13:00:00")
        self.assertEqual(self.pick_up("2025-03-05 14:00:00"), [])

    def test_debt_and_then_a_purchase(self):
        self.job(1000, "2025-03-05 00:00:00")
        self.scheduler("2025-03-06 00:00:00")
        self.buy(1000, "2025-03-06 13:00:00")
        self.assertEqual(self.pick_up("2025-03-06 14:00:00"), [])

    def test_low_balance_and_then_a_debt(self):
        """It is not low any more but negative."""
        self.job(146, "2025-03-05 00:00:00")
        self.scheduler("2025-03-05 12:00:00")
        self.job(1000, "2025-03-05 13:00:00")
        self.assertEqual(self.pick_up("2025-03-05 14:00:00"),
                         ["negative_balance", "uncharged_usage"])

    def test_the_usage_is_deleted(self):
        self.job(1000, "2025-03-05 00:00:00", usage_id=90)
        rows(self.db, "DELETE FROM usage WHERE usage_id = 90")
        rows(self.db, "SELECT settle()")
        self.assertEqual(self.waiting(), [])

    def test_a_trial_that_was_forgotten(self):
        self.job(1000, "2025-03-05 00:00:00")
        rows(self.db, "UPDATE account SET trial_started_at = '2025-01-01 00:00:00'"
             " WHERE account_id = 'a'")
        rows(self.db, "SELECT settle()")
        self.assertEqual(self.waiting(), [])


class Over(WithAlerts):
    def over(self):
        return dict(rows(self.db, "SELECT alert, max(over_at IS NOT NULL) FROM alert_outbox"
                         " GROUP BY 1"))

    def test_paid(self):
        self.job(1000, "2025-03-05 00:00:00")
        self.pick_up("2025-03-05 00:00:00")
        self.assertEqual(self.over(), {"negative_balance": 0, "uncharged_usage": 0})
        self.buy(1000, "2025-03-06 00:00:00")
        self.assertEqual(self.over(), {"negative_balance": 1, "uncharged_usage": 1})

    def test_the_usage_is_deleted_after_the_pick_up(self):
        for sql in ("DELETE FROM usage WHERE usage_id = 90",
                    "UPDATE usage SET quantity = 0 WHERE usage_id = 90",
                    "UPDATE usage SET outcome = 'failed' WHERE usage_id = 90",
                    "UPDATE usage SET client_id = 'd', quantity = 1 WHERE usage_id = 90",
                    "UPDATE token_lot SET tokens = 5000 WHERE lot_id = 1"):
            with self.subTest(sql=sql):
                self.db.execute("SAVEPOINT one")
                try:
                    self.job(1000, "2025-03-05 00:00:00", usage_id=90)
                    rows(self.db, PICK_UP, "2025-03-05 00:00:00")
                    rows(self.db, sql)
                    rows(self.db, "SELECT settle()")
                    self.assertEqual(self.over(), {"negative_balance": 1, "uncharged_usage": 1})
                finally:
                    self.db.execute("ROLLBACK TO one")
                    self.db.execute("RELEASE one")


class Settling(WithAlerts):
    """Settling writes all that follows from it."""

    def test_low_balance(self):
        self.job(146, "2025-03-05 00:00:00")
        self.assertEqual(self.waiting(), [("t", "low_balance")])
        self.assertEqual(one(self.db, "SELECT DISTINCT tokens FROM alert_outbox"), 25)

    def test_by_trigger(self):
        rows(self.db, "SELECT billing_autosettle(1)")
        rows(self.db, JOB, "c", "rvt", 146, "2025-03-05 00:00:00")
        self.assertEqual(self.waiting(), [("t", "low_balance")])
        rows(self.db, JOB, "c", "rvt", 1460, "2025-03-05 00:00:01")
        self.assertEqual(self.waiting(), [("t", "negative_balance"), ("t", "uncharged_usage")])

    def test_by_insert(self):
        rows(self.db, JOB, "c", "rvt", 146, "2025-03-05 00:00:00")
        rows(self.db, "INSERT INTO settlement(team_id) VALUES ('t')")
        self.assertEqual(self.waiting(), [("t", "low_balance")])

    def test_off(self):
        rows(self.db, "SELECT billing_alerts(0)")
        self.job(1460, "2025-03-05 00:00:00")
        self.assertEqual(self.waiting(), [])

    def test_a_transaction_that_is_rolled_back(self):
        rows(self.db, "BEGIN")
        self.job(1460, "2025-03-05 00:00:00")
        self.assertTrue(self.waiting())
        rows(self.db, "ROLLBACK")
        self.assertEqual(self.waiting(), [])


class Contacts(WithAlerts):
    def contact(self, account, team, address, wants=None):
        rows(self.db, "INSERT INTO contact(account_id, team_id, address, wants)"
             " VALUES (?, ?, ?, ?)", account, team, address, wants)

    def told(self):
        return sorted(rows(self.db, "SELECT recipient, team_id, alert FROM alert_outbox"
                           " WHERE recipient IS NOT NULL AND picked_at IS NULL"))

    def test_recipient_subject_and_text(self):
        self.contact("a", None, "owner@example.com")
        self.job(1000, "2025-03-05 00:00:00")
        got = rows(self.db, "SELECT recipient, subject, text FROM alert_outbox"
                   " WHERE alert = 'uncharged_usage'")
        self.assertEqual(len(got), 1)
        recipient, subject, text = got[0]
        self.assertEqual(recipient, "owner@example.com")
        self.assertEqual(subject, "Uncharged usage for your Autodesk team")
        self.assertIn("Forty Bridges", subject + text, "the message names the team")
        self.assertIn("402", text)

    def test_every_alert_names_the_team(self):
        self.contact("a", None, "owner@example.com")
        self.job(1000, "2025-03-05 00:00:00")
        self.scheduler("2025-03-06 00:00:00")
        self.scheduler("2025-04-06 00:00:00")
        for alert, subject, text in rows(self.db, "SELECT alert, subject, text FROM alert_outbox"):
            with self.subTest(alert=alert):
                self.assertIn("Forty Bridges", subject + text)

    def test_all_teams_of_the_account_or_one(self):
        self.contact("a", None, "all@example.com")
        self.contact("a", "u", "u@example.com")
        self.contact("b", None, "b@example.com")
        self.job(146, "2025-03-05 00:00:00")
        self.assertEqual(self.told(), [("all@example.com", "t", "low_balance")])
        self.job(146, "2025-03-05 00:00:00", client="d")
        self.assertEqual(self.told(), [("all@example.com", "t", "low_balance"),
                                       ("all@example.com", "u", "low_balance"),
                                       ("u@example.com", "u", "low_balance")])

    def test_what_a_contact_wants(self):
        self.contact("a", "t", "money@example.com", "negative_balance")
        self.contact("a", "t", "all@example.com")
        self.job(1000, "2025-03-05 00:00:00")
        self.assertEqual(self.told(), [("all@example.com", "t", "negative_balance"),
                                       ("all@example.com", "t", "uncharged_usage"),
                                       ("money@example.com", "t", "negative_balance")])

    def test_the_owner_of_the_app_is_told_of_uncharged_usage(self):
        """Rules 68 and 69: as well as the team."""
        rows(self.db, "INSERT INTO app(client_id, account_id) VALUES ('e', 'b')")
        rows(self.db, "INSERT INTO app_team(client_id, team_id, assigned_at)"
                      " VALUES ('e', 't', '2020-01-01 00:00:00')")
        self.contact("a", None, "team@example.com")
        self.contact("b", None, "owner@example.com")
        self.job(1000, "2025-03-05 00:00:00", client="e")
        self.assertEqual(self.told(), [("owner@example.com", "t", "uncharged_usage"),
                                       ("team@example.com", "t", "negative_balance"),
                                       ("team@example.com", "t", "uncharged_usage")])

    def test_nobody_is_told_twice(self):
        self.contact("a", None, "x@example.com")
        self.contact("a", "t", "x@example.com")
        self.job(146, "2025-03-05 00:00:00")
        self.assertEqual(self.told(), [("x@example.com", "t", "low_balance")])

    def test_without_contacts_the_alert_waits_all_the_same(self):
        self.job(146, "2025-03-05 00:00:00")
        self.assertEqual(self.waiting(), [("t", "low_balance")])

    def test_bad_contacts(self):
        sql = "INSERT INTO contact(account_id, team_id, address, wants) VALUES (?, ?, ?, ?)"
        for values, word in [(("nobody", None, "x@example.com", None), "nobody"),
                             (("a", "nothing", "x@example.com", None), "nothing"),
                             (("a", None, None, None), "address"),
                             (("a", None, "", None), "address"),
                             (("a", None, "x@example.com\r\nBcc: y", None), "address"),
                             (("a", None, "x@example.com", "everything!"), "everything!"),
                             ((None, None, "x@example.com", None), "account_id")]:
            with self.subTest(values=values):
                self.refused(self.db, sql, *values, words=["contact.", word])


class Kinds(WithAlerts):
    """Trial ending, subscription ending and budget exceeded are alerts too."""

    def kinds(self, at, team="t"):
        return {alert for (alert,) in rows(self.db, "SELECT alert FROM billing_alert(?, ?)", team,
                                           at)}

    def assertAlert(self, word, at, team="t"):
        found = [alert for alert in self.kinds(at, team) if word in alert]
        self.assertEqual(len(found), 1, "%s: %s at %s" % (word, self.kinds(at, team), at))

    def test_trial(self):
        rows(self.db, "UPDATE account SET trial_started_at = '2025-01-01 00:00:00'"
             " WHERE account_id = 'b'")
        rows(self.db, "UPDATE policy SET value = 90 WHERE name = 'lapse_notice_days'")
        rows(self.db, "SELECT settle()")
        self.assertAlert("trial", "2025-03-31 00:00:00", "v")
        self.assertFalse([alert for alert in self.kinds("2025-04-02 00:00:00", "v")
                          if "trial" in alert])

    def test_subscription(self):
        rows(self.db, "INSERT INTO country(country, flex_from) VALUES ('XX', NULL)")
        rows(self.db, "UPDATE account SET country = 'XX' WHERE account_id = 'b'")
        rows(self.db, "INSERT INTO subscription(account_id, starts_at, ends_at)"
                      " VALUES ('b', '2025-01-01 00:00:00', '2026-01-01 00:00:00')")
        rows(self.db, "UPDATE policy SET value = 90 WHERE name = 'lapse_notice_days'")
        rows(self.db, "SELECT settle()")
        self.assertAlert("subscription", "2025-12-31 00:00:00", "v")
        rows(self.db, "INSERT INTO subscription(account_id, starts_at, ends_at)"
                      " VALUES ('b', '2026-01-01 00:00:00', '2027-01-01 00:00:00')")
        rows(self.db, "SELECT settle()")
        self.assertFalse([alert for alert in self.kinds("2025-12-31 00:00:00", "v")
                          if "subscription" in alert])

    def test_budget(self):
        rows(self.db, "INSERT INTO budget(team_id, tokens, starts_at)"
             " VALUES ('t', 10, '2025-03-01 00:00:00')")
        self.job(20, "2025-03-05 00:00:00")
        self.assertFalse([alert for alert in self.kinds("2025-03-05 00:00:00")
                          if "budget" in alert])
        self.job(1, "2025-03-06 00:00:00")
        self.assertAlert("budget", "2025-03-06 00:00:00")
        self.assertIn("budget", " ".join(alert for _, alert in self.waiting()),
                      "settling writes it")

    def test_nothing_is_broken(self):
        self.job(1000, "2025-03-05 00:00:00")
        self.scheduler("2025-03-06 00:00:00")
        self.assertEqual(errors(self.db), [])
        self.assertTrue(has_table(self.db, "alert_outbox"))


if __name__ == "__main__":
    unittest.main()
