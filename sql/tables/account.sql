-- Who buys. A trial runs from its start for policy trial_days, or until the earlier switch.
CREATE TABLE IF NOT EXISTS main.account(
  account_id       TEXT NOT NULL PRIMARY KEY,
  name             TEXT,
  country          TEXT,                         -- NULL: no market rule
  agreement        TEXT NOT NULL DEFAULT 'flex', -- 'flex' or 'eba'
  trial_started_at TIMESTAMP,
  trial_ended_at   TIMESTAMP                     -- the early switch
);
