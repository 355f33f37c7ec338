-- Who is informed of alerts.
CREATE TABLE IF NOT EXISTS main.contact(
  contact_id INTEGER PRIMARY KEY,
  account_id TEXT NOT NULL,
  team_id    TEXT,                       -- NULL: all teams of the account
  address    TEXT NOT NULL,
  wants      TEXT                        -- names of alerts, separated by commas or spaces; NULL:
                                         -- all of them
);

CREATE INDEX IF NOT EXISTS main._billing_contact_by_account ON contact(account_id);
