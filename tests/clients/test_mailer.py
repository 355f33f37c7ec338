"""samples/mailer.py against a real SMTP server on loopback: what waits is sent and marked, once;
killed between sending and marking it is sent again with the same Message-ID."""

import email
import os
import random
import signal
import socket
import subprocess
import sys
import time
import unittest

from cases import JOB, WithWorld, one, rows
from support import ROOT

try:
    from aiosmtpd.controller import Controller
except ImportError:
    Controller = None

MAILER = os.path.join(ROOT, "samples", "mailer.py")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Mailbox:
    """Keeps what comes; `reply` may refuse, or do something while the message is on its way."""

    def __init__(self):
        self.messages = []
        self.reply = None

    async def handle_DATA(self, server, session, envelope):
        said = self.reply(envelope) if self.reply else None
        if said:
            return said
        self.messages.append((envelope.rcpt_tos, email.message_from_bytes(envelope.content)))
        return "250 taken"

    def ids(self):
        return [message["Message-ID"] for _, message in self.messages]


class KillAfter(Mailbox):
    """Takes the message and kills whoever sent it before it hears so."""

    process = None

    async def handle_DATA(self, server, session, envelope):
        await super().handle_DATA(server, session, envelope)
        if self.process:
            self.process.send_signal(signal.SIGKILL)
            self.process = None
        return "250 taken"


@unittest.skipUnless(Controller, "there is no aiosmtpd")
class WithServer(WithWorld):
    mailbox = Mailbox

    def setUp(self):
        super().setUp()
        self.box = self.mailbox()
        self.server = Controller(self.box, hostname="127.0.0.1", port=free_port())
        self.server.start()
        self.addCleanup(self.stop)
        self.port = self.server.port
        rows(self.db, "UPDATE team SET name = 'Forty Bridges' WHERE team_id = 't'")
        rows(self.db, "INSERT INTO contact(account_id, address)"
             " VALUES ('a', 'a@example.com'), ('a', 'b@example.com')")
        rows(self.db, "SELECT billing_alerts(1)")

    def stop(self):
        if self.server:
            self.server.stop()
        self.server = None

    def debt(self):
        rows(self.db, JOB, "c", "rvt", 1000, "2025-03-05 00:00:00")
        rows(self.db, "SELECT settle()")

    def many(self, count):
        rows(self.db, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
                      " INSERT INTO alert_outbox(team_id, alert, since, at, message, title)"
                      " SELECT 'v', 'my_own', datetime('2025-01-01', i || ' hours'), "
             "'2025-01-01 00:00:00', 'n ' || i, 'My own' FROM n", count)

    def start(self, *options):
        return subprocess.Popen([sys.executable, MAILER, self.path, "--host", "127.0.0.1", "--port",
                                 str(self.port),
                                 "--from", "billing@example.com", *options], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def mail(self, *options):
        process = self.start(*options)
        said, errors = process.communicate(timeout=60)
        return said.strip(), errors


class Mailer(WithServer):
    def test_each_alert_to_each_recipient(self):
        self.debt()
        self.assertEqual(self.mail(), ("4 sent, 0 failed", ""))
        self.assertEqual(self.mail(), ("0 sent, 0 failed", ""))
        self.assertEqual(sorted((to[0], message["Subject"].strip()[:9]) for to,
                                message in self.box.messages),
                         [("a@example.com", "Notice of"), ("a@example.com", "Uncharged"),
                          ("b@example.com", "Notice of"), ("b@example.com", "Uncharged")])
        self.assertEqual(len(set(self.box.ids())), 4)
        for _, message in self.box.messages:
            self.assertIn("Forty Bridges", message.get_payload())
        self.assertEqual(one(self.db, "SELECT count(*) FROM alert_outbox"
                             " WHERE sent_at IS NULL OR picked_at IS NULL OR tries <> 1"), 0)

    def test_what_is_withdrawn_is_not_sent(self):
        self.debt()
        rows(self.db, "INSERT INTO token_lot(team_id, kind, tokens, purchased_at)"
                      " VALUES ('t', 'flex_token', 1000, '2025-03-06 00:00:00')")
        rows(self.db, "SELECT settle()")
        self.assertEqual(self.mail()[0], "0 sent, 0 failed")

    def test_nobody_is_named(self):
        self.many(1)
        self.assertEqual(self.mail()[0], "0 sent, 0 failed")
        self.assertEqual(self.mail("--to", "c@example.com")[0], "1 sent, 0 failed")
        self.assertEqual(self.box.messages[0][0], ["c@example.com"])

    def test_two_at_once(self):
        self.many(60)
        both = [self.start("--to", "c@example.com") for _ in range(2)]
        said = [int(process.communicate(timeout=60)[0].split()[0]) for process in both]
        self.assertEqual(sum(said), 60)
        self.assertEqual(len(self.box.ids()), 60)
        self.assertEqual(len(set(self.box.ids())), 60)

    def test_a_server_that_is_busy(self):
        self.many(2)
        self.box.reply = lambda envelope: "451 later"
        for _ in range(3):
            self.assertEqual(self.mail("--to", "c@example.com", "--tries", "3")[0],
                             "0 sent, 2 failed")
        self.assertEqual(rows(self.db, "SELECT DISTINCT tries, picked_at IS NOT NULL, sent_at, "
                              "failed LIKE '%451%' FROM alert_outbox"), [(3, 1, None, 1)])
        self.box.reply = None
        self.assertEqual(self.mail("--to", "c@example.com", "--tries", "3")[0], "0 sent, 0 failed")
        self.assertEqual(self.mail("--to", "c@example.com", "--tries", "4")[0], "0 sent, 0 failed",
                         "within the lease")

    def test_a_server_that_is_busy_once(self):
        self.many(1)
        self.box.reply = lambda envelope: "451 later"
        self.mail("--to", "c@example.com")
        self.assertEqual(one(self.db, "SELECT count(*) FROM alert_outbox WHERE picked_at IS NULL"),
                         1)
        self.box.reply = None
        self.assertEqual(self.mail("--to", "c@example.com")[0], "1 sent, 0 failed")
        self.assertEqual(rows(self.db, "SELECT tries, failed FROM alert_outbox"), [(2, None)])

    def test_a_recipient_that_is_refused(self):
        self.many(2)
        self.box.reply = lambda envelope: "550 unknown" if b"n 1" in envelope.content else None
        self.assertEqual(self.mail("--to", "c@example.com")[0], "1 sent, 1 failed")
        self.assertEqual(self.mail("--to", "c@example.com")[0], "0 sent, 0 failed")

    def test_no_server(self):
        self.many(1)
        self.stop()
        said, errors = self.mail("--to", "c@example.com")
        self.assertEqual(said, "")
        self.assertIn("mailer: ", errors)
        self.assertEqual(one(self.db, "SELECT count(*) FROM alert_outbox WHERE picked_at IS NULL"
                             " AND tries = 0"), 1)

    def test_killed_at_any_time(self):
        self.many(80)
        rng, kills = random.Random(7), 0
        for _ in range(12):
            process = self.start("--to", "c@example.com", "--timeout", "0.4", "--lease", "1",
                                 "--tries", "99")
            time.sleep(rng.uniform(0.05, 0.2))
            kills += process.poll() is None
            process.kill()
            process.communicate()
        time.sleep(1.1)
        said = self.mail("--to", "c@example.com", "--timeout", "0.4", "--lease", "1", "--tries",
                         "99")[0]
        self.assertTrue(said.endswith(" 0 failed"), said)
        self.assertEqual(len(set(self.box.ids())), 80)
        self.assertLessEqual(len(self.box.ids()), 80 + kills)
        self.assertEqual(one(self.db, "SELECT count(*) FROM alert_outbox WHERE sent_at IS NULL"), 0)


class Killed(WithServer):
    mailbox = KillAfter

    def test_killed_between_sending_and_marking(self):
        self.debt()
        process = self.start()
        self.box.process = process
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, -signal.SIGKILL)
        self.assertEqual(len(self.box.ids()), 1)
        self.assertEqual(rows(self.db, "SELECT count(*), count(picked_at), count(sent_at)"
                              " FROM alert_outbox"),
                         [(4, 1, 0)])
        self.assertEqual(self.mail()[0], "3 sent, 0 failed",
                         "the first is not free before its lease ends")
        time.sleep(1.1)
        self.assertEqual(self.mail("--timeout", "0.4", "--lease", "1")[0], "1 sent, 0 failed")
        ids = self.box.ids()
        self.assertEqual(len(ids), 5)
        self.assertEqual(len(set(ids)), 4)
        self.assertEqual(ids[0], ids[4], "the duplicate can be recognised")
        self.assertEqual(one(self.db, "SELECT count(*) FROM alert_outbox WHERE sent_at IS NULL"), 0)


if __name__ == "__main__":
    unittest.main()
