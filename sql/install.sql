-- Installs billing into the main database, as SELECT billing_install() does.
-- Put together by make from the files named below: change those, not this one.

SAVEPOINT billing_install_script;

-- ---- sql/tables/account.sql ----

-- Who buys. A trial runs from its start for policy trial_days, or until the earlier switch.
CREATE TABLE IF NOT EXISTS main.account(
  account_id       TEXT NOT NULL PRIMARY KEY,
  name             TEXT,
  country          TEXT,                         -- NULL: no market rule
  agreement        TEXT NOT NULL DEFAULT 'flex', -- 'flex' or 'eba'
  trial_started_at TIMESTAMP,
  trial_ended_at   TIMESTAMP                     -- the early switch
);

-- ---- sql/tables/account_agreement.sql ----

-- From starts_at on the account has this agreement; account.agreement holds before the first row.
CREATE TABLE IF NOT EXISTS main.account_agreement(
  account_id TEXT NOT NULL,
  agreement  TEXT NOT NULL,              -- 'flex' or 'eba'
  starts_at  TIMESTAMP NOT NULL,
  PRIMARY KEY (account_id, starts_at)
);

-- ---- sql/tables/alert_outbox.sql ----

-- Alerts on their way to a mailer, each there once for each recipient. Filled from billing_alert by
-- a scheduler and, while the switch 'alerts' is on, by settling; see docs/guides/alerts.md.
CREATE TABLE IF NOT EXISTS main.alert_outbox(
  alert_id  INTEGER PRIMARY KEY,
  team_id   TEXT,                        -- NULL: of no team
  alert     TEXT NOT NULL,
  since     TIMESTAMP NOT NULL,
  at        TIMESTAMP NOT NULL,          -- the instant that tokens and message speak of
  tokens    REAL,
  message   TEXT NOT NULL,
  title     TEXT NOT NULL,
  picked_at TIMESTAMP,                   -- NULL: waits to be picked up
  over_at   TIMESTAMP,                   -- found to be over from then on, after it was picked up
  recipient TEXT,                        -- an address of contact; NULL: nobody is named there
  subject   TEXT,
  text      TEXT,                        -- names the team
  picked_by TEXT,                        -- the mailer that is at it
  tries     INTEGER NOT NULL DEFAULT 0,  -- how often a mailer has tried to send it
  sent_at   TIMESTAMP,
  failed    TEXT                         -- what the last try that failed said
);

CREATE INDEX IF NOT EXISTS main._billing_alert_outbox_key ON alert_outbox(team_id, alert, since);

CREATE INDEX IF NOT EXISTS main._billing_alert_outbox_open ON alert_outbox(team_id, alert)
  WHERE over_at IS NULL;

CREATE INDEX IF NOT EXISTS main._billing_alert_outbox_waiting ON alert_outbox(team_id)
  WHERE picked_at IS NULL;

-- ---- sql/tables/api.sql ----

CREATE TABLE IF NOT EXISTS main.api(
  api     TEXT NOT NULL PRIMARY KEY,
  name    TEXT,
  premium INTEGER NOT NULL               -- 1: priced by the rate card; 0: free
) WITHOUT ROWID;

-- ---- sql/tables/api_alias.sql ----

-- Other names of an api, such as after a renaming.
CREATE TABLE IF NOT EXISTS main.api_alias(
  alias TEXT NOT NULL PRIMARY KEY,
  api   TEXT NOT NULL
) WITHOUT ROWID;

-- ---- sql/tables/app.sql ----

CREATE TABLE IF NOT EXISTS main.app(
  client_id  TEXT NOT NULL PRIMARY KEY,
  name       TEXT,
  account_id TEXT NOT NULL               -- the owner
);

-- ---- sql/tables/app_owner.sql ----

-- From owned_from on the account owns the app; app.account_id holds before the first row.
CREATE TABLE IF NOT EXISTS main.app_owner(
  client_id  TEXT NOT NULL,
  account_id TEXT NOT NULL,
  owned_from TIMESTAMP NOT NULL,
  PRIMARY KEY (client_id, owned_from)
);

-- ---- sql/tables/app_team.sql ----

-- From assigned_at on the team pays for the app, until the next row.
CREATE TABLE IF NOT EXISTS main.app_team(
  client_id   TEXT NOT NULL,
  team_id     TEXT NOT NULL,
  assigned_at TIMESTAMP NOT NULL,
  PRIMARY KEY (client_id, assigned_at)
);

-- ---- sql/tables/billing_setting.sql ----

-- The switches 'autosettle', 'guard' and 'alerts', and whether the file is 'replicated': 1 is on;
-- 0, or no row, is off. INSERT sets one that is there, too.
CREATE TABLE IF NOT EXISTS main.billing_setting(
  name  TEXT PRIMARY KEY ON CONFLICT REPLACE,
  value INTEGER NOT NULL
) WITHOUT ROWID;

-- ---- sql/tables/budget.sql ----

-- Tokens that usage may cost in a time: of a team, an app, a user, a label, or of what fits
-- several.
CREATE TABLE IF NOT EXISTS main.budget(
  budget_id INTEGER PRIMARY KEY,
  team_id   TEXT,                        -- here and below NULL: any
  client_id TEXT,
  user_id   TEXT,
  label     TEXT,
  tokens    REAL NOT NULL,
  starts_at TIMESTAMP NOT NULL,
  ends_at   TIMESTAMP,                   -- NULL: without end
  note      TEXT,
  source_id TEXT UNIQUE                  -- the loader's own key: loading twice changes nothing
);

CREATE INDEX IF NOT EXISTS main._billing_budget_by_team ON budget(team_id);
CREATE INDEX IF NOT EXISTS main._billing_budget_by_app ON budget(client_id);

-- ---- sql/tables/contact.sql ----

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

-- ---- sql/tables/country.sql ----

-- Where Flex is sold, and since when; NULL: not sold there.
CREATE TABLE IF NOT EXISTS main.country(
  country   TEXT NOT NULL PRIMARY KEY,
  flex_from TIMESTAMP
) WITHOUT ROWID;

-- ---- sql/tables/kind_api.sql ----

-- A kind with rows here pays these apis only; a kind without rows pays all.
CREATE TABLE IF NOT EXISTS main.kind_api(
  kind TEXT NOT NULL,
  api  TEXT NOT NULL,
  PRIMARY KEY (kind, api)
) WITHOUT ROWID;

-- ---- sql/tables/lot_move.sql ----

-- From moved_at on the whole remainder of the lot is another team's.
CREATE TABLE IF NOT EXISTS main.lot_move(
  lot_id   INTEGER NOT NULL,
  team_id  TEXT NOT NULL,
  moved_at TIMESTAMP NOT NULL,
  PRIMARY KEY (lot_id, moved_at)
);

CREATE INDEX IF NOT EXISTS main._billing_lot_move_by_team ON lot_move(team_id);

-- ---- sql/tables/outcome_rule.sql ----

-- The price of a usage is multiplied by the factor of its outcome; without a row by 1.
CREATE TABLE IF NOT EXISTS main.outcome_rule(
  api     TEXT NOT NULL,
  outcome TEXT NOT NULL,
  factor  REAL NOT NULL,
  PRIMARY KEY (api, outcome)
) WITHOUT ROWID;

-- ---- sql/tables/period_close.sql ----

-- What a team's ledger says of the time before closed_until is final.
CREATE TABLE IF NOT EXISTS main.period_close(
  team_id      TEXT NOT NULL,
  closed_until TIMESTAMP NOT NULL,
  PRIMARY KEY (team_id, closed_until)
) WITHOUT ROWID;

-- ---- sql/tables/policy.sql ----

-- Rules that are data. A missing row: its default.
CREATE TABLE IF NOT EXISTS main.policy(
  name  TEXT NOT NULL PRIMARY KEY,
  value NUMERIC NOT NULL                 -- a number or a text
) WITHOUT ROWID;

-- ---- sql/tables/policy_change.sql ----

-- From effective_from on the policy has this value; policy.value holds before the first row.
-- With rowids: integrity_check of SQLite 3.40 sees a NULL in any column that stands between those of the key of a
-- table without.
CREATE TABLE IF NOT EXISTS main.policy_change(
  name           TEXT NOT NULL,
  value          NUMERIC NOT NULL,       -- a number or a text
  effective_from TIMESTAMP NOT NULL,
  PRIMARY KEY (name, effective_from)
);

-- ---- sql/tables/product_assignment.sql ----

-- 'Platform Services' given to a user account: before teams, this team pays for the account's apps.
CREATE TABLE IF NOT EXISTS main.product_assignment(
  account_id  TEXT NOT NULL,
  team_id     TEXT NOT NULL,
  assigned_at TIMESTAMP NOT NULL,
  revoked_at  TIMESTAMP,
  PRIMARY KEY (account_id, assigned_at)
);

-- ---- sql/tables/rate_card.sql ----

-- Tokens for each `per` units of quantity, from an instant on until the next row of that api and
-- sku. The sku '*' is the price of usage without a sku, and of every sku that has no row of its
-- own.
CREATE TABLE IF NOT EXISTS main.rate_card(
  api            TEXT NOT NULL,
  sku            TEXT NOT NULL,
  effective_from TIMESTAMP NOT NULL,
  tokens         REAL,                         -- NULL: no longer sold from here on
  per            REAL NOT NULL DEFAULT 1,
  unit           TEXT,                         -- of quantity, for people
  rounding       TEXT NOT NULL DEFAULT 'none', -- to whole packages of `per`: 'none' 'up' 'down'
                                               -- 'carry'
  minimum        REAL DEFAULT 0,               -- smallest quantity billed
  PRIMARY KEY (api, sku, effective_from)
) WITHOUT ROWID;

-- Two skus of an api must not differ in case alone: looked up for each row that comes.
CREATE INDEX IF NOT EXISTS main._billing_rate_card_by_name ON rate_card(api, sku COLLATE NOCASE);

-- ---- sql/tables/rate_tier.sql ----

-- Graduated prices: beyond `above` units per calendar month and wallet, `tokens` for each `per` of
-- the row of the rate card that has the same api, sku and instant.
CREATE TABLE IF NOT EXISTS main.rate_tier(
  api            TEXT NOT NULL,
  sku            TEXT NOT NULL,
  effective_from TIMESTAMP NOT NULL,
  above          REAL NOT NULL,
  tokens         REAL NOT NULL,
  PRIMARY KEY (api, sku, effective_from, above)
) WITHOUT ROWID;

-- ---- sql/tables/sku_alias.sql ----

-- What a usage may call a sku, from an instant on; '*' stands for every name that nothing knows.
CREATE TABLE IF NOT EXISTS main.sku_alias(
  api            TEXT NOT NULL,
  alias          TEXT NOT NULL,
  sku            TEXT NOT NULL,
  effective_from TIMESTAMP NOT NULL,
  PRIMARY KEY (api, alias, effective_from)
);

-- Likewise two aliases, see rate_card.
CREATE INDEX IF NOT EXISTS main._billing_sku_alias_by_name ON sku_alias(api, alias COLLATE NOCASE);

-- ---- sql/tables/subscription.sql ----

-- The yearly subscription that countries without Flex need beside their credits.
CREATE TABLE IF NOT EXISTS main.subscription(
  account_id TEXT NOT NULL,
  starts_at  TIMESTAMP NOT NULL,
  ends_at    TIMESTAMP NOT NULL
);

-- ---- sql/tables/team.sql ----

-- A wallet belongs to a team.
CREATE TABLE IF NOT EXISTS main.team(
  team_id    TEXT NOT NULL PRIMARY KEY,
  account_id TEXT NOT NULL,
  name       TEXT
);

CREATE INDEX IF NOT EXISTS main._billing_team_by_account ON team(account_id, team_id);

-- ---- sql/tables/token_kind.sql ----

-- What lots are made of. The kind of the smallest rank pays first.
CREATE TABLE IF NOT EXISTS main.token_kind(
  kind TEXT NOT NULL PRIMARY KEY,
  rank INTEGER NOT NULL,
  name TEXT
) WITHOUT ROWID;

-- ---- sql/tables/token_lot.sql ----

-- One purchase of tokens.
CREATE TABLE IF NOT EXISTS main.token_lot(
  lot_id       INTEGER PRIMARY KEY,
  team_id      TEXT NOT NULL,
  kind         TEXT NOT NULL,
  tokens       REAL NOT NULL,
  purchased_at TIMESTAMP NOT NULL,
  expires_at   TIMESTAMP,                -- NULL: purchased_at + policy lot_term
  voided_at    TIMESTAMP,
  source_id    TEXT UNIQUE,              -- the loader's own key: loading twice changes nothing
  note         TEXT
);

CREATE INDEX IF NOT EXISTS main._billing_token_lot_by_team ON token_lot(team_id);

-- ---- sql/tables/unblock.sql ----

-- Support lifts a block.
CREATE TABLE IF NOT EXISTS main.unblock(
  team_id      TEXT NOT NULL,
  unblocked_at TIMESTAMP NOT NULL,
  note         TEXT
);

-- ---- sql/tables/usage.sql ----

-- What was used. Names an api, a sku and a client that need not be known yet.
CREATE TABLE IF NOT EXISTS main.usage(
  usage_id    INTEGER PRIMARY KEY,
  client_id   TEXT NOT NULL,
  api         TEXT NOT NULL,
  sku         TEXT,
  quantity    REAL NOT NULL DEFAULT 1,
  occurred_at TIMESTAMP NOT NULL,
  outcome     TEXT NOT NULL DEFAULT 'success',
  user_id     TEXT,
  label       TEXT,
  source_id   TEXT UNIQUE                -- the loader's own key: loading twice changes nothing
);

-- ---- sql/tables/usage_reject.sql ----

-- Rows that usage_import could not make usage, as they were given, and why. No fact: settling never
-- reads it.
CREATE TABLE IF NOT EXISTS main.usage_reject(
  reject_id   INTEGER PRIMARY KEY,
  line        INTEGER,                   -- of the file, or the number of the row in its statement
  column      TEXT,                      -- the column of usage that is refused; NULL: none in
                                         -- particular
  value,                                 -- what was given there; no type here and below: as it was
                                         -- written
  reason      TEXT NOT NULL,             -- what an INSERT into usage says
  source_id,
  client_id,
  api,
  sku,
  quantity,
  occurred_at,
  outcome,
  user_id,
  label,
  mode        TEXT                       -- 'upsert', or NULL: 'insert'
);

CREATE INDEX IF NOT EXISTS main._billing_usage_reject_source ON usage_reject(source_id)
  WHERE source_id IS NOT NULL;

-- ---- sql/derived/change.sql ----

-- One row. `stamp` is random: a rolled-back stamp never comes again, so equal stamps mean equal
-- facts. The switches are those of billing_setting, here because whoever needs them reads or
-- updates this row anyway.
CREATE TABLE IF NOT EXISTS main._billing_change(
  id    INTEGER PRIMARY KEY CHECK (id = 1),
  stamp INTEGER NOT NULL,                -- facts other than usage, and the switches
  tick  INTEGER NOT NULL DEFAULT 0,      -- counts changes of usage
  retry INTEGER NOT NULL DEFAULT 0,      -- 1: what is unrated may have found its payer or rate
  autosettle INTEGER NOT NULL DEFAULT 0,
  guard      INTEGER NOT NULL DEFAULT 0,
  alerts     INTEGER NOT NULL DEFAULT 0
);

INSERT OR IGNORE INTO main._billing_change(id, stamp) VALUES (1, 0);

INSERT INTO main.billing_setting(name, value)
  SELECT s.name, s.value FROM (
    SELECT 'autosettle' AS name, autosettle AS value FROM main._billing_change
    UNION ALL SELECT 'guard', guard FROM main._billing_change
    UNION ALL SELECT 'alerts', alerts FROM main._billing_change) s
  WHERE s.name NOT IN (SELECT name FROM main.billing_setting);

-- ---- sql/derived/closed.sql ----

-- While everything is derived again: wallets with a closed period, and when it ends. Empty between
-- calls.
CREATE TABLE IF NOT EXISTS main._billing_closed(
  wallet_id INTEGER PRIMARY KEY,
  closed_ms INTEGER NOT NULL
);

-- ---- sql/derived/closed_debt.sql ----

-- Why a usage of a closed period was not paid at once.
CREATE TABLE IF NOT EXISTS main._billing_closed_debt(
  wallet_id INTEGER NOT NULL,
  at_ms     INTEGER NOT NULL,
  usage_id  INTEGER NOT NULL,
  reason    TEXT NOT NULL,
  PRIMARY KEY (wallet_id, at_ms, usage_id)
) WITHOUT ROWID;

-- ---- sql/derived/closed_fact.sql ----

-- Facts that explain what a close holds, as they were at the closes since … last
-- (_billing_closed_version). The columns of each fact follow in its own order, from a on. last
-- 9223372036854775807: as of the last close that looked.
CREATE TABLE IF NOT EXISTS main._billing_closed_fact(
  fact  TEXT NOT NULL,                   -- the table
  since INTEGER NOT NULL,
  last  INTEGER NOT NULL,
  a, b, c, d, e, f, g, h, i, j
);

CREATE INDEX IF NOT EXISTS main._billing_closed_fact_by_key ON _billing_closed_fact(fact, a);

-- The teams of an account.
CREATE INDEX IF NOT EXISTS main._billing_closed_fact_by_account ON _billing_closed_fact(b)
  WHERE fact = 'team';

-- ---- sql/derived/closed_lot.sql ----

-- The life of a lot as it was known at a close, where a later fact has changed it: what is read
-- before closed_ms.
CREATE TABLE IF NOT EXISTS main._billing_closed_lot(
  lot_id     INTEGER NOT NULL,
  closed_ms  INTEGER NOT NULL,
  start_ms   INTEGER NOT NULL,
  end_ms     INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL,
  voided_ms  INTEGER,
  PRIMARY KEY (lot_id, closed_ms)
) WITHOUT ROWID;

-- ---- sql/derived/closed_name.sql ----

-- The names that settled usage of a closed period was shown by, where an alias has changed since.
-- `wallet_id` and `at_ms` say which wallet settled it, and when it counts there.
CREATE TABLE IF NOT EXISTS main._billing_closed_name(
  usage_id  INTEGER PRIMARY KEY,
  api       TEXT NOT NULL,
  sku       TEXT,
  wallet_id INTEGER NOT NULL,
  at_ms     INTEGER NOT NULL
);

-- ---- sql/derived/closed_notice.sql ----

-- Notices of what ends that a team had in its closed periods, in [from_ms, to_ms): written by the
-- close.
CREATE TABLE IF NOT EXISTS main._billing_closed_notice(
  wallet_id INTEGER NOT NULL,
  alert     TEXT NOT NULL,               -- trial_ending, subscription_ending
  from_ms   INTEGER NOT NULL,
  to_ms     INTEGER NOT NULL,
  end_ms    INTEGER NOT NULL,
  PRIMARY KEY (wallet_id, alert, from_ms)
) WITHOUT ROWID;

-- ---- sql/derived/closed_sum.sql ----

-- What a wallet had consumed in all before a close, paid or not, and how many usages cost it nothing:
-- written by the close. What is stored there has to agree for ever.
CREATE TABLE IF NOT EXISTS main._billing_closed_sum(
  wallet_id INTEGER NOT NULL,
  closed_ms INTEGER NOT NULL,
  units     INTEGER NOT NULL,
  free      INTEGER NOT NULL,
  PRIMARY KEY (wallet_id, closed_ms)
) WITHOUT ROWID;

-- ---- sql/derived/closed_terms.sql ----

-- What a wallet's terms gave in its closed periods, debts aside, as of each instant: written by the
-- close.
CREATE TABLE IF NOT EXISTS main._billing_closed_terms(
  wallet_id INTEGER NOT NULL,
  from_ms   INTEGER NOT NULL,
  to_ms     INTEGER NOT NULL,
  access    INTEGER NOT NULL,            -- enum access: excluded, trial, none, or full
  PRIMARY KEY (wallet_id, from_ms)
) WITHOUT ROWID;

-- ---- sql/derived/closed_unrated.sql ----

-- Usage that had no rate at a close, as it is read from its instant, but not before the close
-- before that one (from_ms: what was recorded later for a time before it was not there), until
-- closed_ms.
CREATE TABLE IF NOT EXISTS main._billing_closed_unrated(
  usage_id    INTEGER NOT NULL,
  closed_ms   INTEGER NOT NULL,
  from_ms     INTEGER NOT NULL,
  wallet_id   INTEGER NOT NULL,
  client_id   TEXT NOT NULL,
  api         TEXT NOT NULL,
  sku         TEXT,
  quantity    REAL NOT NULL,
  occurred_at TIMESTAMP NOT NULL,
  user_id     TEXT,
  label       TEXT,
  PRIMARY KEY (usage_id, closed_ms)
) WITHOUT ROWID;

-- ---- sql/derived/closed_version.sql ----

-- By which facts an instant of a wallet before closed_ms is read (_billing_closed_fact): the first
-- row after the instant.
CREATE TABLE IF NOT EXISTS main._billing_closed_version(
  wallet_id INTEGER NOT NULL,
  closed_ms INTEGER NOT NULL,
  version   INTEGER NOT NULL,
  PRIMARY KEY (wallet_id, closed_ms)
) WITHOUT ROWID;

-- ---- sql/derived/debt.sql ----

-- What a usage owes, from each instant at which that changed.
CREATE TABLE IF NOT EXISTS main._billing_debt(
  wallet_id INTEGER NOT NULL,
  at_ms     INTEGER NOT NULL,            -- when the usage counted
  usage_id  INTEGER NOT NULL,
  since_ms  INTEGER NOT NULL,            -- from here on it owed `units`; at_ms in the first row
  units     INTEGER NOT NULL,
  rated     INTEGER NOT NULL,            -- its whole price
  parts     INTEGER NOT NULL,            -- entries that pay it so far
  PRIMARY KEY (wallet_id, at_ms, usage_id, since_ms)
) WITHOUT ROWID;

-- ---- sql/derived/free_usage.sql ----

-- Usage that costs nothing, and why.
CREATE TABLE IF NOT EXISTS main._billing_free_usage(
  wallet_id INTEGER NOT NULL,
  at_ms     INTEGER NOT NULL,
  usage_id  INTEGER NOT NULL,
  status    TEXT NOT NULL,               -- 'free' 'trial' 'excluded'
  PRIMARY KEY (wallet_id, at_ms, usage_id)
) WITHOUT ROWID;

-- ---- sql/derived/holding.sql ----

-- Which wallet holds a lot, and when.
CREATE TABLE IF NOT EXISTS main._billing_holding(
  wallet_id INTEGER NOT NULL,
  lot_id    INTEGER NOT NULL,
  from_ms   INTEGER NOT NULL,            -- purchase or move in
  to_ms     INTEGER NOT NULL,            -- move out, or the largest integer
  PRIMARY KEY (wallet_id, lot_id, from_ms)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS main._billing_holding_by_lot ON _billing_holding(lot_id, from_ms);

-- ---- sql/derived/late_units.sql ----

-- What usage that came late has paid of a lot, added up by spans of time: the entries after it were
-- not written again.
CREATE TABLE IF NOT EXISTS main._billing_late_units(
  lot_id  INTEGER NOT NULL,
  level   INTEGER NOT NULL,              -- 0: of one instant; each higher one adds up spans of the
                                         -- one below
  from_ms INTEGER NOT NULL,              -- where the span begins
  units   INTEGER NOT NULL,
  PRIMARY KEY (lot_id, level, from_ms)
) WITHOUT ROWID;

-- ---- sql/derived/ledger_entry.sql ----

-- The ledger: one row per draw of a lot for one usage.
CREATE TABLE IF NOT EXISTS main.ledger_entry(
  lot_id     INTEGER NOT NULL,
  charged_ms INTEGER NOT NULL,
  lot_used   INTEGER NOT NULL,           -- units this lot has paid in all, this entry included,
                                         -- without what came late for an earlier instant: see
                                         -- _billing_late_units
  usage_id   INTEGER NOT NULL,
  units      INTEGER NOT NULL,
  part       INTEGER NOT NULL,           -- 0, 1, … : which payment of the usage this is
  is_offset  INTEGER NOT NULL,           -- 1: a debt was paid by a later lot
  charged_at TIMESTAMP GENERATED ALWAYS AS ( -- no bytes; computed at every insert, so kept cheap
    CASE charged_ms % 1000
      WHEN 0 THEN datetime(charged_ms / 1000, 'unixepoch')
      ELSE strftime('%Y-%m-%d %H:%M:%f', charged_ms / 1000.0, 'unixepoch')
    END
  ) VIRTUAL,
  PRIMARY KEY (lot_id, charged_ms, lot_used)
) WITHOUT ROWID;

-- ---- sql/derived/meta.sql ----

-- Schema version, and the mark `settled_upto`: usage above it is pending.
CREATE TABLE IF NOT EXISTS main._billing_meta(
  name  TEXT PRIMARY KEY,
  value
) WITHOUT ROWID;

INSERT OR IGNORE INTO main._billing_meta(name, value)
  VALUES ('schema_version', 5), ('settled_upto', 0);

-- ---- sql/derived/meter.sql ----

-- What a wallet has used of an api and sku whose price depends on it (tiers, carry), after each
-- usage.
CREATE TABLE IF NOT EXISTS main._billing_meter(
  wallet_id   INTEGER NOT NULL,
  api         TEXT NOT NULL,
  sku         TEXT NOT NULL,             -- '' for usage without a sku
  at_ms       INTEGER NOT NULL,
  reading     INTEGER NOT NULL,          -- 1, 2, … : orders the usage of one instant
  month       INTEGER NOT NULL,          -- months since 1970
  month_micro INTEGER NOT NULL,          -- millionths of quantity billed in that month
  carry_micro INTEGER NOT NULL,          -- and not billed yet
  PRIMARY KEY (wallet_id, api, sku, at_ms, reading)
) WITHOUT ROWID;

-- ---- sql/derived/pending_price.sql ----

-- Changes of the price list since the last settle(). The wallets whose usage they may touch are
-- looked up then, once for all of them. Names compare as usage is resolved: without regard to case.
CREATE TABLE IF NOT EXISTS main._billing_pending_price(
  api     TEXT NOT NULL COLLATE NOCASE,
  what    TEXT NOT NULL,                 -- 'rate' 'alias' 'outcome': `name` is a sku, an alias of
                                         -- one, an outcome; 'api': all of the api, name ''
  name    TEXT NOT NULL COLLATE NOCASE,
  from_ms INTEGER NOT NULL,              -- usage that occurred before it is not concerned
  PRIMARY KEY (api, what, name)
) WITHOUT ROWID;

-- ---- sql/derived/pending_usage.sql ----

-- Usage to rate at the next settle(), beside all above the mark.
CREATE TABLE IF NOT EXISTS main._billing_pending_usage(
  usage_id INTEGER PRIMARY KEY
);

-- ---- sql/derived/pending_wallet.sql ----

-- Wallets to settle again, and from when.
CREATE TABLE IF NOT EXISTS main._billing_pending_wallet(
  wallet_id INTEGER PRIMARY KEY,         -- 0: every wallet
  from_ms   INTEGER NOT NULL
);

-- ---- sql/derived/settled_lot.sql ----

-- Lots as they were when last settled.
CREATE TABLE IF NOT EXISTS main._billing_settled_lot(
  lot_id       INTEGER PRIMARY KEY,
  kind         TEXT NOT NULL,
  units        INTEGER NOT NULL,
  purchased_ms INTEGER NOT NULL,
  expires_ms   INTEGER NOT NULL,         -- the fact, or purchase + lot_term
  voided_ms    INTEGER,
  start_ms     INTEGER NOT NULL,         -- alive in [start_ms, end_ms); never when the
                                         -- start is not before the end
  end_ms       INTEGER NOT NULL,
  used_from_ms INTEGER,                  -- its first entry; NULL: it has none
  used_up_ms   INTEGER,                  -- the entry that left nothing; NULL: something is left
  late_from_ms INTEGER,                  -- of _billing_late_units: the first one, the last
  late_to_ms   INTEGER,                  -- one, all of them; NULL: there are none
  late_units   INTEGER
);

-- ---- sql/derived/settled_move.sql ----

-- When a move counted: at its own instant, or at the close that it came too late for.
CREATE TABLE IF NOT EXISTS main._billing_settled_move(
  lot_id    INTEGER NOT NULL,
  moved_ms  INTEGER NOT NULL,
  wallet_id INTEGER NOT NULL,
  counts_ms INTEGER NOT NULL,
  PRIMARY KEY (lot_id, moved_ms)
) WITHOUT ROWID;

-- ---- sql/derived/staged_usage.sql ----

-- Rated usage on its way to allocation; empty between calls.
CREATE TABLE IF NOT EXISTS main._billing_staged_usage(
  wallet_id   INTEGER NOT NULL,
  at_ms       INTEGER NOT NULL,
  usage_id    INTEGER NOT NULL,
  units       INTEGER NOT NULL,
  api         INTEGER NOT NULL,          -- among the apis that some kind is limited to; 0: none
  status      INTEGER NOT NULL,          -- 0: priced; else why it costs nothing
  PRIMARY KEY (wallet_id, at_ms, usage_id)
) WITHOUT ROWID;

-- ---- sql/derived/unrated.sql ----

-- Usage that no payer or no rate covers.
CREATE TABLE IF NOT EXISTS main._billing_unrated(
  usage_id INTEGER PRIMARY KEY,
  reason   TEXT NOT NULL                 -- 'unrated' 'unassigned'
);

-- ---- sql/derived/wallet.sql ----

-- A team and its number. A wallet outlives its team.
CREATE TABLE IF NOT EXISTS main._billing_wallet(
  wallet_id INTEGER PRIMARY KEY,
  team_id   TEXT NOT NULL UNIQUE
);

-- ---- sql/derived/wallet_state.sql ----

-- A wallet's debt, and since when it is negative or blocked, from each instant at which that
-- changed.
CREATE TABLE IF NOT EXISTS main._billing_wallet_state(
  wallet_id         INTEGER NOT NULL,
  at_ms             INTEGER NOT NULL,
  debt_units        INTEGER NOT NULL,
  negative_since_ms INTEGER,
  blocked_since_ms  INTEGER,             -- limited since, until support lifts it
  grace_ends_ms     INTEGER,             -- while it is negative
  PRIMARY KEY (wallet_id, at_ms)
) WITHOUT ROWID;

-- ---- sql/catalogue/10_token_kind.sql ----

INSERT INTO main.token_kind(kind, rank, name) VALUES
  ('adjustment',   0, 'Adjustment'),
  ('cloud_credit', 1, 'Cloud credit'),
  ('flex_token',   2, 'Flex token')
ON CONFLICT DO NOTHING;

-- ---- sql/catalogue/20_api.sql ----

-- All that is not premium is free (D22). 'adjustment' is a debit that corrects a closed period.
INSERT INTO main.api(api, name, premium) VALUES
  ('adjustment',          'Adjustment',                       1),
  ('design-automation',   'Automation API',                   1),
  ('flow-graph-engine',   'Flow Graph Engine API',            1),
  ('model-derivative',    'Model Derivative API',             1),
  ('reality-capture',     'Reality Capture API',              1),
  ('account-admin',       'Account Admin API',                0),
  ('acc-issues',          'ACC Issues API',                   0),
  ('aec-data-model',      'AEC Data Model API',               0),
  ('authentication',      'Authentication API',               0),
  ('bim360-issues',       'BIM 360 Issues API',               0),
  ('data-connector',      'Data Connector API',               0),
  ('data-management',     'Data Management API',              0),
  ('data-visualization',  'Data Visualization extension',     0),
  ('model-coordination',  'Model Coordination API',           0),
  ('model-properties',    'Model Properties API',             0),
  ('parameters',          'Parameters API',                   0),
  ('tandem-data',         'Tandem Data API',                  0),
  ('token-flex',          'Token Flex Usage Data API',        0),
  ('viewer',              'Viewer SDK',                       0),
  ('webhooks',            'Webhooks API',                     0)
ON CONFLICT DO NOTHING;

-- ---- sql/catalogue/21_api_alias.sql ----

-- Design Automation API is called Automation API since 2025-07-01.
INSERT INTO main.api_alias(alias, api) VALUES
  ('automation', 'design-automation')
ON CONFLICT DO NOTHING;

-- ---- sql/catalogue/22_sku_alias.sql ----

-- Model Derivative jobs by file extension (D21, Q4): what is not complex is simple. IFC turned
-- complex.
INSERT INTO main.sku_alias(api, alias, sku, effective_from) VALUES
  ('model-derivative', '*',   'simple',  '2016-11-14 00:00:00'),
  ('model-derivative', 'rvt', 'complex', '2016-11-14 00:00:00'),
  ('model-derivative', 'nwd', 'complex', '2016-11-14 00:00:00'),
  ('model-derivative', 'nwc', 'complex', '2016-11-14 00:00:00'),
  ('model-derivative', 'ifc', 'simple',  '2016-11-14 00:00:00'),
  ('model-derivative', 'ifc', 'complex', '2022-03-29 00:00:00')
ON CONFLICT DO NOTHING;

-- Engines as work items name them. Civil 3D runs on AutoCAD (D81).
INSERT INTO main.sku_alias(api, alias, sku, effective_from) VALUES
  ('design-automation', 'Autodesk.AutoCAD',  'autocad',  '2016-11-14 00:00:00'),
  ('design-automation', 'Autodesk.Revit',    'revit',    '2016-11-14 00:00:00'),
  ('design-automation', 'Autodesk.Inventor', 'inventor', '2016-11-14 00:00:00'),
  ('design-automation', 'Autodesk.3dsMax',   '3dsmax',   '2016-11-14 00:00:00'),
  ('design-automation', 'Autodesk.Fusion',   'fusion',   '2016-11-14 00:00:00'),
  ('design-automation', 'civil3d',           'autocad',  '2016-11-14 00:00:00')
ON CONFLICT DO NOTHING;

-- ---- sql/catalogue/23_rate_card.sql ----

-- Published rates and their history. 2019-10-28 is a day of US Pacific time, the others are UTC.
INSERT INTO main.rate_card(api, sku, effective_from, tokens, per, unit) VALUES
  ('model-derivative',  'complex',   '2016-11-14 00:00:00', 1.5, 1,    'job'),
  ('model-derivative',  'complex',   '2022-03-29 00:00:00', 0.5, 1,    'job'),
  ('model-derivative',  'simple',    '2016-11-14 00:00:00', 0.2, 1,    'job'),
  ('model-derivative',  'simple',    '2022-03-29 00:00:00', 0.1, 1,    'job'),
  ('design-automation', 'autocad',   '2016-11-14 00:00:00', 4,   3600, 'second'),
  ('design-automation', 'autocad',   '2022-03-29 00:00:00', 2,   3600, 'second'),
  ('design-automation', 'revit',     '2019-10-28 07:00:00', 6,   3600, 'second'),
  ('design-automation', 'revit',     '2022-03-29 00:00:00', 2,   3600, 'second'),
  ('design-automation', 'inventor',  '2019-10-28 07:00:00', 6,   3600, 'second'),
  ('design-automation', 'inventor',  '2022-03-29 00:00:00', 2,   3600, 'second'),
  ('design-automation', '3dsmax',    '2019-10-28 07:00:00', 6,   3600, 'second'),
  ('design-automation', '3dsmax',    '2022-03-29 00:00:00', 2,   3600, 'second'),
  ('design-automation', 'fusion',    '2025-06-02 00:00:00', 3,   3600, 'second'),
  ('flow-graph-engine', 'compute',   '2024-11-27 00:00:00', 1,   3600, 'second'),
  ('reality-capture',   'gigapixel', '2017-11-01 00:00:00', 3.5, 1,    'gigapixel'),
  ('reality-capture',   'gigapixel', '2022-03-29 00:00:00', 1,   1,    'gigapixel'),
  ('reality-capture',   'gigapixel', '2022-09-07 00:00:00', NULL, 1,   'gigapixel'),
  ('reality-capture',   'photo',     '2022-09-07 00:00:00', 1,   50,   'photo'),
  ('adjustment',        '*',         '0000-01-01 00:00:00', 1,   1,    'token')
ON CONFLICT DO NOTHING;

-- ---- sql/catalogue/24_outcome_rule.sql ----

-- A failed job is free, whatever the service calls it (D77, D82, D84, Q5); a cancelled Reality
-- Capture job costs all of it.
INSERT INTO main.outcome_rule(api, outcome, factor) VALUES
  ('design-automation', 'failed',                    0),
  ('design-automation', 'failedDownload',            0),
  ('design-automation', 'failedInstructions',        0),
  ('design-automation', 'failedLimitDataSize',       0),
  ('design-automation', 'failedLimitProcessingTime', 0),
  ('design-automation', 'failedUpload',              0),
  ('design-automation', 'failedUploadOptional',      0),
  ('flow-graph-engine', 'failed',                    0),
  ('model-derivative',  'failed',                    0),
  ('reality-capture',   'failed',                    0),
  ('reality-capture',   'cancelled',                 1)
ON CONFLICT DO NOTHING;

-- ---- sql/catalogue/30_country.sql ----

-- Countries where Flex is sold for platform APIs since 2022-11-07 00:00 UTC (D24, D32): North
-- America, Europe, Japan and more. The published texts count "over 20" without naming each, so this
-- list is a judgement: correct the rows where you know better.
INSERT INTO main.country(country, flex_from) VALUES
  ('AT', '2022-11-07 00:00:00'),
  ('AU', '2022-11-07 00:00:00'),
  ('BE', '2022-11-07 00:00:00'),
  ('CA', '2022-11-07 00:00:00'),
  ('CH', '2022-11-07 00:00:00'),
  ('CZ', '2022-11-07 00:00:00'),
  ('DE', '2022-11-07 00:00:00'),
  ('DK', '2022-11-07 00:00:00'),
  ('ES', '2022-11-07 00:00:00'),
  ('FI', '2022-11-07 00:00:00'),
  ('FR', '2022-11-07 00:00:00'),
  ('GB', '2022-11-07 00:00:00'),
  ('IE', '2022-11-07 00:00:00'),
  ('IT', '2022-11-07 00:00:00'),
  ('JP', '2022-11-07 00:00:00'),
  ('LU', '2022-11-07 00:00:00'),
  ('NL', '2022-11-07 00:00:00'),
  ('NO', '2022-11-07 00:00:00'),
  ('NZ', '2022-11-07 00:00:00'),
  ('PL', '2022-11-07 00:00:00'),
  ('PT', '2022-11-07 00:00:00'),
  ('SE', '2022-11-07 00:00:00'),
  ('US', '2022-11-07 00:00:00')
ON CONFLICT DO NOTHING;

-- ---- sql/catalogue/40_policy.sql ----

-- flex_kind and credit_kind name the kinds that the market rules and the columns flex_tokens and
-- cloud_credits speak of.
INSERT INTO main.policy(name, value) VALUES
  ('grace_days',          14),
  ('trial_days',          90),
  ('lot_term',            '+1 year'),
  ('report_lag_days',     1),
  ('low_balance_tokens',  30),
  ('lapse_notice_days',   90),
  ('ending_notice_days',  14),
  ('min_purchase_tokens', 100),
  ('red_percent',         20),
  ('max_close_days_ahead', 400),
  ('unusual_spend_tokens', 10),
  ('unusual_spend_factor', 3),
  ('forecast_days', 28),
  ('restore',             'support'),
  ('flex_kind',           'flex_token'),
  ('credit_kind',         'cloud_credit')
ON CONFLICT DO NOTHING;

-- ---- sql/doors/attached.sql ----

-- No rows. Our triggers name it, and SQLite connects the tables of a trigger when it prepares a
-- statement that may run it; this one can be connected in main only. So a statement that would
-- write to a billing file that is attached under another name is refused before it runs, and a
-- statement on main pays nothing.
CREATE VIRTUAL TABLE IF NOT EXISTS main._billing_main USING billing_main;

-- What triggers write to it: ext/facts/taken.h; and the table that a usage is written to before it
-- is inserted.
CREATE VIRTUAL TABLE IF NOT EXISTS main._billing_arrival USING billing_main(usage);

-- ---- sql/doors/import.sql ----

-- A row of usage_import that a row of usage_reject goes with: it becomes usage, in place of the one
-- that usage_id names, and the reject goes: `reject_id`, or those of its source_id up to
-- `last_reject`. The table usage_import hands it to this view, because a nested INSERT is undone as
-- a whole, a virtual table's own write is not. A reject that a trigger leaves out stays one.
CREATE VIEW IF NOT EXISTS main._billing_import(source_id, client_id, api, sku, quantity,
  occurred_at, outcome, user_id, label, usage_id, reject_id, last_reject)
  AS VALUES (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

CREATE TRIGGER IF NOT EXISTS main._billing_import_insert INSTEAD OF INSERT ON _billing_import
BEGIN
  INSERT INTO usage(source_id, client_id, api, sku, quantity, occurred_at, outcome, user_id, label)
    SELECT NEW.source_id, NEW.client_id, NEW.api, NEW.sku, NEW.quantity, NEW.occurred_at,
      NEW.outcome, NEW.user_id, NEW.label
    WHERE NEW.usage_id IS NULL;
  SELECT RAISE(ABORT, 'usage: left out by a trigger of your own, RAISE(IGNORE), give a row that it takes')
    WHERE NEW.usage_id IS NULL AND changes() = 0;
  UPDATE usage SET client_id = NEW.client_id, api = NEW.api, sku = NEW.sku, quantity = NEW.quantity,
    occurred_at = NEW.occurred_at, outcome = NEW.outcome, user_id = NEW.user_id, label = NEW.label
    WHERE usage_id = NEW.usage_id;
  SELECT RAISE(ABORT, 'usage: left out by a trigger of your own, RAISE(IGNORE), give a row that it takes')
    WHERE NEW.usage_id IS NOT NULL AND changes() = 0;
  DELETE FROM usage_reject
    WHERE reject_id = NEW.reject_id OR (source_id = NEW.source_id AND reject_id <= NEW.last_reject);
END;

-- ---- sql/doors/keep_closed.sql ----

-- INSERT INTO _billing_keep_closed says that a close of the team's group has come or gone: what it
-- keeps is written (ext/facts/closed_keep.c), and the rest goes.
CREATE VIEW IF NOT EXISTS main._billing_keep_closed(team_id) AS VALUES (NULL);

CREATE TRIGGER IF NOT EXISTS main._billing_keep_closed_insert INSTEAD OF INSERT
  ON _billing_keep_closed
BEGIN
  INSERT INTO _billing_main VALUES (billing_keep_closed(NEW.team_id));
END;

-- ---- sql/doors/settlement.sql ----

-- INSERT INTO settlement(team_id) settles one team, NULL all; with rebuild 1 everything is derived
-- again. The table settlement hands its rows to this view: a nested INSERT is undone as a whole, a
-- virtual table's own write is not.
CREATE VIEW IF NOT EXISTS main._billing_settlement(team_id, rebuild) AS VALUES (NULL, NULL);

CREATE TRIGGER IF NOT EXISTS main._billing_settlement_insert INSTEAD OF INSERT
  ON _billing_settlement
BEGIN
  INSERT INTO _billing_main VALUES (billing_settlement(NEW.team_id, NEW.rebuild));
END;

-- ---- sql/facts.sql ----

-- Printed from ext/facts/facts.def: a trigger for each event of a table. What the functions do is in
-- ext/facts/check.c, what follows from a change in ext/facts/steps.c.

CREATE TRIGGER IF NOT EXISTS main._billing_account_before_insert BEFORE INSERT ON account
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_new('account', NEW.account_id, NEW.name,
    NEW.country, NEW.agreement, NEW.trial_started_at, NEW.trial_ended_at));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_account_before_update BEFORE UPDATE ON account
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_row('account', NEW.account_id, NEW.name,
    NEW.country, NEW.agreement, NEW.trial_started_at, NEW.trial_ended_at, OLD.account_id));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_account_before_delete BEFORE DELETE ON account
BEGIN
  INSERT INTO _billing_main VALUES (billing_unused('account', OLD.account_id));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_account_after_insert AFTER INSERT ON account
BEGIN
  SELECT billing_inserted('account', NEW.account_id, NEW.trial_started_at, NEW.trial_ended_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_account_after_update AFTER UPDATE OF account_id, country, agreement, trial_started_at, trial_ended_at ON account
BEGIN
  SELECT billing_updated('account', NEW.account_id, NEW.trial_started_at, NEW.trial_ended_at,
    OLD.account_id);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_account_after_delete AFTER DELETE ON account
BEGIN
  SELECT billing_deleted('account', OLD.account_id);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_team_before_insert BEFORE INSERT ON team
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_new('team', NEW.team_id, NEW.account_id,
    NEW.name));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_team_before_update BEFORE UPDATE ON team
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_row('team', NEW.team_id, NEW.account_id, NEW.name,
    OLD.team_id));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_team_before_delete BEFORE DELETE ON team
BEGIN
  INSERT INTO _billing_main VALUES (billing_unused('team', OLD.team_id));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_team_after_insert AFTER INSERT ON team
BEGIN
  SELECT billing_inserted('team', NEW.team_id, NEW.account_id);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_team_after_update AFTER UPDATE OF team_id, account_id ON team
BEGIN
  SELECT billing_updated('team', NEW.team_id, NEW.account_id, OLD.team_id, OLD.account_id);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_team_after_delete AFTER DELETE ON team
BEGIN
  SELECT billing_deleted('team', OLD.team_id, OLD.account_id);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_before_insert BEFORE INSERT ON app
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_new('app', NEW.client_id, NEW.name,
    NEW.account_id));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_before_update BEFORE UPDATE ON app
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_row('app', NEW.client_id, NEW.name,
    NEW.account_id, OLD.client_id));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_before_delete BEFORE DELETE ON app
BEGIN
  INSERT INTO _billing_main VALUES (billing_unused('app', OLD.client_id));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_after_insert AFTER INSERT ON app
BEGIN
  SELECT billing_inserted('app', NEW.client_id, NEW.account_id);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_after_update AFTER UPDATE OF client_id, account_id ON app
BEGIN
  SELECT billing_updated('app', NEW.client_id, NEW.account_id, OLD.client_id, OLD.account_id);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_after_delete AFTER DELETE ON app
BEGIN
  SELECT billing_deleted('app', OLD.client_id, OLD.account_id);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_lot_before_insert BEFORE INSERT ON token_lot
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_new('token_lot', NEW.lot_id, NEW.team_id,
    NEW.kind, NEW.tokens, NEW.purchased_at, NEW.expires_at, NEW.voided_at, NEW.source_id,
    NEW.note));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_lot_before_update BEFORE UPDATE ON token_lot
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_row('token_lot', NEW.lot_id, NEW.team_id,
    NEW.kind, NEW.tokens, NEW.purchased_at, NEW.expires_at, NEW.voided_at, NEW.source_id, NEW.note,
    OLD.lot_id));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_lot_before_delete BEFORE DELETE ON token_lot
BEGIN
  INSERT INTO _billing_main VALUES (billing_unused('token_lot', OLD.lot_id));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_lot_after_insert AFTER INSERT ON token_lot
BEGIN
  SELECT billing_inserted('token_lot', NEW.lot_id, NEW.team_id, NEW.purchased_at, NEW.expires_at,
    NEW.voided_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_lot_after_update AFTER UPDATE OF lot_id, team_id, kind, tokens, purchased_at, expires_at, voided_at ON token_lot
BEGIN
  SELECT billing_updated('token_lot', NEW.lot_id, NEW.team_id, NEW.purchased_at, NEW.expires_at,
    NEW.voided_at, OLD.lot_id, OLD.team_id, OLD.purchased_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_lot_after_delete AFTER DELETE ON token_lot
BEGIN
  SELECT billing_deleted('token_lot', OLD.lot_id, OLD.team_id, OLD.purchased_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_lot_move_before_insert BEFORE INSERT ON lot_move
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_new('lot_move', NEW.lot_id, NEW.team_id,
    NEW.moved_at));
  SELECT RAISE(IGNORE) WHERE billing_passed_over();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_lot_move_before_update BEFORE UPDATE ON lot_move
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_row('lot_move', NEW.lot_id, NEW.team_id,
    NEW.moved_at, OLD.lot_id, OLD.moved_at));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_lot_move_before_delete BEFORE DELETE ON lot_move
BEGIN
  INSERT INTO _billing_main VALUES (billing_unused('lot_move', OLD.lot_id, OLD.moved_at));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_lot_move_after_insert AFTER INSERT ON lot_move
BEGIN
  SELECT billing_inserted('lot_move', NEW.lot_id, NEW.team_id, NEW.moved_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_lot_move_after_update AFTER UPDATE ON lot_move
BEGIN
  SELECT billing_updated('lot_move', NEW.lot_id, NEW.team_id, NEW.moved_at, OLD.lot_id, OLD.team_id,
    OLD.moved_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_lot_move_after_delete AFTER DELETE ON lot_move
BEGIN
  SELECT billing_deleted('lot_move', OLD.lot_id, OLD.team_id, OLD.moved_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_team_before_insert BEFORE INSERT ON app_team
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_new('app_team', NEW.client_id, NEW.team_id,
    NEW.assigned_at));
  SELECT RAISE(IGNORE) WHERE billing_passed_over();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_team_before_update BEFORE UPDATE ON app_team
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_row('app_team', NEW.client_id, NEW.team_id,
    NEW.assigned_at, OLD.client_id, OLD.assigned_at));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_team_after_insert AFTER INSERT ON app_team
BEGIN
  SELECT billing_inserted('app_team', NEW.client_id, NEW.team_id, NEW.assigned_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_team_after_update AFTER UPDATE ON app_team
BEGIN
  SELECT billing_updated('app_team', NEW.client_id, NEW.team_id, NEW.assigned_at, OLD.client_id,
    OLD.team_id, OLD.assigned_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_team_after_delete AFTER DELETE ON app_team
BEGIN
  INSERT INTO _billing_main VALUES (billing_deleted('app_team', OLD.client_id, OLD.team_id,
    OLD.assigned_at));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_owner_before_insert BEFORE INSERT ON app_owner
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_new('app_owner', NEW.client_id, NEW.account_id,
    NEW.owned_from));
  SELECT RAISE(IGNORE) WHERE billing_passed_over();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_owner_before_update BEFORE UPDATE ON app_owner
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_row('app_owner', NEW.client_id, NEW.account_id,
    NEW.owned_from, OLD.client_id, OLD.owned_from));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_owner_after_insert AFTER INSERT ON app_owner
BEGIN
  SELECT billing_inserted('app_owner', NEW.client_id, NEW.account_id, NEW.owned_from);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_owner_after_update AFTER UPDATE ON app_owner
BEGIN
  SELECT billing_updated('app_owner', NEW.client_id, NEW.account_id, NEW.owned_from, OLD.client_id,
    OLD.account_id, OLD.owned_from);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_owner_after_delete AFTER DELETE ON app_owner
BEGIN
  INSERT INTO _billing_main VALUES (billing_deleted('app_owner', OLD.client_id, OLD.account_id,
    OLD.owned_from));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_account_agreement_before_insert BEFORE INSERT ON account_agreement
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_new('account_agreement', NEW.account_id,
    NEW.agreement, NEW.starts_at));
  SELECT RAISE(IGNORE) WHERE billing_passed_over();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_account_agreement_before_update BEFORE UPDATE ON account_agreement
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_row('account_agreement', NEW.account_id,
    NEW.agreement, NEW.starts_at, OLD.account_id, OLD.starts_at));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_account_agreement_after_insert AFTER INSERT ON account_agreement
BEGIN
  SELECT billing_inserted('account_agreement', NEW.account_id, NEW.starts_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_account_agreement_after_update AFTER UPDATE ON account_agreement
BEGIN
  SELECT billing_updated('account_agreement', NEW.account_id, NEW.starts_at, OLD.account_id,
    OLD.starts_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_account_agreement_after_delete AFTER DELETE ON account_agreement
BEGIN
  INSERT INTO _billing_main VALUES (billing_deleted('account_agreement', OLD.account_id,
    OLD.starts_at));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_product_assignment_before_insert BEFORE INSERT ON product_assignment
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_new('product_assignment', NEW.account_id,
    NEW.team_id, NEW.assigned_at, NEW.revoked_at));
  SELECT RAISE(IGNORE) WHERE billing_passed_over();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_product_assignment_before_update BEFORE UPDATE ON product_assignment
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_row('product_assignment', NEW.account_id,
    NEW.team_id, NEW.assigned_at, NEW.revoked_at, OLD.account_id, OLD.assigned_at));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_product_assignment_after_insert AFTER INSERT ON product_assignment
BEGIN
  SELECT billing_inserted('product_assignment', NEW.account_id, NEW.team_id, NEW.assigned_at,
    NEW.revoked_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_product_assignment_after_update AFTER UPDATE ON product_assignment
BEGIN
  SELECT billing_updated('product_assignment', NEW.account_id, NEW.team_id, NEW.assigned_at,
    NEW.revoked_at, OLD.account_id, OLD.team_id, OLD.assigned_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_product_assignment_after_delete AFTER DELETE ON product_assignment
BEGIN
  INSERT INTO _billing_main VALUES (billing_deleted('product_assignment', OLD.account_id,
    OLD.team_id, OLD.assigned_at));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_subscription_before_insert BEFORE INSERT ON subscription
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_new('subscription', NEW.account_id, NEW.starts_at,
    NEW.ends_at));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_subscription_before_update BEFORE UPDATE ON subscription
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_row('subscription', NEW.account_id, NEW.starts_at,
    NEW.ends_at, OLD.account_id));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_subscription_after_insert AFTER INSERT ON subscription
BEGIN
  SELECT billing_inserted('subscription', NEW.account_id, NEW.starts_at, NEW.ends_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_subscription_after_update AFTER UPDATE ON subscription
BEGIN
  SELECT billing_updated('subscription', NEW.account_id, NEW.starts_at, NEW.ends_at,
    OLD.account_id);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_subscription_after_delete AFTER DELETE ON subscription
BEGIN
  INSERT INTO _billing_main VALUES (billing_deleted('subscription', OLD.account_id));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_unblock_before_insert BEFORE INSERT ON unblock
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_new('unblock', NEW.team_id, NEW.unblocked_at,
    NEW.note));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_unblock_before_update BEFORE UPDATE ON unblock
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_row('unblock', NEW.team_id, NEW.unblocked_at,
    NEW.note, OLD.team_id, OLD.unblocked_at));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_unblock_before_delete BEFORE DELETE ON unblock
BEGIN
  INSERT INTO _billing_main VALUES (billing_unused('unblock', OLD.team_id, OLD.unblocked_at));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_unblock_after_insert AFTER INSERT ON unblock
BEGIN
  SELECT billing_inserted('unblock', NEW.team_id, NEW.unblocked_at, NEW.note);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_unblock_after_update AFTER UPDATE OF team_id, unblocked_at ON unblock
BEGIN
  SELECT billing_updated('unblock', NEW.team_id, NEW.unblocked_at, NEW.note, OLD.team_id,
    OLD.unblocked_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_unblock_after_delete AFTER DELETE ON unblock
BEGIN
  SELECT billing_deleted('unblock', OLD.team_id, OLD.unblocked_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_period_close_before_insert BEFORE INSERT ON period_close
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_new('period_close', NEW.team_id,
    NEW.closed_until));
  SELECT RAISE(IGNORE) WHERE billing_passed_over();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_period_close_before_update BEFORE UPDATE ON period_close
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_row('period_close', NEW.team_id, NEW.closed_until,
    OLD.team_id, OLD.closed_until));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_period_close_before_delete BEFORE DELETE ON period_close
BEGIN
  INSERT INTO _billing_main VALUES (billing_unused('period_close', OLD.team_id, OLD.closed_until));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_period_close_after_insert AFTER INSERT ON period_close
BEGIN
  SELECT billing_inserted('period_close', NEW.team_id, NEW.closed_until);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_period_close_after_update AFTER UPDATE ON period_close
BEGIN
  SELECT billing_updated('period_close', NEW.team_id, NEW.closed_until, OLD.team_id,
    OLD.closed_until);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_period_close_after_delete AFTER DELETE ON period_close
BEGIN
  SELECT billing_deleted('period_close', OLD.team_id, OLD.closed_until);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_budget_before_insert BEFORE INSERT ON budget
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_new('budget', NEW.budget_id, NEW.team_id,
    NEW.client_id, NEW.user_id, NEW.label, NEW.tokens, NEW.starts_at, NEW.ends_at, NEW.note,
    NEW.source_id));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_budget_before_update BEFORE UPDATE ON budget
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_row('budget', NEW.budget_id, NEW.team_id,
    NEW.client_id, NEW.user_id, NEW.label, NEW.tokens, NEW.starts_at, NEW.ends_at, NEW.note,
    NEW.source_id, OLD.budget_id));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_budget_after_insert AFTER INSERT ON budget
BEGIN
  SELECT billing_inserted('budget', NEW.budget_id, NEW.starts_at, NEW.ends_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_budget_after_update AFTER UPDATE ON budget
BEGIN
  SELECT billing_updated('budget', NEW.budget_id, NEW.starts_at, NEW.ends_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_contact_before_insert BEFORE INSERT ON contact
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_new('contact', NEW.contact_id, NEW.account_id,
    NEW.team_id, NEW.address, NEW.wants));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_contact_before_update BEFORE UPDATE ON contact
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_row('contact', NEW.contact_id, NEW.account_id,
    NEW.team_id, NEW.address, NEW.wants, OLD.contact_id));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_country_before_insert BEFORE INSERT ON country
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_new('country', NEW.country, NEW.flex_from));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_country_before_update BEFORE UPDATE ON country
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_row('country', NEW.country, NEW.flex_from,
    OLD.country));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_country_after_insert AFTER INSERT ON country
BEGIN
  SELECT billing_inserted('country', NEW.country, NEW.flex_from);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_country_after_update AFTER UPDATE ON country
BEGIN
  SELECT billing_updated('country', NEW.country, NEW.flex_from, OLD.country);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_country_after_delete AFTER DELETE ON country
BEGIN
  INSERT INTO _billing_main VALUES (billing_deleted('country', OLD.country));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_kind_before_insert BEFORE INSERT ON token_kind
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_new('token_kind', NEW.kind, NEW.rank, NEW.name));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_kind_before_update BEFORE UPDATE ON token_kind
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_row('token_kind', NEW.kind, NEW.rank, NEW.name,
    OLD.kind));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_kind_before_delete BEFORE DELETE ON token_kind
BEGIN
  INSERT INTO _billing_main VALUES (billing_unused('token_kind', OLD.kind));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_kind_after_insert AFTER INSERT ON token_kind
BEGIN
  SELECT billing_inserted('token_kind', NEW.kind);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_kind_after_update AFTER UPDATE OF kind, rank ON token_kind
BEGIN
  SELECT billing_updated('token_kind', NEW.kind, OLD.kind);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_kind_after_delete AFTER DELETE ON token_kind
BEGIN
  SELECT billing_deleted('token_kind', OLD.kind);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_api_before_insert BEFORE INSERT ON api
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_new('api', NEW.api, NEW.name, NEW.premium));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_api_before_update BEFORE UPDATE ON api
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_row('api', NEW.api, NEW.name, NEW.premium,
    OLD.api));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_api_before_delete BEFORE DELETE ON api
BEGIN
  INSERT INTO _billing_main VALUES (billing_unused('api', OLD.api));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_api_after_insert AFTER INSERT ON api
BEGIN
  SELECT billing_inserted('api', NEW.api, NEW.premium);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_api_after_update AFTER UPDATE OF api, premium ON api
BEGIN
  SELECT billing_updated('api', NEW.api, NEW.premium, OLD.api, OLD.premium);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_api_after_delete AFTER DELETE ON api
BEGIN
  SELECT billing_deleted('api', OLD.api, OLD.premium);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_api_alias_before_insert BEFORE INSERT ON api_alias
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_new('api_alias', NEW.alias, NEW.api));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_api_alias_before_update BEFORE UPDATE ON api_alias
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_row('api_alias', NEW.alias, NEW.api, OLD.alias));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_api_alias_before_delete BEFORE DELETE ON api_alias
BEGIN
  INSERT INTO _billing_main VALUES (billing_unused('api_alias', OLD.alias));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_api_alias_after_insert AFTER INSERT ON api_alias
BEGIN
  SELECT billing_inserted('api_alias', NEW.alias);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_api_alias_after_update AFTER UPDATE ON api_alias
BEGIN
  SELECT billing_updated('api_alias', NEW.alias, OLD.alias);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_api_alias_after_delete AFTER DELETE ON api_alias
BEGIN
  SELECT billing_deleted('api_alias', OLD.alias);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_sku_alias_before_insert BEFORE INSERT ON sku_alias
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_new('sku_alias', NEW.api, NEW.alias, NEW.sku,
    NEW.effective_from));
  SELECT RAISE(IGNORE) WHERE billing_passed_over();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_sku_alias_before_update BEFORE UPDATE ON sku_alias
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_row('sku_alias', NEW.api, NEW.alias, NEW.sku,
    NEW.effective_from, OLD.api, OLD.alias, OLD.effective_from));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_sku_alias_before_delete BEFORE DELETE ON sku_alias
BEGIN
  INSERT INTO _billing_main VALUES (billing_unused('sku_alias', OLD.api, OLD.alias,
    OLD.effective_from));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_sku_alias_after_insert AFTER INSERT ON sku_alias
BEGIN
  SELECT billing_inserted('sku_alias', NEW.api, NEW.alias, NEW.effective_from);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_sku_alias_after_update AFTER UPDATE ON sku_alias
BEGIN
  SELECT billing_updated('sku_alias', NEW.api, NEW.alias, NEW.effective_from, OLD.api, OLD.alias,
    OLD.effective_from);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_sku_alias_after_delete AFTER DELETE ON sku_alias
BEGIN
  SELECT billing_deleted('sku_alias', OLD.api, OLD.alias, OLD.effective_from);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_rate_card_before_insert BEFORE INSERT ON rate_card
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_new('rate_card', NEW.api, NEW.sku,
    NEW.effective_from, NEW.tokens, NEW.per, NEW.unit, NEW.rounding, NEW.minimum));
  SELECT RAISE(IGNORE) WHERE billing_passed_over();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_rate_card_before_update BEFORE UPDATE ON rate_card
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_row('rate_card', NEW.api, NEW.sku,
    NEW.effective_from, NEW.tokens, NEW.per, NEW.unit, NEW.rounding, NEW.minimum, OLD.api, OLD.sku,
    OLD.effective_from));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_rate_card_before_delete BEFORE DELETE ON rate_card
BEGIN
  INSERT INTO _billing_main VALUES (billing_unused('rate_card', OLD.api, OLD.sku,
    OLD.effective_from));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_rate_card_after_insert AFTER INSERT ON rate_card
BEGIN
  SELECT billing_inserted('rate_card', NEW.api, NEW.sku, NEW.effective_from);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_rate_card_after_update AFTER UPDATE ON rate_card
BEGIN
  SELECT billing_updated('rate_card', NEW.api, NEW.sku, NEW.effective_from, OLD.api, OLD.sku,
    OLD.effective_from);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_rate_card_after_delete AFTER DELETE ON rate_card
BEGIN
  SELECT billing_deleted('rate_card', OLD.api, OLD.sku, OLD.effective_from);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_rate_tier_before_insert BEFORE INSERT ON rate_tier
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_new('rate_tier', NEW.api, NEW.sku,
    NEW.effective_from, NEW.above, NEW.tokens));
  SELECT RAISE(IGNORE) WHERE billing_passed_over();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_rate_tier_before_update BEFORE UPDATE ON rate_tier
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_row('rate_tier', NEW.api, NEW.sku,
    NEW.effective_from, NEW.above, NEW.tokens, OLD.api, OLD.sku, OLD.effective_from, OLD.above));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_rate_tier_after_insert AFTER INSERT ON rate_tier
BEGIN
  SELECT billing_inserted('rate_tier', NEW.api, NEW.sku, NEW.effective_from, NEW.above);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_rate_tier_after_update AFTER UPDATE ON rate_tier
BEGIN
  SELECT billing_updated('rate_tier', NEW.api, NEW.sku, NEW.effective_from, NEW.above, OLD.api,
    OLD.sku, OLD.effective_from);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_rate_tier_after_delete AFTER DELETE ON rate_tier
BEGIN
  INSERT INTO _billing_main VALUES (billing_deleted('rate_tier', OLD.api, OLD.sku,
    OLD.effective_from));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_outcome_rule_before_insert BEFORE INSERT ON outcome_rule
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_new('outcome_rule', NEW.api, NEW.outcome,
    NEW.factor));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_outcome_rule_before_update BEFORE UPDATE ON outcome_rule
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_row('outcome_rule', NEW.api, NEW.outcome,
    NEW.factor, OLD.api, OLD.outcome));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_outcome_rule_after_insert AFTER INSERT ON outcome_rule
BEGIN
  SELECT billing_inserted('outcome_rule', NEW.api, NEW.outcome);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_outcome_rule_after_update AFTER UPDATE ON outcome_rule
BEGIN
  SELECT billing_updated('outcome_rule', NEW.api, NEW.outcome, OLD.api, OLD.outcome);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_outcome_rule_after_delete AFTER DELETE ON outcome_rule
BEGIN
  INSERT INTO _billing_main VALUES (billing_deleted('outcome_rule', OLD.api, OLD.outcome));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_kind_api_before_insert BEFORE INSERT ON kind_api
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_new('kind_api', NEW.kind, NEW.api));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_kind_api_before_update BEFORE UPDATE ON kind_api
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_row('kind_api', NEW.kind, NEW.api, OLD.kind,
    OLD.api));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_kind_api_after_insert AFTER INSERT ON kind_api
BEGIN
  SELECT billing_inserted('kind_api', NEW.kind);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_kind_api_after_update AFTER UPDATE ON kind_api
BEGIN
  SELECT billing_updated('kind_api', NEW.kind, OLD.kind);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_kind_api_after_delete AFTER DELETE ON kind_api
BEGIN
  INSERT INTO _billing_main VALUES (billing_deleted('kind_api', OLD.kind));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_policy_before_insert BEFORE INSERT ON policy
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_new('policy', NEW.name, NEW.value));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_policy_before_update BEFORE UPDATE ON policy
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_row('policy', NEW.name, NEW.value, OLD.name));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_policy_after_insert AFTER INSERT ON policy
BEGIN
  SELECT billing_inserted('policy', NEW.name, NEW.value);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_policy_after_update AFTER UPDATE ON policy
BEGIN
  SELECT billing_updated('policy', NEW.name, NEW.value, OLD.name, OLD.value);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_policy_after_delete AFTER DELETE ON policy
BEGIN
  INSERT INTO _billing_main VALUES (billing_deleted('policy', OLD.name, OLD.value));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_policy_change_before_insert BEFORE INSERT ON policy_change
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_new('policy_change', NEW.name, NEW.value,
    NEW.effective_from));
  SELECT RAISE(IGNORE) WHERE billing_passed_over();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_policy_change_before_update BEFORE UPDATE ON policy_change
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_row('policy_change', NEW.name, NEW.value,
    NEW.effective_from, OLD.name, OLD.effective_from));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_policy_change_after_insert AFTER INSERT ON policy_change
BEGIN
  SELECT billing_inserted('policy_change', NEW.name, NEW.effective_from);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_policy_change_after_update AFTER UPDATE ON policy_change
BEGIN
  SELECT billing_updated('policy_change', NEW.name, NEW.effective_from, OLD.name,
    OLD.effective_from);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_policy_change_after_delete AFTER DELETE ON policy_change
BEGIN
  INSERT INTO _billing_main VALUES (billing_deleted('policy_change', OLD.name, OLD.effective_from));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_usage_before_insert BEFORE INSERT ON usage
BEGIN
  INSERT INTO _billing_arrival VALUES ((SELECT stamp FROM _billing_change WHERE id = 1),
    NEW.usage_id, NEW.client_id, NEW.api, NEW.sku, NEW.quantity, NEW.occurred_at, NEW.outcome,
    NEW.user_id, NEW.label, NEW.source_id);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_usage_before_update BEFORE UPDATE ON usage
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_row('usage', NEW.usage_id, NEW.client_id, NEW.api,
    NEW.sku, NEW.quantity, NEW.occurred_at, NEW.outcome, NEW.user_id, NEW.label, NEW.source_id,
    OLD.usage_id));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_usage_before_delete BEFORE DELETE ON usage
BEGIN
  INSERT INTO _billing_main VALUES (billing_unused('usage', OLD.usage_id));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_usage_after_update AFTER UPDATE OF usage_id, client_id, api, sku, quantity, occurred_at, outcome ON usage
BEGIN
  SELECT billing_updated('usage', NEW.usage_id, NEW.client_id, NEW.api, NEW.sku, NEW.quantity,
    NEW.occurred_at, NEW.outcome, OLD.usage_id, OLD.client_id, OLD.api, OLD.sku, OLD.quantity,
    OLD.occurred_at, OLD.outcome);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_usage_after_delete AFTER DELETE ON usage
BEGIN
  SELECT billing_deleted('usage', OLD.usage_id, OLD.client_id, OLD.api, OLD.sku, OLD.quantity,
    OLD.occurred_at, OLD.outcome);
END;


-- ---- sql/triggers/alert_outbox.sql ----

-- An alert that is there already is left out, so the same INSERT can be run at any time. Most
-- alerts are there as long as one of the team is open, however its start moves; a team may have
-- several of some, told apart by their start, or by the message where that names what they are
-- about. Rows that name their recipient come in as they are.
CREATE TRIGGER IF NOT EXISTS main._billing_alert_outbox_once BEFORE INSERT ON alert_outbox
WHEN NEW.text IS NULL AND EXISTS (
  SELECT 1 FROM alert_outbox o
  WHERE o.team_id IS NEW.team_id AND o.alert = NEW.alert
    AND (NEW.alert <> 'budget_exceeded' OR o.message = NEW.message)
    AND (o.since = NEW.since OR o.over_at IS NULL AND o.alert IN (
      'low_balance', 'negative_balance', 'uncharged_usage', 'grace_ending', 'limited',
      'unrated_usage',
      'unassigned_usage', 'trial_ending', 'subscription_ending', 'budget_exceeded')))
BEGIN
  SELECT RAISE(IGNORE) WHERE NOT EXISTS (SELECT 1 FROM _billing_main);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_alert_outbox_address AFTER INSERT ON alert_outbox
WHEN NEW.text IS NULL
BEGIN
  SELECT RAISE(ABORT, 'alert_outbox: refused')
    WHERE billing_alert_address(NEW.alert_id) IS NULL AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

-- ---- sql/triggers/billing_setting.sql ----

-- A switch that is set. What follows it stands in _billing_change, and its new stamp shows it to
-- every connection: see ext/admin/settings.c. The conflict of a name that is there is settled
-- before it comes up: its row is updated first.

CREATE TRIGGER IF NOT EXISTS main._billing_setting_before_insert BEFORE INSERT ON billing_setting
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_setting(NEW.name, NEW.value, NEW.name));
  UPDATE billing_setting SET value = NEW.value WHERE name = NEW.name;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_setting_before_update BEFORE UPDATE ON billing_setting
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_setting(NEW.name, NEW.value, OLD.name));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_setting_after_insert AFTER INSERT ON billing_setting
BEGIN
  SELECT billing_switched(NEW.name, NEW.value);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_setting_after_update AFTER UPDATE ON billing_setting
BEGIN
  SELECT billing_switched(NEW.name, NEW.value);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_setting_after_delete AFTER DELETE ON billing_setting
BEGIN
  INSERT INTO _billing_main VALUES (billing_switched(OLD.name, 0));
END;

-- ---- sql/triggers/change.sql ----

-- Every mark trigger updates _billing_change when its marks are complete.
CREATE TRIGGER IF NOT EXISTS main._billing_autosettle AFTER UPDATE OF stamp, tick ON _billing_change
WHEN NEW.autosettle
BEGIN
  SELECT RAISE(ABORT, 'settle: refused')
    WHERE settle() IS NULL AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

-- ---- sql/triggers/usage.sql ----

-- What a change of usage may touch. A new row above the mark `settled_upto` is pending by its id
-- alone.
--
-- SQLite makes a frame as large as the trigger's program for each trigger of each row, also where
-- WHEN is false. So an insert has one trigger before it, printed from ext/facts/facts.def, and this
-- one after it.

CREATE TRIGGER IF NOT EXISTS main._billing_usage_after_insert AFTER INSERT ON usage
BEGIN
  SELECT billing_usage_inserted(NEW.usage_id, NEW.client_id, NEW.api, NEW.sku, NEW.quantity,
    NEW.occurred_at,
    NEW.outcome);
END;

-- ---- sql/views/balance_series.sql ----

CREATE VIRTUAL TABLE IF NOT EXISTS main.balance_series USING balance_series;

-- ---- sql/views/balances_page.sql ----

CREATE VIRTUAL TABLE IF NOT EXISTS main.balances_page USING balances_page;

-- ---- sql/views/billing_alert.sql ----

CREATE VIRTUAL TABLE IF NOT EXISTS main.billing_alert USING billing_alert;

-- ---- sql/views/billing_check.sql ----

CREATE VIRTUAL TABLE IF NOT EXISTS main.billing_check USING billing_check;

-- ---- sql/views/billing_help.sql ----

CREATE VIRTUAL TABLE IF NOT EXISTS main.billing_help USING billing_help;

-- ---- sql/views/budget_status.sql ----

CREATE VIRTUAL TABLE IF NOT EXISTS main.budget_status USING budget_status;

-- ---- sql/views/charge_back.sql ----

CREATE VIRTUAL TABLE IF NOT EXISTS main.charge_back USING charge_back;

-- ---- sql/views/explain_charge.sql ----

CREATE VIRTUAL TABLE IF NOT EXISTS main.explain_charge USING explain_charge;

-- ---- sql/views/forecast_series.sql ----

CREATE VIRTUAL TABLE IF NOT EXISTS main.forecast_series USING forecast_series;

-- ---- sql/views/ledger.sql ----

CREATE VIRTUAL TABLE IF NOT EXISTS main.ledger USING ledger;

-- ---- sql/views/lot_balance.sql ----

CREATE VIRTUAL TABLE IF NOT EXISTS main.lot_balance USING lot_balance;

-- ---- sql/views/lot_series.sql ----

CREATE VIRTUAL TABLE IF NOT EXISTS main.lot_series USING lot_series;

-- ---- sql/views/month_statement.sql ----

CREATE VIRTUAL TABLE IF NOT EXISTS main.month_statement USING month_statement;

-- ---- sql/views/settlement.sql ----

CREATE VIRTUAL TABLE IF NOT EXISTS main.settlement USING settlement;

-- ---- sql/views/settlement_preview.sql ----

CREATE VIRTUAL TABLE IF NOT EXISTS main.settlement_preview USING settlement_preview;

-- ---- sql/views/token_events.sql ----

CREATE VIRTUAL TABLE IF NOT EXISTS main.token_events USING token_events;

-- ---- sql/views/uncharged_usage.sql ----

CREATE VIRTUAL TABLE IF NOT EXISTS main.uncharged_usage USING uncharged_usage;

-- ---- sql/views/unrated_usage.sql ----

CREATE VIRTUAL TABLE IF NOT EXISTS main.unrated_usage USING unrated_usage;

-- ---- sql/views/usage_bars.sql ----

CREATE VIRTUAL TABLE IF NOT EXISTS main.usage_bars USING usage_bars;

-- ---- sql/views/usage_daily.sql ----

CREATE VIRTUAL TABLE IF NOT EXISTS main.usage_daily USING usage_daily;

-- ---- sql/views/usage_import.sql ----

CREATE VIRTUAL TABLE IF NOT EXISTS main.usage_import USING usage_import;

-- ---- sql/views/usage_page.sql ----

CREATE VIRTUAL TABLE IF NOT EXISTS main.usage_page USING usage_page;

-- ---- sql/views/usage_series.sql ----

CREATE VIRTUAL TABLE IF NOT EXISTS main.usage_series USING usage_series;

-- ---- sql/views/usage_status.sql ----

CREATE VIRTUAL TABLE IF NOT EXISTS main.usage_status USING usage_status;

-- ---- sql/views/wallet_balance.sql ----

CREATE VIRTUAL TABLE IF NOT EXISTS main.wallet_balance USING wallet_balance;

-- ---- sql/views/wallet_forecast.sql ----

CREATE VIRTUAL TABLE IF NOT EXISTS main.wallet_forecast USING wallet_forecast;

RELEASE billing_install_script;
