#!/usr/bin/env python3
"""Sends what waits in alert_outbox by SMTP: each alert to each of its recipients.

    mailer.py billing.db --host mail.example.com --from billing@example.com [--to
    whoever@example.com]

A row is picked up (picked_at, picked_by), sent, and marked (sent_at), each in a transaction of its
own, so two mailers that run at once never send the same row. Killed between sending and marking, it
has sent what is not marked: SMTP knows no transaction that spans both. After --lease seconds the
next run sends that row once more, with the same Message-ID, which is made from the row: a mailbox
that keeps one message for each Message-ID, and anybody who looks, sees that it is the same message.
So it is at least once, and exactly once unless it is killed, or the line lost, then.

A try that fails is made again in later runs, --tries times; then the row stays with what went wrong
in `failed`. It needs no extension: to look after the outbox is plain SQL.
"""

import argparse
import email.message
import email.utils
import hashlib
import os
import smtplib
import sqlite3
import sys
import uuid

# Rows that wait, and rows that a mailer picked up and never came back to. What is over by then is
# not sent late.
PICK_UP = """
UPDATE alert_outbox SET picked_at = strftime('%Y-%m-%d %H:%M:%f', 'now'),
  picked_by = :mailer, tries = tries + 1
WHERE alert_id = (
  SELECT alert_id FROM alert_outbox
  WHERE coalesce(recipient, :to) IS NOT NULL AND sent_at IS NULL AND tries < :tries
    AND (picked_at IS NULL AND picked_by IS NULL
      OR picked_by IS NOT NULL AND over_at IS NULL
        AND picked_at < strftime('%Y-%m-%d %H:%M:%f', 'now', :lease))
    AND alert_id > :after
  ORDER BY alert_id LIMIT 1)
RETURNING alert_id, coalesce(recipient, :to), coalesce(subject, title), coalesce(text, message),
  team_id, alert, since, at
"""

MARK_SENT = """
UPDATE alert_outbox SET sent_at = strftime('%Y-%m-%d %H:%M:%f', 'now'), failed = NULL
WHERE alert_id = ? AND picked_by = ?
"""

# Not taken by the server, as far as one can tell: it is free for the next run, and may be withdrawn
# while it waits.
MARK_FAILED = """
UPDATE alert_outbox SET failed = :why,
  picked_at = iif(tries < :tries, NULL, picked_at), picked_by = iif(tries < :tries, NULL, picked_by)
WHERE alert_id = :alert_id AND picked_by = :mailer
"""


def message_of(row, sender):
    """The same row gives the same Message-ID, whoever sends it and how often."""
    alert_id, recipient, subject, text = row[:4]
    digest = hashlib.sha256(repr((recipient,) + row[4:]).encode()).hexdigest()[:24]
    message = email.message.EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, recipient, subject
    message["Message-ID"] = "<alert-%d.%s@%s>" % (alert_id, digest, sender.rpartition("@")[2]
                                                  or "localhost")
    message["Date"] = email.utils.formatdate()
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text + "\n")
    return message


def refused_for_good(error):
    """A reply of 5yz speaks of this message: to try it again changes nothing."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(500 <= code < 600 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPResponseException) and 500 <= error.smtp_code < 600


def line_is_lost(error):
    if isinstance(error, smtplib.SMTPException):
        return isinstance(error, smtplib.SMTPServerDisconnected)
    return isinstance(error, OSError)


def send_one(db, server, row, options):
    try:
        server.send_message(message_of(row, options.sender))
    except (smtplib.SMTPException, OSError, ValueError) as error:
        tries = 0 if refused_for_good(error) or isinstance(error, ValueError) else options.tries
        db.execute(MARK_FAILED, {"why": str(error), "tries": tries, "alert_id": row[0],
                                 "mailer": options.name})
        return error
    db.execute(MARK_SENT, (row[0], options.name))
    return None


def run(options):
    """Sends all that waits; returns how many rows were sent and how many failed."""
    db = sqlite3.connect(options.database, isolation_level=None, timeout=30)
    sent = failed = after = 0
    try:
        with smtplib.SMTP(options.host, options.port, timeout=options.timeout) as server:
            if options.tls:
                server.starttls()
            if options.user:
                server.login(options.user, os.environ["SMTP_PASSWORD"])
            while True:
                row = db.execute(PICK_UP, {"mailer": options.name, "to": options.to,
                                           "tries": options.tries,
                                           "lease": "-%d seconds" % options.lease,
                                           "after": after}).fetchall()
                if not row:
                    return sent, failed
                after = row[0][0]
                error = send_one(db, server, row[0], options)
                sent, failed = sent + (error is None), failed + (error is not None)
                if error:
                    print("mailer: alert %d is not sent: %s" % (after, error), file=sys.stderr)
                if line_is_lost(error):
                    return sent, failed
    finally:
        db.close()


def main():
    parser = argparse.ArgumentParser(description="sends what waits in alert_outbox")
    parser.add_argument("database")
    parser.add_argument("--host", default="localhost")
    parser.add_argument("--port", type=int, default=25)
    parser.add_argument("--from", dest="sender", required=True)
    parser.add_argument("--to", help="who is informed where no contact is named; without it such "
                        "rows wait")
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--user", help="its password is in the environment: SMTP_PASSWORD")
    parser.add_argument("--tries", type=int, default=5)
    parser.add_argument("--lease", type=int, default=600,
                        help="seconds after which a mailer is taken for dead")
    parser.add_argument("--timeout", type=float, default=60)
    parser.add_argument("--name", default="mailer-%s-%d-%s" % (os.uname().nodename, os.getpid(),
                                                               uuid.uuid4().hex[:8]))
    options = parser.parse_args()
    if options.timeout * 2 > options.lease > 0:
        parser.error("--lease must be longer than twice --timeout, or a mailer that waits is taken "
                     "for dead")
    try:
        sent, failed = run(options)
    except (OSError, smtplib.SMTPException, sqlite3.Error) as error:
        sys.exit("mailer: %s" % error)
    print("%d sent, %d failed" % (sent, failed))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
