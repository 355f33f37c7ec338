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

-- Alerts on their way to a mailer, each there once for each recipient. Filled from billing_alert by a scheduler and,
-- while the switch 'alerts' is on, by settling; see docs/guides/alerts.md.
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

-- The switches 'autosettle', 'guard' and 'alerts': 1 is on; 0, or no row, is off. INSERT sets one that is there, too.
CREATE TABLE IF NOT EXISTS main.billing_setting(
  name  TEXT PRIMARY KEY ON CONFLICT REPLACE,
  value INTEGER NOT NULL
) WITHOUT ROWID;

-- ---- sql/tables/budget.sql ----

-- Tokens that usage may cost in a time: of a team, an app, a user, a label, or of what fits several.
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

-- Who is told of alerts.
CREATE TABLE IF NOT EXISTS main.contact(
  contact_id INTEGER PRIMARY KEY,
  account_id TEXT NOT NULL,
  team_id    TEXT,                       -- NULL: all teams of the account
  address    TEXT NOT NULL,
  wants      TEXT                        -- names of alerts, separated by commas or spaces; NULL: all of them
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
CREATE TABLE IF NOT EXISTS main.policy_change(
  name           TEXT NOT NULL,
  value          NUMERIC NOT NULL,       -- a number or a text
  effective_from TIMESTAMP NOT NULL,
  PRIMARY KEY (name, effective_from)
) WITHOUT ROWID;

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

-- Tokens for each `per` units of quantity, from an instant on until the next row of that api and sku.
-- The sku '*' is the price of usage without a sku, and of every sku that has no row of its own.
CREATE TABLE IF NOT EXISTS main.rate_card(
  api            TEXT NOT NULL,
  sku            TEXT NOT NULL,
  effective_from TIMESTAMP NOT NULL,
  tokens         REAL,                         -- NULL: no longer sold from here on
  per            REAL NOT NULL DEFAULT 1,
  unit           TEXT,                         -- of quantity, for people
  rounding       TEXT NOT NULL DEFAULT 'none', -- to whole packages of `per`: 'none' 'up' 'down' 'carry'
  minimum        REAL DEFAULT 0,               -- smallest quantity billed
  PRIMARY KEY (api, sku, effective_from)
) WITHOUT ROWID;

-- ---- sql/tables/rate_tier.sql ----

-- Graduated prices: beyond `above` units per calendar month and wallet, `tokens` for each `per` of the
-- row of the rate card that has the same api, sku and instant.
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

-- Rows that usage_import could not make usage, as they were given, and why. No fact: settling never reads it.
CREATE TABLE IF NOT EXISTS main.usage_reject(
  reject_id   INTEGER PRIMARY KEY,
  line        INTEGER,                   -- of the file, or the number of the row in its statement
  column      TEXT,                      -- the column of usage that is refused; NULL: none in particular
  value,                                 -- what was given there; no type here and below: as it was written
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

-- One row. `stamp` is random: a rolled-back stamp never comes again, so equal stamps mean equal facts.
-- The switches are those of billing_setting, here because whoever needs them reads or updates this row anyway.
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

-- While everything is derived again: wallets with a closed period, and when it ends. Empty between calls.
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

-- Facts that explain what a close holds, as they were at the closes since … last (_billing_closed_version). The columns
-- of each fact follow in its own order, from a on. last 9223372036854775807: as of the last close that looked.
CREATE TABLE IF NOT EXISTS main._billing_closed_fact(
  fact  TEXT NOT NULL,                   -- the table
  since INTEGER NOT NULL,
  last  INTEGER NOT NULL,
  a, b, c, d, e, f, g, h, i, j
);

CREATE INDEX IF NOT EXISTS main._billing_closed_fact_by_key ON _billing_closed_fact(fact, a);

-- ---- sql/derived/closed_lot.sql ----

-- The life of a lot as it was known at a close, where a later fact has changed it: what is read before closed_ms.
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
CREATE TABLE IF NOT EXISTS main._billing_closed_name(
  usage_id INTEGER PRIMARY KEY,
  api      TEXT NOT NULL,
  sku      TEXT
);

-- ---- sql/derived/closed_notice.sql ----

-- Notices of what ends that a team had in its closed periods, in [from_ms, to_ms): written by the close.
CREATE TABLE IF NOT EXISTS main._billing_closed_notice(
  wallet_id INTEGER NOT NULL,
  alert     TEXT NOT NULL,               -- trial_ending, subscription_ending
  from_ms   INTEGER NOT NULL,
  to_ms     INTEGER NOT NULL,
  end_ms    INTEGER NOT NULL,
  PRIMARY KEY (wallet_id, alert, from_ms)
) WITHOUT ROWID;

-- ---- sql/derived/closed_terms.sql ----

-- What a wallet's terms gave in its closed periods, debts aside, as of each instant: written by the close.
CREATE TABLE IF NOT EXISTS main._billing_closed_terms(
  wallet_id INTEGER NOT NULL,
  from_ms   INTEGER NOT NULL,
  to_ms     INTEGER NOT NULL,
  access    INTEGER NOT NULL,            -- enum access: excluded, trial, none, or full
  PRIMARY KEY (wallet_id, from_ms)
) WITHOUT ROWID;

-- ---- sql/derived/closed_unrated.sql ----

-- Usage that had no rate at a close, as it is read from its instant, but not before the close before that one
-- (from_ms: what was recorded later for a time before it was not there), until closed_ms.
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

-- By which facts an instant of a wallet before closed_ms is read (_billing_closed_fact): the first row after the instant.
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

-- ---- sql/derived/ledger_entry.sql ----

-- The ledger: one row per draw of a lot for one usage.
CREATE TABLE IF NOT EXISTS main.ledger_entry(
  lot_id     INTEGER NOT NULL,
  charged_ms INTEGER NOT NULL,
  lot_used   INTEGER NOT NULL,           -- units this lot has paid in all, this entry included
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

INSERT OR IGNORE INTO main._billing_meta(name, value) VALUES ('schema_version', 5), ('settled_upto', 0);

-- ---- sql/derived/meter.sql ----

-- What a wallet has used of an api and sku whose price depends on it (tiers, carry), after each usage.
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
  start_ms     INTEGER NOT NULL,         -- alive in [start_ms, end_ms); never when start_ms >= end_ms
  end_ms       INTEGER NOT NULL,
  used_from_ms INTEGER,                  -- its first entry; NULL: it has none
  used_up_ms   INTEGER                   -- the entry that left nothing; NULL: something is left
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

-- A wallet's debt, and since when it is negative or blocked, from each instant at which that changed.
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

-- ---- sql/checks.sql ----

-- Printed from ext/facts/facts.def. billing_valid_new() checks a new row: its columns, and
-- what it asks of other tables. Where the key is taken it returns the column, and
-- key_taken_by refuses what an OR IGNORE would lose. billing_valid_row() checks a changed
-- row; where other rows may refer to it, it gets the old key. billing_unused() keeps a row
-- that others refer to. See ext/facts/check.c.

CREATE TRIGGER IF NOT EXISTS main._billing_account_check_insert BEFORE INSERT ON account
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new(
    'account', NEW.account_id, NEW.name, NEW.country, NEW.agreement, NEW.trial_started_at,
    NEW.trial_ended_at), NEW.account_id);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_account_check_update BEFORE UPDATE ON account
BEGIN
  SELECT RAISE(ABORT, 'account: refused') WHERE NOT billing_valid_row(
    'account', NEW.account_id, NEW.name, NEW.country, NEW.agreement, NEW.trial_started_at,
    NEW.trial_ended_at, OLD.account_id)
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_account_check_delete BEFORE DELETE ON account
BEGIN
  SELECT RAISE(ABORT, 'account: refused') WHERE NOT billing_unused(
    'account', OLD.account_id)
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_team_check_insert BEFORE INSERT ON team
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new(
    'team', NEW.team_id, NEW.account_id, NEW.name), NEW.team_id);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_team_check_update BEFORE UPDATE ON team
BEGIN
  SELECT RAISE(ABORT, 'team: refused') WHERE NOT billing_valid_row(
    'team', NEW.team_id, NEW.account_id, NEW.name, OLD.team_id)
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_team_check_delete BEFORE DELETE ON team
BEGIN
  SELECT RAISE(ABORT, 'team: refused') WHERE NOT billing_unused(
    'team', OLD.team_id)
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_check_insert BEFORE INSERT ON app
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new(
    'app', NEW.client_id, NEW.name, NEW.account_id), NEW.client_id);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_check_update BEFORE UPDATE ON app
BEGIN
  SELECT RAISE(ABORT, 'app: refused') WHERE NOT billing_valid_row(
    'app', NEW.client_id, NEW.name, NEW.account_id, OLD.client_id)
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_check_delete BEFORE DELETE ON app
BEGIN
  SELECT RAISE(ABORT, 'app: refused') WHERE NOT billing_unused(
    'app', OLD.client_id)
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_lot_check_insert BEFORE INSERT ON token_lot
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new(
    'token_lot', NEW.lot_id, NEW.team_id, NEW.kind, NEW.tokens, NEW.purchased_at, NEW.expires_at,
    NEW.voided_at, NEW.source_id, NEW.note), NEW.lot_id);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_lot_check_update BEFORE UPDATE ON token_lot
BEGIN
  SELECT RAISE(ABORT, 'token_lot: refused') WHERE NOT billing_valid_row(
    'token_lot', NEW.lot_id, NEW.team_id, NEW.kind, NEW.tokens, NEW.purchased_at, NEW.expires_at,
    NEW.voided_at, NEW.source_id, NEW.note, OLD.lot_id)
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_lot_check_delete BEFORE DELETE ON token_lot
BEGIN
  SELECT RAISE(ABORT, 'token_lot: refused') WHERE NOT billing_unused(
    'token_lot', OLD.lot_id)
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_lot_move_check_insert BEFORE INSERT ON lot_move
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new(
    'lot_move', NEW.lot_id, NEW.team_id, NEW.moved_at), NEW.moved_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_lot_move_check_update BEFORE UPDATE ON lot_move
BEGIN
  SELECT RAISE(ABORT, 'lot_move: refused') WHERE NOT billing_valid_row(
    'lot_move', NEW.lot_id, NEW.team_id, NEW.moved_at)
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_team_check_insert BEFORE INSERT ON app_team
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new(
    'app_team', NEW.client_id, NEW.team_id, NEW.assigned_at), NEW.assigned_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_team_check_update BEFORE UPDATE ON app_team
BEGIN
  SELECT RAISE(ABORT, 'app_team: refused') WHERE NOT billing_valid_row(
    'app_team', NEW.client_id, NEW.team_id, NEW.assigned_at)
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_owner_check_insert BEFORE INSERT ON app_owner
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new(
    'app_owner', NEW.client_id, NEW.account_id, NEW.owned_from), NEW.owned_from);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_owner_check_update BEFORE UPDATE ON app_owner
BEGIN
  SELECT RAISE(ABORT, 'app_owner: refused') WHERE NOT billing_valid_row(
    'app_owner', NEW.client_id, NEW.account_id, NEW.owned_from)
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_account_agreement_check_insert BEFORE INSERT ON account_agreement
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new(
    'account_agreement', NEW.account_id, NEW.agreement, NEW.starts_at), NEW.starts_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_account_agreement_check_update BEFORE UPDATE ON account_agreement
BEGIN
  SELECT RAISE(ABORT, 'account_agreement: refused') WHERE NOT billing_valid_row(
    'account_agreement', NEW.account_id, NEW.agreement, NEW.starts_at)
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_product_assignment_check_insert BEFORE INSERT ON product_assignment
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new(
    'product_assignment', NEW.account_id, NEW.team_id, NEW.assigned_at, NEW.revoked_at), NEW.assigned_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_product_assignment_check_update BEFORE UPDATE ON product_assignment
BEGIN
  SELECT RAISE(ABORT, 'product_assignment: refused') WHERE NOT billing_valid_row(
    'product_assignment', NEW.account_id, NEW.team_id, NEW.assigned_at, NEW.revoked_at)
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_subscription_check_insert BEFORE INSERT ON subscription
BEGIN
  SELECT RAISE(ABORT, 'subscription: refused') WHERE NOT billing_valid_row(
    'subscription', NEW.account_id, NEW.starts_at, NEW.ends_at)
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_subscription_check_update BEFORE UPDATE ON subscription
BEGIN
  SELECT RAISE(ABORT, 'subscription: refused') WHERE NOT billing_valid_row(
    'subscription', NEW.account_id, NEW.starts_at, NEW.ends_at)
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_unblock_check_insert BEFORE INSERT ON unblock
BEGIN
  SELECT RAISE(ABORT, 'unblock: refused') WHERE NOT billing_valid_row(
    'unblock', NEW.team_id, NEW.unblocked_at, NEW.note)
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_unblock_check_update BEFORE UPDATE ON unblock
BEGIN
  SELECT RAISE(ABORT, 'unblock: refused') WHERE NOT billing_valid_row(
    'unblock', NEW.team_id, NEW.unblocked_at, NEW.note)
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_budget_check_insert BEFORE INSERT ON budget
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new(
    'budget', NEW.budget_id, NEW.team_id, NEW.client_id, NEW.user_id, NEW.label, NEW.tokens,
    NEW.starts_at, NEW.ends_at, NEW.note, NEW.source_id), NEW.budget_id);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_budget_check_update BEFORE UPDATE ON budget
BEGIN
  SELECT RAISE(ABORT, 'budget: refused') WHERE NOT billing_valid_row(
    'budget', NEW.budget_id, NEW.team_id, NEW.client_id, NEW.user_id, NEW.label, NEW.tokens,
    NEW.starts_at, NEW.ends_at, NEW.note, NEW.source_id)
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_contact_check_insert BEFORE INSERT ON contact
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new(
    'contact', NEW.contact_id, NEW.account_id, NEW.team_id, NEW.address, NEW.wants), NEW.contact_id);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_contact_check_update BEFORE UPDATE ON contact
BEGIN
  SELECT RAISE(ABORT, 'contact: refused') WHERE NOT billing_valid_row(
    'contact', NEW.contact_id, NEW.account_id, NEW.team_id, NEW.address, NEW.wants)
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_country_check_insert BEFORE INSERT ON country
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new(
    'country', NEW.country, NEW.flex_from), NEW.country);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_country_check_update BEFORE UPDATE ON country
BEGIN
  SELECT RAISE(ABORT, 'country: refused') WHERE NOT billing_valid_row(
    'country', NEW.country, NEW.flex_from)
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_kind_check_insert BEFORE INSERT ON token_kind
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new(
    'token_kind', NEW.kind, NEW.rank, NEW.name), NEW.kind);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_kind_check_update BEFORE UPDATE ON token_kind
BEGIN
  SELECT RAISE(ABORT, 'token_kind: refused') WHERE NOT billing_valid_row(
    'token_kind', NEW.kind, NEW.rank, NEW.name, OLD.kind)
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_kind_check_delete BEFORE DELETE ON token_kind
BEGIN
  SELECT RAISE(ABORT, 'token_kind: refused') WHERE NOT billing_unused(
    'token_kind', OLD.kind)
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_api_check_insert BEFORE INSERT ON api
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new(
    'api', NEW.api, NEW.name, NEW.premium), NEW.api);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_api_check_update BEFORE UPDATE ON api
BEGIN
  SELECT RAISE(ABORT, 'api: refused') WHERE NOT billing_valid_row(
    'api', NEW.api, NEW.name, NEW.premium, OLD.api)
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_api_check_delete BEFORE DELETE ON api
BEGIN
  SELECT RAISE(ABORT, 'api: refused') WHERE NOT billing_unused(
    'api', OLD.api)
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_api_alias_check_insert BEFORE INSERT ON api_alias
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new(
    'api_alias', NEW.alias, NEW.api), NEW.alias);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_api_alias_check_update BEFORE UPDATE ON api_alias
BEGIN
  SELECT RAISE(ABORT, 'api_alias: refused') WHERE NOT billing_valid_row(
    'api_alias', NEW.alias, NEW.api, OLD.alias)
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_sku_alias_check_insert BEFORE INSERT ON sku_alias
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new(
    'sku_alias', NEW.api, NEW.alias, NEW.sku, NEW.effective_from), NEW.effective_from);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_sku_alias_check_update BEFORE UPDATE ON sku_alias
BEGIN
  SELECT RAISE(ABORT, 'sku_alias: refused') WHERE NOT billing_valid_row(
    'sku_alias', NEW.api, NEW.alias, NEW.sku, NEW.effective_from, OLD.api, OLD.alias,
    OLD.effective_from)
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_rate_card_check_insert BEFORE INSERT ON rate_card
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new(
    'rate_card', NEW.api, NEW.sku, NEW.effective_from, NEW.tokens, NEW.per, NEW.unit, NEW.rounding,
    NEW.minimum), NEW.effective_from);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_rate_card_check_update BEFORE UPDATE ON rate_card
BEGIN
  SELECT RAISE(ABORT, 'rate_card: refused') WHERE NOT billing_valid_row(
    'rate_card', NEW.api, NEW.sku, NEW.effective_from, NEW.tokens, NEW.per, NEW.unit, NEW.rounding,
    NEW.minimum, OLD.api, OLD.sku, OLD.effective_from)
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_rate_card_check_delete BEFORE DELETE ON rate_card
BEGIN
  SELECT RAISE(ABORT, 'rate_card: refused') WHERE NOT billing_unused(
    'rate_card', OLD.api, OLD.sku, OLD.effective_from)
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_rate_tier_check_insert BEFORE INSERT ON rate_tier
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new(
    'rate_tier', NEW.api, NEW.sku, NEW.effective_from, NEW.above, NEW.tokens), NEW.above);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_rate_tier_check_update BEFORE UPDATE ON rate_tier
BEGIN
  SELECT RAISE(ABORT, 'rate_tier: refused') WHERE NOT billing_valid_row(
    'rate_tier', NEW.api, NEW.sku, NEW.effective_from, NEW.above, NEW.tokens)
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_outcome_rule_check_insert BEFORE INSERT ON outcome_rule
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new(
    'outcome_rule', NEW.api, NEW.outcome, NEW.factor), NEW.outcome);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_outcome_rule_check_update BEFORE UPDATE ON outcome_rule
BEGIN
  SELECT RAISE(ABORT, 'outcome_rule: refused') WHERE NOT billing_valid_row(
    'outcome_rule', NEW.api, NEW.outcome, NEW.factor)
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_kind_api_check_insert BEFORE INSERT ON kind_api
BEGIN
  SELECT RAISE(ABORT, 'kind_api: refused') WHERE NOT billing_valid_row(
    'kind_api', NEW.kind, NEW.api)
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_kind_api_check_update BEFORE UPDATE ON kind_api
BEGIN
  SELECT RAISE(ABORT, 'kind_api: refused') WHERE NOT billing_valid_row(
    'kind_api', NEW.kind, NEW.api)
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_policy_check_insert BEFORE INSERT ON policy
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new(
    'policy', NEW.name, NEW.value), NEW.name);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_policy_check_update BEFORE UPDATE ON policy
BEGIN
  SELECT RAISE(ABORT, 'policy: refused') WHERE NOT billing_valid_row(
    'policy', NEW.name, NEW.value)
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_policy_change_check_insert BEFORE INSERT ON policy_change
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new(
    'policy_change', NEW.name, NEW.value, NEW.effective_from), NEW.effective_from);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_policy_change_check_update BEFORE UPDATE ON policy_change
BEGIN
  SELECT RAISE(ABORT, 'policy_change: refused') WHERE NOT billing_valid_row(
    'policy_change', NEW.name, NEW.value, NEW.effective_from)
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_usage_check_insert BEFORE INSERT ON usage
BEGIN
  SELECT RAISE(ABORT, 'usage: refused') WHERE NOT billing_valid_usage(
    CASE WHEN NEW.usage_id <> -1 AND NEW.usage_id IN (SELECT usage_id FROM usage) THEN NEW.usage_id
      WHEN NEW.source_id IS NOT NULL AND NEW.source_id IN (SELECT source_id FROM usage)
      THEN NEW.source_id END,
    NEW.client_id, NEW.api, NEW.sku, NEW.quantity, NEW.occurred_at, NEW.outcome, NEW.user_id,
    NEW.label, NEW.source_id);
  UPDATE _billing_taken_usage SET usage_id = NEW.usage_id, source_id = NEW.source_id
    WHERE usage_id = -1 AND billing_key_taken(NEW.usage_id);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_usage_check_update BEFORE UPDATE ON usage
BEGIN
  SELECT RAISE(ABORT, 'usage: refused') WHERE NOT billing_valid_usage(
    NULL, NEW.client_id, NEW.api, NEW.sku, NEW.quantity, NEW.occurred_at, NEW.outcome, NEW.user_id,
    NEW.label, NEW.source_id)
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;


-- ---- sql/doors/attached.sql ----

-- No rows. Our triggers name it, and SQLite connects the tables of a trigger when it prepares a statement that
-- may run it; this one can be connected in main only. So a statement that would write to a billing file that
-- is attached under another name is refused before it runs, and a statement on main pays nothing.
CREATE VIRTUAL TABLE IF NOT EXISTS main._billing_main USING billing_main;

-- ---- sql/doors/closed_wallet.sql ----

-- Wallets with a closed period, and when its last one ends. A close holds for all wallets that lots tie together.
CREATE VIEW IF NOT EXISTS main._billing_closed_wallet(wallet_id, closed_ms) AS
  WITH RECURSIVE
    held(lot_id, wallet_id) AS (
      SELECT lot_id, wallet_id FROM _billing_holding
      UNION SELECT l.lot_id, w.wallet_id FROM token_lot l JOIN _billing_wallet w ON w.team_id = l.team_id
      UNION SELECT m.lot_id, w.wallet_id FROM lot_move m JOIN _billing_wallet w ON w.team_id = m.team_id),
    tie(a, b) AS (
      SELECT h.wallet_id, k.wallet_id FROM held h JOIN held k ON k.lot_id = h.lot_id AND k.wallet_id <> h.wallet_id),
    member(team_id, wallet_id) AS (
      SELECT w.team_id, w.wallet_id FROM _billing_wallet w WHERE w.team_id IN (SELECT team_id FROM period_close)
      UNION SELECT m.team_id, t.b FROM member m JOIN tie t ON t.a = m.wallet_id)
  SELECT m.wallet_id, max(billing_ms(c.closed_until))
  FROM member m JOIN period_close c ON c.team_id = m.team_id GROUP BY m.wallet_id;

-- ---- sql/doors/import.sql ----

-- A row of usage_import that a row of usage_reject goes with: it becomes usage, in place of the one that usage_id names, and
-- the reject goes: `reject_id`, or those of its source_id up to `last_reject`. The table usage_import hands it to this view,
-- because a nested INSERT is undone as a whole, a virtual table's own write is not.
CREATE VIEW IF NOT EXISTS main._billing_import(source_id, client_id, api, sku, quantity, occurred_at, outcome, user_id, label,
  usage_id, reject_id, last_reject) AS VALUES (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

CREATE TRIGGER IF NOT EXISTS main._billing_import_insert INSTEAD OF INSERT ON _billing_import
BEGIN
  INSERT INTO usage(source_id, client_id, api, sku, quantity, occurred_at, outcome, user_id, label)
    SELECT NEW.source_id, NEW.client_id, NEW.api, NEW.sku, NEW.quantity, NEW.occurred_at, NEW.outcome, NEW.user_id, NEW.label
    WHERE NEW.usage_id IS NULL;
  UPDATE usage SET client_id = NEW.client_id, api = NEW.api, sku = NEW.sku, quantity = NEW.quantity,
    occurred_at = NEW.occurred_at, outcome = NEW.outcome, user_id = NEW.user_id, label = NEW.label
    WHERE usage_id = NEW.usage_id;
  DELETE FROM usage_reject
    WHERE reject_id = NEW.reject_id OR (source_id = NEW.source_id AND reject_id <= NEW.last_reject);
END;

-- ---- sql/doors/keep_name.sql ----

-- INSERT INTO _billing_keep_name says which name is to change: of a sku from an instant on, or of an api (alias
-- NULL). Usage that a close holds keeps its names. What is pending or unrated, and what counts at the close, gets
-- them from the close on.
CREATE VIEW IF NOT EXISTS main._billing_keep_name(api, alias, since) AS VALUES (NULL, NULL, NULL);

CREATE TRIGGER IF NOT EXISTS main._billing_keep_name_insert INSTEAD OF INSERT ON _billing_keep_name
BEGIN
  INSERT INTO _billing_closed_name
    SELECT u.usage_id, billing_api(u.api), billing_sku(u.api, u.sku, u.occurred_at) FROM usage u
    WHERE u.occurred_at >= ifnull(NEW.since, '')
      AND iif(NEW.alias IS NULL, u.api = NEW.api COLLATE NOCASE, billing_api(u.api) = billing_api(NEW.api)
        AND (NEW.alias = '*' OR u.sku = NEW.alias COLLATE NOCASE))
      AND billing_ms(u.occurred_at) < billing_closed_until(payer(u.client_id, u.occurred_at))
      AND billing_keep_asked(u.usage_id, u.client_id, u.occurred_at)
    ON CONFLICT DO NOTHING;
END;

-- ---- sql/doors/keep_policy.sql ----

-- INSERT INTO _billing_keep_policy refuses a change of a policy that an instant before a close is read by. Grace,
-- trial, the term of lots and restore are stored by settling: a change counts from the close on.
CREATE VIEW IF NOT EXISTS main._billing_keep_policy(name) AS VALUES (NULL);

CREATE TRIGGER IF NOT EXISTS main._billing_keep_policy_insert INSTEAD OF INSERT ON _billing_keep_policy
WHEN NEW.name NOT IN ('grace_days', 'trial_days', 'lot_term', 'restore', 'report_lag_days', 'max_close_days_ahead')
BEGIN
  SELECT RAISE(ABORT, 'policy: refused') WHERE billing_keep_reading('policy.name', NEW.name,
    CASE WHEN NEW.name IN ('flex_kind', 'credit_kind') THEN 're-open the closed periods first'
    ELSE 'insert it into policy_change from ''' || (SELECT max(closed_until) FROM period_close) || ''' on' END);
END;

-- ---- sql/doors/key_taken.sql ----

-- Rows 1 and 2, to find out what becomes of a row whose key is taken: a trigger inherits the OR clause of its
-- statement. UPDATE OR REPLACE of row 2 to the key of row 1 leaves row 2 only under OR IGNORE; UPDATE OR
-- IGNORE takes it away only under OR REPLACE. Under an explicit ABORT, FAIL or ROLLBACK either fails, as the
-- statement would: its error names this table then.
CREATE TABLE IF NOT EXISTS main._billing_key_taken(id INTEGER PRIMARY KEY);

-- ---- sql/doors/key_taken_by.sql ----

-- INSERT OR IGNORE may drop a row only if nothing is lost: INSERT INTO _billing_key_taken_by VALUES (column, value) is
-- refused under it, and says that the key is that of another row. Any other statement passes, and so does a NULL.
CREATE VIEW IF NOT EXISTS main._billing_key_taken_by(name, value) AS VALUES (NULL, NULL);

CREATE TRIGGER IF NOT EXISTS main._billing_key_taken_by_insert INSTEAD OF INSERT ON _billing_key_taken_by
WHEN NEW.name IS NOT NULL
BEGIN
  INSERT INTO _billing_key_taken VALUES (1), (2) ON CONFLICT DO NOTHING;
  UPDATE OR REPLACE _billing_key_taken SET id = 1 WHERE id = 2;
  SELECT RAISE(ABORT, 'row: refused')
    WHERE (SELECT count(*) FROM _billing_key_taken) = 2 AND NOT billing_keep_row(NEW.name, NEW.value)
      AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

-- ---- sql/doors/mark_account.sql ----

-- The teams of an account.
CREATE VIEW IF NOT EXISTS main._billing_mark_account(account_id, since) AS VALUES (NULL, NULL);

CREATE TRIGGER IF NOT EXISTS main._billing_mark_account_insert INSTEAD OF INSERT ON _billing_mark_account
BEGIN
  INSERT INTO _billing_mark_team SELECT team_id, NEW.since FROM team WHERE account_id = NEW.account_id;
END;

-- ---- sql/doors/mark_all.sql ----

-- The doors to the marks. A trigger of a fact says INSERT INTO mark_… VALUES (what, since): settle it again
-- from that time on, NULL: from the beginning. This one: every wallet.
CREATE VIEW IF NOT EXISTS main._billing_mark_all(since) AS VALUES (NULL);

CREATE TRIGGER IF NOT EXISTS main._billing_mark_all_insert INSTEAD OF INSERT ON _billing_mark_all
BEGIN
  INSERT INTO _billing_pending_wallet VALUES (0, coalesce(billing_ms(NEW.since), -62167219200000))
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
END;

-- ---- sql/doors/mark_app.sql ----

-- Whoever may ever have paid for an app: the teams assigned to it, and the payers of its owners.
CREATE VIEW IF NOT EXISTS main._billing_mark_app(client_id, since) AS VALUES (NULL, NULL);

CREATE TRIGGER IF NOT EXISTS main._billing_mark_app_insert INSTEAD OF INSERT ON _billing_mark_app
BEGIN
  INSERT INTO _billing_mark_team SELECT team_id, NEW.since FROM app_team WHERE client_id = NEW.client_id;
  INSERT INTO _billing_mark_payers SELECT account_id, NEW.since FROM app WHERE client_id = NEW.client_id;
  INSERT INTO _billing_mark_payers SELECT account_id, NEW.since FROM app_owner WHERE client_id = NEW.client_id;
END;

-- ---- sql/doors/mark_payers.sql ----

-- Whoever may ever have paid for the apps of an account that no team is assigned to: its first team, and those
-- that its product assignments name. A team that was the first one has been marked when it ceased to be.
CREATE VIEW IF NOT EXISTS main._billing_mark_payers(account_id, since) AS VALUES (NULL, NULL);

CREATE TRIGGER IF NOT EXISTS main._billing_mark_payers_insert INSTEAD OF INSERT ON _billing_mark_payers
BEGIN
  INSERT INTO _billing_mark_team SELECT min(team_id), NEW.since FROM team WHERE account_id = NEW.account_id;
  INSERT INTO _billing_mark_team
    SELECT team_id, NEW.since FROM product_assignment WHERE account_id = NEW.account_id;
END;

-- ---- sql/doors/mark_team.sql ----

-- The wallet of a team.
CREATE VIEW IF NOT EXISTS main._billing_mark_team(team_id, since) AS VALUES (NULL, NULL);

CREATE TRIGGER IF NOT EXISTS main._billing_mark_team_insert INSTEAD OF INSERT ON _billing_mark_team
BEGIN
  INSERT INTO _billing_pending_wallet
    SELECT wallet_id, coalesce(billing_ms(NEW.since), -62167219200000) FROM _billing_wallet
    WHERE team_id = NEW.team_id
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
END;

-- ---- sql/doors/mark_tied.sql ----

-- The teams that untie.sql settles.
CREATE VIEW IF NOT EXISTS main._billing_mark_tied(lot_id, new_lot_id, team_id) AS VALUES (NULL, NULL, NULL);

CREATE TRIGGER IF NOT EXISTS main._billing_mark_tied_insert INSTEAD OF INSERT ON _billing_mark_tied
BEGIN
  INSERT INTO _billing_mark_team SELECT NEW.team_id, NULL
    UNION SELECT team_id, NULL FROM token_lot WHERE lot_id IN (NEW.lot_id, NEW.new_lot_id)
    UNION SELECT team_id, NULL FROM lot_move WHERE lot_id IN (NEW.lot_id, NEW.new_lot_id);
END;

-- ---- sql/doors/rebuild.sql ----

-- Derive everything again from the facts. What a closed period holds can't be derived again: it stays, and from the
-- close on settle() takes it from there.
CREATE VIEW IF NOT EXISTS main._billing_rebuild(what) AS VALUES (NULL);

CREATE TRIGGER IF NOT EXISTS main._billing_rebuild_insert INSTEAD OF INSERT ON _billing_rebuild
BEGIN
  DELETE FROM _billing_wallet WHERE NOT EXISTS (SELECT 1 FROM period_close);
  INSERT INTO _billing_wallet(team_id)
    SELECT team_id FROM team WHERE team_id NOT IN (SELECT team_id FROM _billing_wallet) ORDER BY team_id;
  DELETE FROM _billing_closed;
  INSERT INTO _billing_closed SELECT wallet_id, closed_ms FROM _billing_closed_wallet;

  DELETE FROM ledger_entry WHERE lot_id NOT IN (
    SELECT lot_id FROM _billing_holding WHERE wallet_id IN (SELECT wallet_id FROM _billing_closed));
  DELETE FROM _billing_settled_lot WHERE lot_id NOT IN (
    SELECT lot_id FROM _billing_holding WHERE wallet_id IN (SELECT wallet_id FROM _billing_closed));
  DELETE FROM _billing_settled_move WHERE lot_id NOT IN (
    SELECT lot_id FROM _billing_holding WHERE wallet_id IN (SELECT wallet_id FROM _billing_closed));
  DELETE FROM _billing_holding WHERE wallet_id NOT IN (SELECT wallet_id FROM _billing_closed);
  DELETE FROM _billing_debt WHERE wallet_id NOT IN (SELECT wallet_id FROM _billing_closed);
  DELETE FROM _billing_wallet_state WHERE wallet_id NOT IN (SELECT wallet_id FROM _billing_closed);
  DELETE FROM _billing_free_usage WHERE wallet_id NOT IN (SELECT wallet_id FROM _billing_closed);
  DELETE FROM _billing_meter WHERE wallet_id NOT IN (SELECT wallet_id FROM _billing_closed);
  DELETE FROM _billing_unrated;
  DELETE FROM _billing_staged_usage;
  DELETE FROM _billing_pending_usage;
  DELETE FROM _billing_pending_wallet;
  DELETE FROM _billing_taken_usage WHERE usage_id <> -1 OR source_id IS NOT NULL;
  INSERT INTO _billing_taken_usage VALUES (-1, NULL) ON CONFLICT DO NOTHING;
  DELETE FROM _billing_key_taken WHERE id NOT IN (1, 2);

  INSERT INTO _billing_meta(name, value)
    SELECT 'settled_upto', iif(autosettle, 9223372036854775807, coalesce((SELECT max(usage_id) FROM usage), 0))
    FROM _billing_change WHERE id = 1
    ON CONFLICT (name) DO UPDATE SET value = excluded.value;
  INSERT INTO _billing_pending_usage
    SELECT usage_id FROM usage WHERE usage_id NOT IN (SELECT usage_id FROM ledger_entry)
      AND usage_id NOT IN (SELECT usage_id FROM _billing_debt)
      AND usage_id NOT IN (SELECT usage_id FROM _billing_free_usage);
  INSERT INTO _billing_mark_all VALUES (NULL);
  UPDATE _billing_change SET stamp = random() WHERE id = 1;
  SELECT RAISE(ABORT, 'billing_rebuild: refused') WHERE settle() IS NULL
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
  DELETE FROM _billing_closed;
END;

-- ---- sql/doors/replacing.sql ----

-- OR REPLACE drops rows and fires no DELETE trigger. So a trigger that sees a row come with the key of
-- another one does openly what REPLACE would do: INSERT INTO _billing_replacing VALUES (NULL) finds out whether the
-- statement is one, and WHERE 2 NOT IN _billing_key_taken it deletes the rows that are to go. One whose key the new
-- row has as well goes on living under it, and others may refer to it: it is updated. REPLACE then finds
-- nothing but what is equal.
CREATE VIEW IF NOT EXISTS main._billing_replacing(what) AS VALUES (NULL);

CREATE TRIGGER IF NOT EXISTS main._billing_replacing_insert INSTEAD OF INSERT ON _billing_replacing
BEGIN
  INSERT INTO _billing_key_taken VALUES (1), (2) ON CONFLICT DO NOTHING;
  UPDATE OR IGNORE _billing_key_taken SET id = 1 WHERE id = 2;
END;

-- ---- sql/doors/settled_policy.sql ----

-- The policies that settlement follows.
CREATE VIEW IF NOT EXISTS main._billing_settled_policy(name) AS
  VALUES ('grace_days'), ('trial_days'), ('lot_term'), ('restore'), ('flex_kind'), ('credit_kind');

-- ---- sql/doors/settlement.sql ----

-- INSERT INTO settlement(team_id) settles one team, NULL all; with rebuild 1 everything is derived again. The table
-- settlement hands its rows to this view: a nested INSERT is undone as a whole, a virtual table's own write is not.
CREATE VIEW IF NOT EXISTS main._billing_settlement(team_id, rebuild) AS VALUES (NULL, NULL);

CREATE TRIGGER IF NOT EXISTS main._billing_settlement_insert INSTEAD OF INSERT ON _billing_settlement
BEGIN
  INSERT INTO _billing_rebuild SELECT 1 WHERE NEW.rebuild;
  SELECT RAISE(ABORT, 'settle: refused') WHERE settle(NEW.team_id) IS NULL
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

-- The teams that something is marked for.
CREATE VIEW IF NOT EXISTS main._billing_waiting(team_id) AS
  SELECT team_id FROM _billing_wallet
  WHERE wallet_id IN (SELECT wallet_id FROM _billing_pending_wallet)
    OR EXISTS (SELECT 1 FROM _billing_pending_wallet WHERE wallet_id = 0);

-- ---- sql/doors/switch.sql ----

-- What a switch does. Before autosettle is on, what is pending is settled; while it is on, every usage row is listed
-- when it comes, so the mark `settled_upto` is the largest integer.
CREATE VIEW IF NOT EXISTS main._billing_switch(name, value) AS VALUES (NULL, NULL);

CREATE TRIGGER IF NOT EXISTS main._billing_switch_insert INSTEAD OF INSERT ON _billing_switch
BEGIN
  SELECT RAISE(ABORT, 'billing_setting: refused')
    WHERE iif(NEW.name = 'autosettle' AND NEW.value = 1, settle(), 0) IS NULL
      AND NOT EXISTS (SELECT 1 FROM _billing_main);
  UPDATE _billing_meta
    SET value = iif(NEW.value, 9223372036854775807, coalesce((SELECT max(usage_id) FROM usage), 0))
    WHERE name = 'settled_upto' AND NEW.name = 'autosettle' AND (NEW.value OR value = 9223372036854775807);
  UPDATE _billing_change SET
    autosettle = iif(NEW.name = 'autosettle', NEW.value, autosettle),
    guard = iif(NEW.name = 'guard', NEW.value, guard),
    alerts = iif(NEW.name = 'alerts', NEW.value, alerts),
    stamp = random();
END;

-- ---- sql/doors/taken_usage.sql ----

-- One row, to update with the keys of a usage when one is taken (sql/checks/usage.sql); it never changes. An
-- update of one row whose WHERE is false costs least of all that can run a program of its own: no cursor is
-- opened, no view is copied. And each column makes the frame of every insert larger. It does what OR REPLACE
-- would do (sql/doors/replacing.sql), and refuses what OR IGNORE would lose: what key_taken_by.sql does,
-- once more, for a file that is loaded again comes here with every row. And it names _billing_main for all inserts of
-- usage: what is compiled, but not run, costs them nothing.
CREATE TABLE IF NOT EXISTS main._billing_taken_usage(
  usage_id  INTEGER PRIMARY KEY,
  source_id
);

INSERT OR IGNORE INTO main._billing_taken_usage VALUES (-1, NULL);

CREATE TRIGGER IF NOT EXISTS main._billing_taken_usage_update BEFORE UPDATE ON _billing_taken_usage
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  DELETE FROM usage WHERE ((usage_id = NEW.usage_id AND usage_id <> -1) OR source_id = NEW.source_id)
    AND 2 NOT IN _billing_key_taken;
  UPDATE OR REPLACE _billing_key_taken SET id = 1 WHERE id = 2 AND billing_key_taken(NEW.usage_id) = 2;
  SELECT RAISE(ABORT, 'usage: refused') WHERE billing_key_taken(NEW.usage_id) = 2 AND 2 IN _billing_key_taken
    AND NOT billing_keep_row('usage.usage_id', NEW.usage_id)
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
  SELECT RAISE(IGNORE);
END;

-- ---- sql/doors/transfer.sql ----

-- INSERT INTO _billing_transfer says that an app goes to an account, in place of the row of app_owner with the
-- old key: refused unless both sides may. An account that has the app already takes nothing over. A file without any
-- usage and any lot is one that is being loaded: nobody can owe anything yet, and a trial that was recorded after the
-- transfer stands in account already, so there the row is taken as it is.
CREATE VIEW IF NOT EXISTS main._billing_transfer(client_id, account_id, owned_from, old_client_id, old_from)
  AS VALUES (NULL, NULL, NULL, NULL, NULL);

CREATE TRIGGER IF NOT EXISTS main._billing_transfer_insert INSTEAD OF INSERT ON _billing_transfer
BEGIN
  INSERT INTO settlement VALUES (NULL);
  SELECT RAISE(ABORT, 'app_owner: refused') FROM (SELECT coalesce(
      (SELECT account_id FROM app_owner WHERE client_id = NEW.client_id AND owned_from < NEW.owned_from
        AND (client_id, owned_from) IS NOT (NEW.old_client_id, NEW.old_from)
        ORDER BY owned_from DESC LIMIT 1),
      (SELECT account_id FROM app WHERE client_id = NEW.client_id)) AS owner)
  WHERE owner <> NEW.account_id
    AND (EXISTS (SELECT 1 FROM usage) OR EXISTS (SELECT 1 FROM token_lot))
    AND NOT billing_valid_transfer(NEW.client_id, owner, NEW.account_id, NEW.owned_from);
END;

-- ---- sql/doors/untie.sql ----

-- Teams that a lot tied together, and may tie no more: those that have or had the lot, and the one that
-- loses it. They are settled twice: now, together, for the stored stays still tie
-- them; and, marked again, apart. A close of one no longer holds for the other: what it kept there goes.
CREATE VIEW IF NOT EXISTS main._billing_untie(lot_id, new_lot_id, team_id) AS VALUES (NULL, NULL, NULL);

CREATE TRIGGER IF NOT EXISTS main._billing_untie_insert INSTEAD OF INSERT ON _billing_untie
BEGIN
  INSERT INTO _billing_mark_tied VALUES (NEW.lot_id, NEW.new_lot_id, NEW.team_id);
  INSERT INTO _billing_settlement VALUES (NULL, 0);
  INSERT INTO _billing_mark_tied VALUES (NEW.lot_id, NEW.new_lot_id, NEW.team_id);
  SELECT RAISE(ABORT, 'lot_move: refused') FROM (SELECT NEW.team_id AS team_id
    UNION SELECT team_id FROM token_lot WHERE lot_id IN (NEW.lot_id, NEW.new_lot_id)
    UNION SELECT team_id FROM lot_move WHERE lot_id IN (NEW.lot_id, NEW.new_lot_id))
  WHERE NOT billing_keep_closed(team_id);
END;

-- ---- sql/triggers/account.sql ----

-- Agreement, trial and country decide over all usage and lots of the account's teams.

CREATE TRIGGER IF NOT EXISTS main._billing_account_mark_insert AFTER INSERT ON account
BEGIN
  INSERT INTO _billing_mark_account VALUES (NEW.account_id, NULL);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_account_mark_update
AFTER UPDATE OF account_id, country, agreement, trial_started_at, trial_ended_at ON account
WHEN NOT billing_respelling()
BEGIN
  INSERT INTO _billing_mark_account VALUES (OLD.account_id, NULL);
  INSERT INTO _billing_mark_account VALUES (NEW.account_id, NULL);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_account_mark_delete AFTER DELETE ON account
BEGIN
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

-- ---- sql/triggers/account_agreement.sql ----

-- An agreement decides over usage from its instant on; what is excluded needs no rate.

CREATE TRIGGER IF NOT EXISTS main._billing_account_agreement_mark_insert AFTER INSERT ON account_agreement
BEGIN
  INSERT INTO _billing_mark_account VALUES (NEW.account_id, utc(NEW.starts_at));
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_account_agreement_mark_update AFTER UPDATE ON account_agreement
WHEN NOT billing_respelling()
BEGIN
  INSERT INTO _billing_mark_account VALUES (OLD.account_id, min(OLD.starts_at, utc(NEW.starts_at)));
  INSERT INTO _billing_mark_account VALUES (NEW.account_id, min(OLD.starts_at, utc(NEW.starts_at)));
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_account_agreement_mark_delete AFTER DELETE ON account_agreement
BEGIN
  INSERT INTO _billing_mark_account VALUES (OLD.account_id, OLD.starts_at);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

-- ---- sql/triggers/alert_outbox.sql ----

-- An alert that is there already is left out, so the same INSERT can be run at any time. Most alerts are there as long
-- as one of the team is open, however its start moves; a team may have several of some, told apart by their start, or
-- by the message where that names what they are about. Rows that name their recipient come in as they are.
CREATE TRIGGER IF NOT EXISTS main._billing_alert_outbox_once BEFORE INSERT ON alert_outbox
WHEN NEW.text IS NULL AND EXISTS (
  SELECT 1 FROM alert_outbox o
  WHERE o.team_id IS NEW.team_id AND o.alert = NEW.alert
    AND (NEW.alert <> 'budget_exceeded' OR o.message = NEW.message)
    AND (o.since = NEW.since OR o.over_at IS NULL AND o.alert IN (
      'low_balance', 'negative_balance', 'uncharged_usage', 'grace_ending', 'limited', 'unrated_usage',
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

-- ---- sql/triggers/api.sql ----

-- A new api can only help usage that is unrated so far; a change concerns all of it.

CREATE TRIGGER IF NOT EXISTS main._billing_api_mark_insert AFTER INSERT ON api
BEGIN
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_api_mark_update AFTER UPDATE OF api, premium ON api
BEGIN
  INSERT INTO _billing_mark_all VALUES (NULL);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_api_mark_delete AFTER DELETE ON api
BEGIN
  INSERT INTO _billing_mark_all VALUES (NULL);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_api_replace_insert BEFORE INSERT ON api
WHEN EXISTS (SELECT 1 FROM api WHERE api = NEW.api AND premium IS NOT NEW.premium)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  UPDATE api SET premium = NEW.premium WHERE api = NEW.api AND 2 NOT IN _billing_key_taken;
END;

-- ---- sql/triggers/api_alias.sql ----

-- Likewise for the names of apis.

CREATE TRIGGER IF NOT EXISTS main._billing_api_alias_mark_insert AFTER INSERT ON api_alias
BEGIN
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_api_alias_mark_update AFTER UPDATE ON api_alias
BEGIN
  INSERT INTO _billing_mark_all VALUES (NULL);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_api_alias_mark_delete AFTER DELETE ON api_alias
BEGIN
  INSERT INTO _billing_mark_all VALUES (NULL);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_api_alias_replace_insert BEFORE INSERT ON api_alias
WHEN EXISTS (SELECT 1 FROM api_alias WHERE alias = NEW.alias AND api IS NOT NEW.api)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  UPDATE api_alias SET api = NEW.api WHERE alias = NEW.alias AND 2 NOT IN _billing_key_taken;
END;

-- ---- sql/triggers/app.sql ----

-- The owner pays for an app until a team is assigned.

-- A transfer to another account needs full access on both sides (D100): by all that is known, so it
-- settles first. OR REPLACE can be one as well.
CREATE TRIGGER IF NOT EXISTS main._billing_app_check_transfer BEFORE UPDATE ON app
WHEN NEW.account_id IS NOT OLD.account_id
BEGIN
  INSERT INTO _billing_settlement VALUES (NULL, 0);
  SELECT RAISE(ABORT, 'app: refused') WHERE NOT billing_valid_transfer(
    OLD.client_id, OLD.account_id, NEW.account_id);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_mark_insert AFTER INSERT ON app
BEGIN
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_mark_update AFTER UPDATE OF client_id, account_id ON app
BEGIN
  INSERT INTO _billing_mark_payers VALUES (OLD.account_id, NULL);
  INSERT INTO _billing_mark_payers VALUES (NEW.account_id, NULL);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_mark_delete AFTER DELETE ON app
BEGIN
  INSERT INTO _billing_mark_payers VALUES (OLD.account_id, NULL);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_replace_insert BEFORE INSERT ON app
WHEN EXISTS (SELECT 1 FROM app WHERE client_id = NEW.client_id AND account_id IS NOT NEW.account_id)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  UPDATE app SET account_id = NEW.account_id WHERE client_id = NEW.client_id AND 2 NOT IN _billing_key_taken;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_replace_update BEFORE UPDATE OF client_id ON app
WHEN NEW.client_id <> OLD.client_id
  AND EXISTS (SELECT 1 FROM app WHERE client_id = NEW.client_id)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  DELETE FROM app WHERE client_id = NEW.client_id AND 2 NOT IN _billing_key_taken;
END;

-- ---- sql/triggers/app_owner.sql ----

-- From its instant on an owner takes usage that no team is assigned to from one payer to another. An owner that
-- is none any more is named, as mark_app does not find it.

-- A transfer needs full access on both sides at its instant (D100): by all that is known, so it settles first.

CREATE TRIGGER IF NOT EXISTS main._billing_app_owner_check_transfer BEFORE INSERT ON app_owner
BEGIN
  INSERT INTO _billing_transfer VALUES (NEW.client_id, NEW.account_id, utc(NEW.owned_from, 0), NULL, NULL);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_owner_check_changed BEFORE UPDATE ON app_owner
WHEN NOT billing_respelling()
BEGIN
  INSERT INTO _billing_transfer
    VALUES (NEW.client_id, NEW.account_id, utc(NEW.owned_from, 0), OLD.client_id, OLD.owned_from);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_owner_mark_insert AFTER INSERT ON app_owner
BEGIN
  INSERT INTO _billing_mark_app VALUES (NEW.client_id, utc(NEW.owned_from));
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_owner_mark_update AFTER UPDATE ON app_owner
WHEN NOT billing_respelling()
BEGIN
  INSERT INTO _billing_mark_payers VALUES (OLD.account_id, min(OLD.owned_from, utc(NEW.owned_from)));
  INSERT INTO _billing_mark_app VALUES (OLD.client_id, min(OLD.owned_from, utc(NEW.owned_from)));
  INSERT INTO _billing_mark_app VALUES (NEW.client_id, min(OLD.owned_from, utc(NEW.owned_from)));
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_owner_mark_delete AFTER DELETE ON app_owner
BEGIN
  INSERT INTO _billing_mark_payers VALUES (OLD.account_id, OLD.owned_from);
  INSERT INTO _billing_mark_app VALUES (OLD.client_id, OLD.owned_from);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_owner_replace_insert BEFORE INSERT ON app_owner
WHEN EXISTS (SELECT 1 FROM app_owner
  WHERE client_id = NEW.client_id AND owned_from = NEW.owned_from AND account_id IS NOT NEW.account_id)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  UPDATE app_owner SET account_id = NEW.account_id
  WHERE client_id = NEW.client_id AND owned_from = NEW.owned_from AND 2 NOT IN _billing_key_taken;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_owner_replace_update BEFORE UPDATE OF client_id, owned_from ON app_owner
WHEN (NEW.client_id, NEW.owned_from) <> (OLD.client_id, OLD.owned_from)
  AND EXISTS (SELECT 1 FROM app_owner WHERE client_id = NEW.client_id AND owned_from = NEW.owned_from)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  DELETE FROM app_owner
    WHERE client_id = NEW.client_id AND owned_from = NEW.owned_from AND 2 NOT IN _billing_key_taken;
END;

-- ---- sql/triggers/app_team.sql ----

-- From its instant on an assignment takes usage from one payer to another: any that the app ever had. A
-- team that is assigned no more is named, as mark_app does not find it.

CREATE TRIGGER IF NOT EXISTS main._billing_app_team_mark_insert AFTER INSERT ON app_team
BEGIN
  INSERT INTO _billing_mark_app VALUES (NEW.client_id, utc(NEW.assigned_at));
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_team_mark_update AFTER UPDATE ON app_team
WHEN NOT billing_respelling()
BEGIN
  INSERT INTO _billing_mark_team VALUES (OLD.team_id, min(OLD.assigned_at, utc(NEW.assigned_at)));
  INSERT INTO _billing_mark_app VALUES (OLD.client_id, min(OLD.assigned_at, utc(NEW.assigned_at)));
  INSERT INTO _billing_mark_app VALUES (NEW.client_id, min(OLD.assigned_at, utc(NEW.assigned_at)));
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_team_mark_delete AFTER DELETE ON app_team
BEGIN
  INSERT INTO _billing_mark_team VALUES (OLD.team_id, OLD.assigned_at);
  INSERT INTO _billing_mark_app VALUES (OLD.client_id, OLD.assigned_at);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_team_replace_insert BEFORE INSERT ON app_team
WHEN EXISTS (SELECT 1 FROM app_team
  WHERE client_id = NEW.client_id AND assigned_at = NEW.assigned_at AND team_id IS NOT NEW.team_id)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  UPDATE app_team SET team_id = NEW.team_id
  WHERE client_id = NEW.client_id AND assigned_at = NEW.assigned_at AND 2 NOT IN _billing_key_taken;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_team_replace_update BEFORE UPDATE OF client_id, assigned_at ON app_team
WHEN (NEW.client_id, NEW.assigned_at) <> (OLD.client_id, OLD.assigned_at)
  AND EXISTS (SELECT 1 FROM app_team WHERE client_id = NEW.client_id AND assigned_at = NEW.assigned_at)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  DELETE FROM app_team
    WHERE client_id = NEW.client_id AND assigned_at = NEW.assigned_at AND 2 NOT IN _billing_key_taken;
END;

-- ---- sql/triggers/billing_setting.sql ----

-- A switch that is set. What follows it stands in _billing_change, and its new stamp tells every connection.
-- The conflict of a name that is there is settled before it comes up: its row is updated first.

CREATE TRIGGER IF NOT EXISTS main._billing_setting_check_insert BEFORE INSERT ON billing_setting
BEGIN
  SELECT RAISE(ABORT, 'billing_setting: refused')
    WHERE NOT billing_valid_setting(NEW.name, NEW.value, NEW.name) AND NOT EXISTS (SELECT 1 FROM _billing_main);
  UPDATE billing_setting SET value = NEW.value WHERE name = NEW.name;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_setting_check_update BEFORE UPDATE ON billing_setting
BEGIN
  SELECT RAISE(ABORT, 'billing_setting: refused')
    WHERE NOT billing_valid_setting(NEW.name, NEW.value, OLD.name) AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_setting_insert AFTER INSERT ON billing_setting
BEGIN
  INSERT INTO _billing_switch VALUES (NEW.name, NEW.value);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_setting_update AFTER UPDATE ON billing_setting
BEGIN
  INSERT INTO _billing_switch VALUES (NEW.name, NEW.value);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_setting_delete AFTER DELETE ON billing_setting
BEGIN
  INSERT INTO _billing_switch VALUES (OLD.name, 0);
END;

-- ---- sql/triggers/change.sql ----

-- Every mark trigger updates _billing_change when its marks are complete.
CREATE TRIGGER IF NOT EXISTS main._billing_autosettle AFTER UPDATE OF stamp, tick ON _billing_change
WHEN NEW.autosettle
BEGIN
  SELECT RAISE(ABORT, 'settle: refused') WHERE settle() IS NULL AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

-- ---- sql/triggers/country.sql ----

-- Market rules decide over the life of lots.

CREATE TRIGGER IF NOT EXISTS main._billing_country_mark_insert AFTER INSERT ON country
BEGIN
  INSERT INTO _billing_mark_account SELECT account_id, NULL FROM account WHERE country = NEW.country;
  UPDATE _billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_country_mark_update AFTER UPDATE ON country
WHEN NOT billing_respelling()
BEGIN
  INSERT INTO _billing_mark_account
    SELECT account_id, NULL FROM account WHERE country IN (OLD.country, NEW.country);
  UPDATE _billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_country_mark_delete AFTER DELETE ON country
BEGIN
  INSERT INTO _billing_mark_account SELECT account_id, NULL FROM account WHERE country = OLD.country;
  UPDATE _billing_change SET stamp = random();
END;

-- ---- sql/triggers/kind_api.sql ----

-- A kind that is limited to apis pays those only.

CREATE TRIGGER IF NOT EXISTS main._billing_kind_api_mark_insert AFTER INSERT ON kind_api
BEGIN
  INSERT INTO _billing_mark_team SELECT DISTINCT team_id, NULL FROM token_lot WHERE kind = NEW.kind;
  UPDATE _billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_kind_api_mark_update AFTER UPDATE ON kind_api
BEGIN
  INSERT INTO _billing_mark_team
    SELECT DISTINCT team_id, NULL FROM token_lot WHERE kind IN (OLD.kind, NEW.kind);
  UPDATE _billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_kind_api_mark_delete AFTER DELETE ON kind_api
BEGIN
  INSERT INTO _billing_mark_team SELECT DISTINCT team_id, NULL FROM token_lot WHERE kind = OLD.kind;
  UPDATE _billing_change SET stamp = random();
END;

-- ---- sql/triggers/lot_move.sql ----

-- A move touches the wallets on both sides from its instant on; the group of the lot holds them all.

CREATE TRIGGER IF NOT EXISTS main._billing_lot_move_mark_insert AFTER INSERT ON lot_move
BEGIN
  INSERT INTO _billing_mark_team VALUES (NEW.team_id, utc(NEW.moved_at));
  INSERT INTO _billing_mark_team SELECT team_id, utc(NEW.moved_at) FROM token_lot WHERE lot_id = NEW.lot_id;
  UPDATE _billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_lot_move_mark_update AFTER UPDATE ON lot_move
WHEN NOT billing_respelling()
BEGIN
  INSERT INTO _billing_mark_team VALUES (OLD.team_id, min(OLD.moved_at, utc(NEW.moved_at)));
  INSERT INTO _billing_mark_team VALUES (NEW.team_id, min(OLD.moved_at, utc(NEW.moved_at)));
  INSERT INTO _billing_mark_team SELECT team_id, min(OLD.moved_at, utc(NEW.moved_at)) FROM token_lot
    WHERE lot_id IN (OLD.lot_id, NEW.lot_id);
  UPDATE _billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_lot_move_mark_delete AFTER DELETE ON lot_move
BEGIN
  INSERT INTO _billing_mark_team VALUES (OLD.team_id, OLD.moved_at);
  INSERT INTO _billing_mark_team SELECT team_id, OLD.moved_at FROM token_lot WHERE lot_id = OLD.lot_id;
  UPDATE _billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_lot_move_replace_insert BEFORE INSERT ON lot_move
WHEN EXISTS (SELECT 1 FROM lot_move
  WHERE lot_id = NEW.lot_id AND moved_at = NEW.moved_at AND team_id IS NOT NEW.team_id)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  UPDATE lot_move SET team_id = NEW.team_id
    WHERE lot_id = NEW.lot_id AND moved_at = NEW.moved_at AND 2 NOT IN _billing_key_taken;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_lot_move_replace_update BEFORE UPDATE OF lot_id, moved_at ON lot_move
WHEN (NEW.lot_id, NEW.moved_at) <> (OLD.lot_id, OLD.moved_at)
  AND EXISTS (SELECT 1 FROM lot_move WHERE lot_id = NEW.lot_id AND moved_at = NEW.moved_at)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  DELETE FROM lot_move WHERE lot_id = NEW.lot_id AND moved_at = NEW.moved_at AND 2 NOT IN _billing_key_taken;
END;

-- ---- sql/triggers/outcome_rule.sql ----

-- The factor of an outcome concerns all usage.

CREATE TRIGGER IF NOT EXISTS main._billing_outcome_rule_mark_insert AFTER INSERT ON outcome_rule
BEGIN
  INSERT INTO _billing_mark_all VALUES (NULL);
  UPDATE _billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_outcome_rule_mark_update AFTER UPDATE ON outcome_rule
BEGIN
  INSERT INTO _billing_mark_all VALUES (NULL);
  UPDATE _billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_outcome_rule_mark_delete AFTER DELETE ON outcome_rule
BEGIN
  INSERT INTO _billing_mark_all VALUES (NULL);
  UPDATE _billing_change SET stamp = random();
END;

-- ---- sql/triggers/period_close.sql ----

-- A close keeps what lies before it; re-opening the last one settles from the close before it again.

-- Settles first: what is settled then is what the close makes final, and facts of other teams may bring
-- usage here.
CREATE TRIGGER IF NOT EXISTS main._billing_period_close_check_insert BEFORE INSERT ON period_close
BEGIN
  SELECT RAISE(ABORT, 'period_close: refused')
  WHERE NOT billing_valid_row('period_close', NEW.team_id, NEW.closed_until);
  INSERT INTO _billing_settlement VALUES (NULL, 0);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_period_close_check_update BEFORE UPDATE ON period_close
BEGIN
  SELECT billing_keep_close(OLD.closed_until) WHERE NOT EXISTS (SELECT 1 FROM _billing_main);
END;

-- Ties that are not settled yet are seen as well: under a later close nothing could be settled anew.
CREATE TRIGGER IF NOT EXISTS main._billing_period_close_check_delete BEFORE DELETE ON period_close
BEGIN
  INSERT INTO _billing_settlement VALUES (NULL, 0);
  SELECT RAISE(ABORT, 'period_close: refused')
  WHERE NOT billing_keep_reopen(OLD.team_id, OLD.closed_until);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_period_close_mark_insert AFTER INSERT ON period_close
BEGIN
  SELECT RAISE(ABORT, 'period_close: refused') WHERE NOT billing_keep_closed(NEW.team_id);
  UPDATE _billing_change SET stamp = random();
  INSERT OR REPLACE INTO _billing_meta SELECT 'closed_stamp', stamp FROM _billing_change;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_period_close_mark_delete AFTER DELETE ON period_close
BEGIN
  SELECT RAISE(ABORT, 'period_close: refused') WHERE NOT billing_keep_closed(OLD.team_id);
  INSERT INTO _billing_mark_team
    SELECT OLD.team_id, max(closed_until) FROM period_close WHERE team_id = OLD.team_id;
  UPDATE _billing_change SET stamp = random();
END;

-- Facts that are settled inside a closed period.

CREATE TRIGGER IF NOT EXISTS main._billing_usage_keep_update
BEFORE UPDATE OF usage_id, client_id, api, sku, quantity, occurred_at, outcome ON usage
WHEN EXISTS (SELECT 1 FROM period_close)
BEGIN
  SELECT RAISE(ABORT, 'usage: refused')
  WHERE NOT billing_keep_usage(OLD.usage_id, OLD.client_id, OLD.occurred_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_usage_keep_delete BEFORE DELETE ON usage
WHEN EXISTS (SELECT 1 FROM period_close)
BEGIN
  SELECT RAISE(ABORT, 'usage: refused')
  WHERE NOT billing_keep_usage(OLD.usage_id, OLD.client_id, OLD.occurred_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_lot_keep_update
BEFORE UPDATE OF lot_id, team_id, kind, tokens, purchased_at, expires_at, voided_at ON token_lot
WHEN EXISTS (SELECT 1 FROM period_close)
BEGIN
  SELECT RAISE(ABORT, 'token_lot: refused') WHERE NOT billing_keep_lot(OLD.lot_id, OLD.team_id,
    NEW.lot_id IS NOT OLD.lot_id OR NEW.team_id IS NOT OLD.team_id OR NEW.kind IS NOT OLD.kind
      OR NEW.tokens IS NOT OLD.tokens OR utc(NEW.purchased_at, 0) IS NOT OLD.purchased_at,
    CASE WHEN utc(NEW.expires_at, 0) IS NOT OLD.expires_at THEN coalesce(
      (SELECT billing_time(expires_ms) FROM _billing_settled_lot WHERE lot_id = OLD.lot_id),
      OLD.expires_at) END,
    CASE WHEN utc(NEW.expires_at, 0) IS NOT OLD.expires_at THEN coalesce(
      utc(NEW.expires_at, 0),
      datetime(NEW.purchased_at, (SELECT value FROM policy WHERE name = 'lot_term'))) END,
    CASE WHEN utc(NEW.voided_at, 0) IS NOT OLD.voided_at THEN OLD.voided_at END);
END;

-- A lot that leaves an open team for a closed one would bring a past along that the close does not know.
CREATE TRIGGER IF NOT EXISTS main._billing_token_lot_keep_team BEFORE UPDATE OF team_id ON token_lot
WHEN NEW.team_id IS NOT OLD.team_id AND EXISTS (SELECT 1 FROM period_close)
BEGIN
  INSERT INTO _billing_settlement VALUES (NULL, 0);
  SELECT RAISE(ABORT, 'token_lot: refused')
  WHERE NOT billing_keep_lot(OLD.lot_id, NEW.team_id, 1);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_lot_keep_delete BEFORE DELETE ON token_lot
WHEN EXISTS (SELECT 1 FROM period_close)
BEGIN
  SELECT RAISE(ABORT, 'token_lot: refused')
  WHERE NOT billing_keep_lot(OLD.lot_id, OLD.team_id, 1);
END;

-- Moves tie teams together, and the last close of any of them holds for all. So what a new tie closes is
-- settled before it. And where a tie may go, all is settled again twice (sql/doors/untie.sql).

CREATE TRIGGER IF NOT EXISTS main._billing_lot_move_keep_insert BEFORE INSERT ON lot_move
WHEN EXISTS (SELECT 1 FROM period_close)
BEGIN
  INSERT INTO _billing_settlement VALUES (NULL, 0);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_lot_move_keep_update BEFORE UPDATE ON lot_move
WHEN EXISTS (SELECT 1 FROM period_close)
BEGIN
  SELECT RAISE(ABORT, 'lot_move: refused')
  WHERE NOT billing_keep_move(OLD.lot_id, OLD.team_id, OLD.moved_at);
  INSERT INTO _billing_settlement VALUES (NULL, 0);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_lot_move_keep_delete BEFORE DELETE ON lot_move
WHEN EXISTS (SELECT 1 FROM period_close)
BEGIN
  SELECT RAISE(ABORT, 'lot_move: refused')
  WHERE NOT billing_keep_move(OLD.lot_id, OLD.team_id, OLD.moved_at);
  INSERT INTO _billing_settlement VALUES (NULL, 0);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_lot_move_untie_update AFTER UPDATE ON lot_move
WHEN NOT billing_respelling() AND EXISTS (SELECT 1 FROM period_close)
BEGIN
  INSERT INTO _billing_untie VALUES (OLD.lot_id, NEW.lot_id, OLD.team_id);
  UPDATE _billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_lot_move_untie_delete AFTER DELETE ON lot_move
WHEN EXISTS (SELECT 1 FROM period_close)
BEGIN
  INSERT INTO _billing_untie VALUES (OLD.lot_id, OLD.lot_id, OLD.team_id);
  UPDATE _billing_change SET stamp = random();
END;

-- A lot that gets another first team ties, and unties, likewise: what is stored still has the old one.

CREATE TRIGGER IF NOT EXISTS main._billing_token_lot_untie_update AFTER UPDATE OF team_id ON token_lot
WHEN NOT billing_respelling() AND NEW.team_id IS NOT OLD.team_id AND EXISTS (SELECT 1 FROM period_close)
BEGIN
  INSERT INTO _billing_untie VALUES (OLD.lot_id, NEW.lot_id, OLD.team_id);
  UPDATE _billing_change SET stamp = random();
END;

-- What a move counted at goes with the move.

CREATE TRIGGER IF NOT EXISTS main._billing_lot_move_forget_update AFTER UPDATE OF lot_id, moved_at ON lot_move
WHEN NOT billing_respelling()
BEGIN
  DELETE FROM _billing_settled_move WHERE lot_id = OLD.lot_id AND moved_ms = billing_ms(OLD.moved_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_lot_move_forget_delete AFTER DELETE ON lot_move
BEGIN
  DELETE FROM _billing_settled_move WHERE lot_id = OLD.lot_id AND moved_ms = billing_ms(OLD.moved_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_unblock_keep_update BEFORE UPDATE ON unblock
WHEN EXISTS (SELECT 1 FROM period_close)
BEGIN
  SELECT RAISE(ABORT, 'unblock: refused')
  WHERE NOT billing_keep_unblock(OLD.team_id, OLD.unblocked_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_unblock_keep_delete BEFORE DELETE ON unblock
WHEN EXISTS (SELECT 1 FROM period_close)
BEGIN
  SELECT RAISE(ABORT, 'unblock: refused')
  WHERE NOT billing_keep_unblock(OLD.team_id, OLD.unblocked_at);
END;

-- A tie closes what was open: it keeps what it reads as well.

CREATE TRIGGER IF NOT EXISTS main._billing_lot_move_keep_closed AFTER INSERT ON lot_move
WHEN EXISTS (SELECT 1 FROM period_close)
BEGIN
  SELECT RAISE(ABORT, 'lot_move: refused') WHERE NOT billing_keep_closed(NEW.team_id);
END;

-- Policies that an instant is read by. Those that settling goes by count from the close on.

CREATE TRIGGER IF NOT EXISTS main._billing_policy_keep_insert BEFORE INSERT ON policy
WHEN EXISTS (SELECT 1 FROM policy WHERE name = NEW.name AND value IS NOT NEW.value)
  AND EXISTS (SELECT 1 FROM period_close)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  INSERT INTO _billing_keep_policy SELECT NEW.name WHERE 2 NOT IN _billing_key_taken;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_policy_keep_update AFTER UPDATE ON policy
WHEN (NEW.name IS NOT OLD.name OR NEW.value IS NOT OLD.value) AND EXISTS (SELECT 1 FROM period_close)
BEGIN
  INSERT INTO _billing_keep_policy VALUES (OLD.name);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_policy_keep_delete AFTER DELETE ON policy
WHEN EXISTS (SELECT 1 FROM period_close)
BEGIN
  INSERT INTO _billing_keep_policy VALUES (OLD.name);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_policy_change_keep_insert AFTER INSERT ON policy_change
WHEN EXISTS (SELECT 1 FROM period_close WHERE closed_until > utc(NEW.effective_from))
BEGIN
  INSERT INTO _billing_keep_policy VALUES (NEW.name);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_policy_change_keep_update AFTER UPDATE ON policy_change
WHEN NOT billing_respelling() AND EXISTS (SELECT 1 FROM period_close WHERE closed_until > min(OLD.effective_from, utc(NEW.effective_from)))
BEGIN
  INSERT INTO _billing_keep_policy VALUES (OLD.name), (NEW.name);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_policy_change_keep_delete AFTER DELETE ON policy_change
WHEN EXISTS (SELECT 1 FROM period_close WHERE closed_until > OLD.effective_from)
BEGIN
  INSERT INTO _billing_keep_policy VALUES (OLD.name);
END;

-- Names that settled usage of a closed period is shown by.

CREATE TRIGGER IF NOT EXISTS main._billing_sku_alias_keep_insert BEFORE INSERT ON sku_alias
WHEN EXISTS (SELECT 1 FROM period_close WHERE closed_until > utc(NEW.effective_from, 0))
BEGIN
  INSERT INTO _billing_keep_name VALUES (NEW.api, NEW.alias, utc(NEW.effective_from));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_sku_alias_keep_update BEFORE UPDATE ON sku_alias
WHEN NOT billing_respelling() AND EXISTS (SELECT 1 FROM period_close WHERE closed_until > min(OLD.effective_from, utc(NEW.effective_from, 0)))
BEGIN
  INSERT INTO _billing_keep_name VALUES (OLD.api, OLD.alias, OLD.effective_from),
    (NEW.api, NEW.alias, utc(NEW.effective_from));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_sku_alias_keep_delete BEFORE DELETE ON sku_alias
WHEN EXISTS (SELECT 1 FROM period_close WHERE closed_until > OLD.effective_from)
BEGIN
  INSERT INTO _billing_keep_name VALUES (OLD.api, OLD.alias, OLD.effective_from);
END;

-- A sku that the card lists stands for itself, another one may be what '*' names: the first row of a sku, and the
-- last one that goes, change its name.

CREATE TRIGGER IF NOT EXISTS main._billing_rate_card_keep_insert BEFORE INSERT ON rate_card
WHEN EXISTS (SELECT 1 FROM period_close)
  AND NOT EXISTS (SELECT 1 FROM rate_card WHERE api = NEW.api AND sku = NEW.sku)
BEGIN
  INSERT INTO _billing_keep_name VALUES (NEW.api, NEW.sku, NULL);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_rate_card_keep_update BEFORE UPDATE OF api, sku ON rate_card
WHEN EXISTS (SELECT 1 FROM period_close) AND (NEW.api, NEW.sku) IS NOT (OLD.api, OLD.sku)
BEGIN
  INSERT INTO _billing_keep_name VALUES (OLD.api, OLD.sku, NULL), (NEW.api, NEW.sku, NULL);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_rate_card_keep_delete BEFORE DELETE ON rate_card
WHEN EXISTS (SELECT 1 FROM period_close)
  AND NOT EXISTS (SELECT 1 FROM rate_card WHERE api = OLD.api AND sku = OLD.sku
    AND effective_from <> OLD.effective_from)
BEGIN
  INSERT INTO _billing_keep_name VALUES (OLD.api, OLD.sku, NULL);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_api_alias_keep_insert BEFORE INSERT ON api_alias
WHEN EXISTS (SELECT 1 FROM period_close)
BEGIN
  INSERT INTO _billing_keep_name VALUES (NEW.alias, NULL, NULL);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_api_alias_keep_update BEFORE UPDATE ON api_alias
WHEN EXISTS (SELECT 1 FROM period_close)
BEGIN
  INSERT INTO _billing_keep_name VALUES (OLD.alias, NULL, NULL), (NEW.alias, NULL, NULL);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_api_alias_keep_delete BEFORE DELETE ON api_alias
WHEN EXISTS (SELECT 1 FROM period_close)
BEGIN
  INSERT INTO _billing_keep_name VALUES (OLD.alias, NULL, NULL);
END;

-- ---- sql/triggers/policy.sql ----

-- Policies that settlement follows (sql/doors/settled_policy.sql); the others only concern reading tables.

CREATE TRIGGER IF NOT EXISTS main._billing_policy_mark_insert AFTER INSERT ON policy
WHEN NEW.name IN _billing_settled_policy
BEGIN
  INSERT INTO _billing_mark_all VALUES (NULL);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_policy_mark_update AFTER UPDATE ON policy
WHEN NEW.name IN _billing_settled_policy OR OLD.name IN _billing_settled_policy
BEGIN
  INSERT INTO _billing_mark_all VALUES (NULL);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_policy_mark_delete AFTER DELETE ON policy
WHEN OLD.name IN _billing_settled_policy
BEGIN
  INSERT INTO _billing_mark_all VALUES (NULL);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

-- ---- sql/triggers/policy_change.sql ----

-- A policy that settlement follows counts from its instant on; see policy.sql.

CREATE TRIGGER IF NOT EXISTS main._billing_policy_change_mark_insert AFTER INSERT ON policy_change
WHEN NEW.name IN _billing_settled_policy
BEGIN
  INSERT INTO _billing_mark_all VALUES (utc(NEW.effective_from));
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_policy_change_mark_update AFTER UPDATE ON policy_change
WHEN NOT billing_respelling() AND (NEW.name IN _billing_settled_policy OR OLD.name IN _billing_settled_policy)
BEGIN
  INSERT INTO _billing_mark_all VALUES (min(OLD.effective_from, utc(NEW.effective_from)));
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_policy_change_mark_delete AFTER DELETE ON policy_change
WHEN OLD.name IN _billing_settled_policy
BEGIN
  INSERT INTO _billing_mark_all VALUES (OLD.effective_from);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

-- ---- sql/triggers/product_assignment.sql ----

-- Platform Services assigned to a user account: that team pays for the account's apps (D48-D54). A team
-- that is assigned no more is named, as mark_payers does not find it.

CREATE TRIGGER IF NOT EXISTS main._billing_product_assignment_mark_insert AFTER INSERT ON product_assignment
BEGIN
  INSERT INTO _billing_mark_payers VALUES (NEW.account_id, utc(NEW.assigned_at));
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_product_assignment_mark_update AFTER UPDATE ON product_assignment
WHEN NOT billing_respelling()
BEGIN
  INSERT INTO _billing_mark_team VALUES (OLD.team_id, min(OLD.assigned_at, utc(NEW.assigned_at)));
  INSERT INTO _billing_mark_payers VALUES (OLD.account_id, min(OLD.assigned_at, utc(NEW.assigned_at)));
  INSERT INTO _billing_mark_payers VALUES (NEW.account_id, min(OLD.assigned_at, utc(NEW.assigned_at)));
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_product_assignment_mark_delete AFTER DELETE ON product_assignment
BEGIN
  INSERT INTO _billing_mark_team VALUES (OLD.team_id, OLD.assigned_at);
  INSERT INTO _billing_mark_payers VALUES (OLD.account_id, OLD.assigned_at);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_product_assignment_replace_insert BEFORE INSERT ON product_assignment
WHEN EXISTS (SELECT 1 FROM product_assignment
  WHERE account_id = NEW.account_id AND assigned_at = NEW.assigned_at AND team_id IS NOT NEW.team_id)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  UPDATE product_assignment SET team_id = NEW.team_id
  WHERE account_id = NEW.account_id AND assigned_at = NEW.assigned_at AND 2 NOT IN _billing_key_taken;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_product_assignment_replace_update
BEFORE UPDATE OF account_id, assigned_at ON product_assignment
WHEN (NEW.account_id, NEW.assigned_at) <> (OLD.account_id, OLD.assigned_at)
  AND EXISTS (SELECT 1 FROM product_assignment
    WHERE account_id = NEW.account_id AND assigned_at = NEW.assigned_at)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  DELETE FROM product_assignment
    WHERE account_id = NEW.account_id AND assigned_at = NEW.assigned_at AND 2 NOT IN _billing_key_taken;
END;

-- ---- sql/triggers/rate_card.sql ----

-- A rate counts from its instant on. The first row of a sku, and the last one that goes, count at all
-- times: before, the card's '*' or an alias spoke for it.

CREATE TRIGGER IF NOT EXISTS main._billing_rate_card_mark_insert AFTER INSERT ON rate_card
BEGIN
  INSERT INTO _billing_mark_all VALUES (CASE WHEN EXISTS (
      SELECT 1 FROM rate_card
      WHERE api = NEW.api AND sku = NEW.sku AND effective_from <> utc(NEW.effective_from))
    THEN utc(NEW.effective_from) END);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_rate_card_mark_update AFTER UPDATE ON rate_card
WHEN NOT billing_respelling()
BEGIN
  INSERT INTO _billing_mark_all VALUES (CASE WHEN NEW.api IS OLD.api AND NEW.sku IS OLD.sku
    THEN min(OLD.effective_from, utc(NEW.effective_from)) END);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_rate_card_mark_delete AFTER DELETE ON rate_card
BEGIN
  INSERT INTO _billing_mark_all VALUES (CASE WHEN EXISTS (
      SELECT 1 FROM rate_card WHERE api = OLD.api AND sku = OLD.sku)
    THEN OLD.effective_from END);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

-- ---- sql/triggers/rate_tier.sql ----

-- A first tier makes its api and sku metered at all times, so the month is counted from its beginning.

CREATE TRIGGER IF NOT EXISTS main._billing_rate_tier_mark_insert AFTER INSERT ON rate_tier
BEGIN
  INSERT INTO _billing_mark_all VALUES (NULL);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_rate_tier_mark_update AFTER UPDATE ON rate_tier
WHEN NOT billing_respelling()
BEGIN
  INSERT INTO _billing_mark_all VALUES (NULL);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_rate_tier_mark_delete AFTER DELETE ON rate_tier
BEGIN
  INSERT INTO _billing_mark_all VALUES (NULL);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

-- ---- sql/triggers/sku_alias.sql ----

-- A name of a sku counts from its instant on.

CREATE TRIGGER IF NOT EXISTS main._billing_sku_alias_mark_insert AFTER INSERT ON sku_alias
BEGIN
  INSERT INTO _billing_mark_all VALUES (utc(NEW.effective_from));
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_sku_alias_mark_update AFTER UPDATE ON sku_alias
WHEN NOT billing_respelling()
BEGIN
  INSERT INTO _billing_mark_all VALUES (min(OLD.effective_from, utc(NEW.effective_from)));
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_sku_alias_mark_delete AFTER DELETE ON sku_alias
BEGIN
  INSERT INTO _billing_mark_all VALUES (OLD.effective_from);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

-- ---- sql/triggers/subscription.sql ----

-- Where Flex is not sold, credits live no longer than the subscription (Q32).

CREATE TRIGGER IF NOT EXISTS main._billing_subscription_mark_insert AFTER INSERT ON subscription
BEGIN
  INSERT INTO _billing_mark_account VALUES (NEW.account_id, NULL);
  UPDATE _billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_subscription_mark_update AFTER UPDATE ON subscription
WHEN NOT billing_respelling()
BEGIN
  INSERT INTO _billing_mark_account VALUES (OLD.account_id, NULL);
  INSERT INTO _billing_mark_account VALUES (NEW.account_id, NULL);
  UPDATE _billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_subscription_mark_delete AFTER DELETE ON subscription
BEGIN
  INSERT INTO _billing_mark_account VALUES (OLD.account_id, NULL);
  UPDATE _billing_change SET stamp = random();
END;

-- ---- sql/triggers/team.sql ----

-- A team gets its wallet. The first team of an account (by team_id) pays for apps that nobody assigned, so
-- a new first team takes them over. mark_account finds the team too, where it is or was in that account.

CREATE TRIGGER IF NOT EXISTS main._billing_team_mark_insert AFTER INSERT ON team
BEGIN
  INSERT INTO _billing_wallet(team_id) VALUES (NEW.team_id) ON CONFLICT DO NOTHING;
  INSERT INTO _billing_mark_team SELECT min(team_id), NULL FROM team
    WHERE account_id = NEW.account_id AND team_id > NEW.team_id
      AND NOT EXISTS (SELECT 1 FROM team WHERE account_id = NEW.account_id AND team_id < NEW.team_id);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_team_mark_update AFTER UPDATE OF team_id, account_id ON team
BEGIN
  INSERT INTO _billing_wallet(team_id) VALUES (NEW.team_id) ON CONFLICT DO NOTHING;
  INSERT INTO _billing_mark_team VALUES (OLD.team_id, NULL);
  INSERT INTO _billing_mark_account VALUES (OLD.account_id, NULL);
  INSERT INTO _billing_mark_account VALUES (NEW.account_id, NULL);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_team_mark_delete AFTER DELETE ON team
BEGIN
  INSERT INTO _billing_mark_team VALUES (OLD.team_id, NULL);
  INSERT INTO _billing_mark_account VALUES (OLD.account_id, NULL);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_team_replace_insert BEFORE INSERT ON team
WHEN EXISTS (SELECT 1 FROM team WHERE team_id = NEW.team_id AND account_id IS NOT NEW.account_id)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  UPDATE team SET account_id = NEW.account_id WHERE team_id = NEW.team_id AND 2 NOT IN _billing_key_taken;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_team_replace_update BEFORE UPDATE OF team_id ON team
WHEN NEW.team_id <> OLD.team_id
  AND EXISTS (SELECT 1 FROM team WHERE team_id = NEW.team_id)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  DELETE FROM team WHERE team_id = NEW.team_id AND 2 NOT IN _billing_key_taken;
END;

-- Whether usage hangs on a team is told by what is settled, so it settles first.

CREATE TRIGGER IF NOT EXISTS main._billing_team_settle_delete BEFORE DELETE ON team
BEGIN
  INSERT INTO settlement VALUES (NULL);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_team_settle_update BEFORE UPDATE OF team_id ON team
WHEN NEW.team_id IS NOT OLD.team_id
BEGIN
  INSERT INTO settlement VALUES (NULL);
END;

-- ---- sql/triggers/token_kind.sql ----

-- The rank of a kind decides which lots pay first.

CREATE TRIGGER IF NOT EXISTS main._billing_token_kind_mark_insert AFTER INSERT ON token_kind
BEGIN
  INSERT INTO _billing_mark_team SELECT DISTINCT team_id, NULL FROM token_lot WHERE kind = NEW.kind;
  UPDATE _billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_kind_mark_update AFTER UPDATE OF kind, rank ON token_kind
BEGIN
  INSERT INTO _billing_mark_team
    SELECT DISTINCT team_id, NULL FROM token_lot WHERE kind IN (OLD.kind, NEW.kind);
  UPDATE _billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_kind_mark_delete AFTER DELETE ON token_kind
BEGIN
  UPDATE _billing_change SET stamp = random();
END;

-- ---- sql/triggers/token_lot.sql ----

-- A lot touches the wallets that hold it from its purchase on: the group of its first team.
-- Beside closed periods a lot that is deleted is gone at once: should it be inserted again, it is a new lot.
-- Before an insert SQLite says -1 for a key that it is yet to find, so no lot may be called that.

CREATE TRIGGER IF NOT EXISTS main._billing_token_lot_mark_insert AFTER INSERT ON token_lot
BEGIN
  SELECT RAISE(ABORT, 'token_lot.lot_id: means a row without a key to SQLite, -1, give another one')
    WHERE NEW.lot_id = -1;
  INSERT INTO _billing_mark_team VALUES (NEW.team_id, utc(NEW.purchased_at));
  UPDATE _billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_lot_mark_update
AFTER UPDATE OF lot_id, team_id, kind, tokens, purchased_at, expires_at, voided_at ON token_lot
WHEN NOT billing_respelling()
BEGIN
  INSERT INTO _billing_mark_team VALUES (OLD.team_id, min(OLD.purchased_at, utc(NEW.purchased_at)));
  INSERT INTO _billing_mark_team VALUES (NEW.team_id, min(OLD.purchased_at, utc(NEW.purchased_at)));
  UPDATE _billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_lot_mark_delete AFTER DELETE ON token_lot
BEGIN
  INSERT INTO _billing_mark_team VALUES (OLD.team_id, OLD.purchased_at);
  INSERT INTO _billing_settlement SELECT NULL, 0 FROM period_close LIMIT 1;
  UPDATE _billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_lot_replace_insert BEFORE INSERT ON token_lot
WHEN EXISTS (SELECT 1 FROM token_lot
  WHERE (lot_id = NEW.lot_id AND lot_id <> -1) OR source_id = NEW.source_id)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  DELETE FROM token_lot WHERE source_id = NEW.source_id AND lot_id <> NEW.lot_id AND 2 NOT IN _billing_key_taken;
  UPDATE token_lot SET team_id = NEW.team_id, kind = NEW.kind, tokens = NEW.tokens,
    purchased_at = NEW.purchased_at, expires_at = NEW.expires_at, voided_at = NEW.voided_at
  WHERE lot_id = NEW.lot_id AND lot_id <> -1 AND 2 NOT IN _billing_key_taken;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_lot_replace_update BEFORE UPDATE OF lot_id, source_id ON token_lot
WHEN EXISTS (SELECT 1 FROM token_lot
  WHERE (lot_id = NEW.lot_id OR source_id = NEW.source_id) AND lot_id <> OLD.lot_id)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  DELETE FROM token_lot WHERE (lot_id = NEW.lot_id OR source_id = NEW.source_id) AND lot_id <> OLD.lot_id
    AND 2 NOT IN _billing_key_taken;
END;

-- ---- sql/triggers/unblock.sql ----

-- Support lifts a block from that instant on.

CREATE TRIGGER IF NOT EXISTS main._billing_unblock_mark_insert AFTER INSERT ON unblock
BEGIN
  INSERT INTO _billing_mark_team VALUES (NEW.team_id, utc(NEW.unblocked_at));
  UPDATE _billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_unblock_mark_update AFTER UPDATE ON unblock
WHEN NOT billing_respelling()
BEGIN
  INSERT INTO _billing_mark_team VALUES (OLD.team_id, min(OLD.unblocked_at, utc(NEW.unblocked_at)));
  INSERT INTO _billing_mark_team VALUES (NEW.team_id, min(OLD.unblocked_at, utc(NEW.unblocked_at)));
  UPDATE _billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_unblock_mark_delete AFTER DELETE ON unblock
BEGIN
  INSERT INTO _billing_mark_team VALUES (OLD.team_id, OLD.unblocked_at);
  UPDATE _billing_change SET stamp = random();
END;

-- ---- sql/triggers/usage.sql ----

-- What a change of usage may touch. A new row above the mark `settled_upto` is pending by its id alone.
--
-- SQLite makes a frame as large as the trigger's program for each trigger of each row, also where WHEN
-- is false. So an insert has one trigger before it (sql/checks/usage.sql) and this one after it, and what
-- it rarely needs hangs on `taken_usage`.

CREATE TRIGGER IF NOT EXISTS main._billing_usage_mark_insert AFTER INSERT ON usage
BEGIN
  SELECT RAISE(ABORT, 'settle: refused') WHERE billing_usage_inserted(
    (SELECT stamp FROM _billing_change WHERE id = 1),
    NEW.usage_id, NEW.client_id, NEW.api, NEW.sku, NEW.quantity, NEW.occurred_at, NEW.outcome) IS NULL;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_usage_mark_update AFTER UPDATE OF usage_id, client_id, api, sku, quantity, occurred_at, outcome ON usage
WHEN NOT billing_respelling()
BEGIN
  INSERT INTO _billing_pending_wallet
    SELECT w.wallet_id, billing_ms(OLD.occurred_at) FROM _billing_wallet w
    WHERE w.team_id = payer(OLD.client_id, OLD.occurred_at)
      AND OLD.usage_id <= (SELECT value FROM _billing_meta WHERE name = 'settled_upto')
      AND OLD.usage_id NOT IN _billing_pending_usage
      AND OLD.usage_id NOT IN (SELECT usage_id FROM _billing_unrated)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  DELETE FROM _billing_unrated WHERE usage_id = OLD.usage_id;
  DELETE FROM _billing_pending_usage WHERE usage_id = OLD.usage_id;
  INSERT INTO _billing_pending_usage SELECT NEW.usage_id
    WHERE NEW.usage_id <= (SELECT value FROM _billing_meta WHERE name = 'settled_upto')
    ON CONFLICT DO NOTHING;
  UPDATE _billing_change SET tick = tick + 1 WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_usage_mark_delete AFTER DELETE ON usage
BEGIN
  INSERT INTO _billing_pending_wallet
    SELECT w.wallet_id, billing_ms(OLD.occurred_at) FROM _billing_wallet w
    WHERE w.team_id = payer(OLD.client_id, OLD.occurred_at)
      AND OLD.usage_id <= (SELECT value FROM _billing_meta WHERE name = 'settled_upto')
      AND OLD.usage_id NOT IN _billing_pending_usage
      AND OLD.usage_id NOT IN (SELECT usage_id FROM _billing_unrated)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  DELETE FROM _billing_unrated WHERE usage_id = OLD.usage_id;
  DELETE FROM _billing_pending_usage WHERE usage_id = OLD.usage_id;
  UPDATE _billing_change SET tick = tick + 1 WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_usage_replace_update BEFORE UPDATE OF usage_id, source_id ON usage
WHEN EXISTS (SELECT 1 FROM usage
  WHERE (usage_id = NEW.usage_id OR source_id = NEW.source_id) AND usage_id <> OLD.usage_id)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  DELETE FROM usage WHERE (usage_id = NEW.usage_id OR source_id = NEW.source_id) AND usage_id <> OLD.usage_id
    AND 2 NOT IN _billing_key_taken;
END;

-- ---- sql/spelling.sql ----

-- Printed from ext/facts/facts.def. A time in another spelling is stored in canonical form: see
-- ext/facts/spelling.h. These triggers are the last ones that are made, so that they run first.

CREATE TRIGGER IF NOT EXISTS main._billing_account_spell_insert AFTER INSERT ON account
WHEN NOT billing_canonical(NEW.trial_started_at, NEW.trial_ended_at)
BEGIN
  SELECT RAISE(ABORT, 'account: refused') WHERE NOT billing_respell('account',
    NEW.account_id, NEW.name, NEW.country, NEW.agreement, NEW.trial_started_at, NEW.trial_ended_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_account_spell_update AFTER UPDATE OF trial_started_at, trial_ended_at ON account
WHEN NOT billing_canonical(NEW.trial_started_at, NEW.trial_ended_at)
BEGIN
  SELECT RAISE(ABORT, 'account: refused') WHERE NOT billing_respell('account',
    NEW.account_id, NEW.name, NEW.country, NEW.agreement, NEW.trial_started_at, NEW.trial_ended_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_lot_spell_insert AFTER INSERT ON token_lot
WHEN NOT billing_canonical(NEW.purchased_at, NEW.expires_at, NEW.voided_at)
BEGIN
  SELECT RAISE(ABORT, 'token_lot: refused') WHERE NOT billing_respell('token_lot',
    NEW.lot_id, NEW.team_id, NEW.kind, NEW.tokens, NEW.purchased_at, NEW.expires_at, NEW.voided_at,
    NEW.source_id, NEW.note);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_lot_spell_update AFTER UPDATE OF purchased_at, expires_at, voided_at ON token_lot
WHEN NOT billing_canonical(NEW.purchased_at, NEW.expires_at, NEW.voided_at)
BEGIN
  SELECT RAISE(ABORT, 'token_lot: refused') WHERE NOT billing_respell('token_lot',
    NEW.lot_id, NEW.team_id, NEW.kind, NEW.tokens, NEW.purchased_at, NEW.expires_at, NEW.voided_at,
    NEW.source_id, NEW.note);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_lot_move_spell_key BEFORE INSERT ON lot_move
WHEN billing_same_key('lot_move',
    NEW.lot_id, NEW.team_id, NEW.moved_at)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  SELECT billing_drop_same_key('lot_move',
    NEW.lot_id, NEW.team_id, NEW.moved_at)
    WHERE 2 NOT IN _billing_key_taken;
  UPDATE OR REPLACE _billing_key_taken SET id = 1 WHERE id = 2;
  SELECT RAISE(IGNORE) WHERE 2 IN _billing_key_taken AND 2 = billing_same_key('lot_move',
    NEW.lot_id, NEW.team_id, NEW.moved_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_lot_move_spell_insert AFTER INSERT ON lot_move
WHEN NOT billing_canonical(NEW.moved_at)
BEGIN
  SELECT RAISE(ABORT, 'lot_move: refused') WHERE NOT billing_respell('lot_move',
    NEW.lot_id, NEW.team_id, NEW.moved_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_lot_move_spell_update AFTER UPDATE OF moved_at ON lot_move
WHEN NOT billing_canonical(NEW.moved_at)
BEGIN
  SELECT RAISE(ABORT, 'lot_move: refused') WHERE NOT billing_respell('lot_move',
    NEW.lot_id, NEW.team_id, NEW.moved_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_team_spell_key BEFORE INSERT ON app_team
WHEN billing_same_key('app_team',
    NEW.client_id, NEW.team_id, NEW.assigned_at)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  SELECT billing_drop_same_key('app_team',
    NEW.client_id, NEW.team_id, NEW.assigned_at)
    WHERE 2 NOT IN _billing_key_taken;
  UPDATE OR REPLACE _billing_key_taken SET id = 1 WHERE id = 2;
  SELECT RAISE(IGNORE) WHERE 2 IN _billing_key_taken AND 2 = billing_same_key('app_team',
    NEW.client_id, NEW.team_id, NEW.assigned_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_team_spell_insert AFTER INSERT ON app_team
WHEN NOT billing_canonical(NEW.assigned_at)
BEGIN
  SELECT RAISE(ABORT, 'app_team: refused') WHERE NOT billing_respell('app_team',
    NEW.client_id, NEW.team_id, NEW.assigned_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_team_spell_update AFTER UPDATE OF assigned_at ON app_team
WHEN NOT billing_canonical(NEW.assigned_at)
BEGIN
  SELECT RAISE(ABORT, 'app_team: refused') WHERE NOT billing_respell('app_team',
    NEW.client_id, NEW.team_id, NEW.assigned_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_owner_spell_key BEFORE INSERT ON app_owner
WHEN billing_same_key('app_owner',
    NEW.client_id, NEW.account_id, NEW.owned_from)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  SELECT billing_drop_same_key('app_owner',
    NEW.client_id, NEW.account_id, NEW.owned_from)
    WHERE 2 NOT IN _billing_key_taken;
  UPDATE OR REPLACE _billing_key_taken SET id = 1 WHERE id = 2;
  SELECT RAISE(IGNORE) WHERE 2 IN _billing_key_taken AND 2 = billing_same_key('app_owner',
    NEW.client_id, NEW.account_id, NEW.owned_from);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_owner_spell_insert AFTER INSERT ON app_owner
WHEN NOT billing_canonical(NEW.owned_from)
BEGIN
  SELECT RAISE(ABORT, 'app_owner: refused') WHERE NOT billing_respell('app_owner',
    NEW.client_id, NEW.account_id, NEW.owned_from);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_owner_spell_update AFTER UPDATE OF owned_from ON app_owner
WHEN NOT billing_canonical(NEW.owned_from)
BEGIN
  SELECT RAISE(ABORT, 'app_owner: refused') WHERE NOT billing_respell('app_owner',
    NEW.client_id, NEW.account_id, NEW.owned_from);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_account_agreement_spell_key BEFORE INSERT ON account_agreement
WHEN billing_same_key('account_agreement',
    NEW.account_id, NEW.agreement, NEW.starts_at)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  SELECT billing_drop_same_key('account_agreement',
    NEW.account_id, NEW.agreement, NEW.starts_at)
    WHERE 2 NOT IN _billing_key_taken;
  UPDATE OR REPLACE _billing_key_taken SET id = 1 WHERE id = 2;
  SELECT RAISE(IGNORE) WHERE 2 IN _billing_key_taken AND 2 = billing_same_key('account_agreement',
    NEW.account_id, NEW.agreement, NEW.starts_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_account_agreement_spell_insert AFTER INSERT ON account_agreement
WHEN NOT billing_canonical(NEW.starts_at)
BEGIN
  SELECT RAISE(ABORT, 'account_agreement: refused') WHERE NOT billing_respell('account_agreement',
    NEW.account_id, NEW.agreement, NEW.starts_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_account_agreement_spell_update AFTER UPDATE OF starts_at ON account_agreement
WHEN NOT billing_canonical(NEW.starts_at)
BEGIN
  SELECT RAISE(ABORT, 'account_agreement: refused') WHERE NOT billing_respell('account_agreement',
    NEW.account_id, NEW.agreement, NEW.starts_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_product_assignment_spell_key BEFORE INSERT ON product_assignment
WHEN billing_same_key('product_assignment',
    NEW.account_id, NEW.team_id, NEW.assigned_at, NEW.revoked_at)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  SELECT billing_drop_same_key('product_assignment',
    NEW.account_id, NEW.team_id, NEW.assigned_at, NEW.revoked_at)
    WHERE 2 NOT IN _billing_key_taken;
  UPDATE OR REPLACE _billing_key_taken SET id = 1 WHERE id = 2;
  SELECT RAISE(IGNORE) WHERE 2 IN _billing_key_taken AND 2 = billing_same_key('product_assignment',
    NEW.account_id, NEW.team_id, NEW.assigned_at, NEW.revoked_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_product_assignment_spell_insert AFTER INSERT ON product_assignment
WHEN NOT billing_canonical(NEW.assigned_at, NEW.revoked_at)
BEGIN
  SELECT RAISE(ABORT, 'product_assignment: refused') WHERE NOT billing_respell('product_assignment',
    NEW.account_id, NEW.team_id, NEW.assigned_at, NEW.revoked_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_product_assignment_spell_update AFTER UPDATE OF assigned_at, revoked_at ON product_assignment
WHEN NOT billing_canonical(NEW.assigned_at, NEW.revoked_at)
BEGIN
  SELECT RAISE(ABORT, 'product_assignment: refused') WHERE NOT billing_respell('product_assignment',
    NEW.account_id, NEW.team_id, NEW.assigned_at, NEW.revoked_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_subscription_spell_insert AFTER INSERT ON subscription
WHEN NOT billing_canonical(NEW.starts_at, NEW.ends_at)
BEGIN
  SELECT RAISE(ABORT, 'subscription: refused') WHERE NOT billing_respell('subscription',
    NEW.account_id, NEW.starts_at, NEW.ends_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_subscription_spell_update AFTER UPDATE OF starts_at, ends_at ON subscription
WHEN NOT billing_canonical(NEW.starts_at, NEW.ends_at)
BEGIN
  SELECT RAISE(ABORT, 'subscription: refused') WHERE NOT billing_respell('subscription',
    NEW.account_id, NEW.starts_at, NEW.ends_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_unblock_spell_insert AFTER INSERT ON unblock
WHEN NOT billing_canonical(NEW.unblocked_at)
BEGIN
  SELECT RAISE(ABORT, 'unblock: refused') WHERE NOT billing_respell('unblock',
    NEW.team_id, NEW.unblocked_at, NEW.note);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_unblock_spell_update AFTER UPDATE OF unblocked_at ON unblock
WHEN NOT billing_canonical(NEW.unblocked_at)
BEGIN
  SELECT RAISE(ABORT, 'unblock: refused') WHERE NOT billing_respell('unblock',
    NEW.team_id, NEW.unblocked_at, NEW.note);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_period_close_spell_key BEFORE INSERT ON period_close
WHEN billing_same_key('period_close',
    NEW.team_id, NEW.closed_until)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  SELECT billing_drop_same_key('period_close',
    NEW.team_id, NEW.closed_until)
    WHERE 2 NOT IN _billing_key_taken;
  UPDATE OR REPLACE _billing_key_taken SET id = 1 WHERE id = 2;
  SELECT RAISE(IGNORE) WHERE 2 IN _billing_key_taken AND 2 = billing_same_key('period_close',
    NEW.team_id, NEW.closed_until);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_period_close_spell_insert AFTER INSERT ON period_close
WHEN NOT billing_canonical(NEW.closed_until)
BEGIN
  SELECT RAISE(ABORT, 'period_close: refused') WHERE NOT billing_respell('period_close',
    NEW.team_id, NEW.closed_until);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_period_close_spell_update AFTER UPDATE OF closed_until ON period_close
WHEN NOT billing_canonical(NEW.closed_until)
BEGIN
  SELECT RAISE(ABORT, 'period_close: refused') WHERE NOT billing_respell('period_close',
    NEW.team_id, NEW.closed_until);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_budget_spell_insert AFTER INSERT ON budget
WHEN NOT billing_canonical(NEW.starts_at, NEW.ends_at)
BEGIN
  SELECT RAISE(ABORT, 'budget: refused') WHERE NOT billing_respell('budget',
    NEW.budget_id, NEW.team_id, NEW.client_id, NEW.user_id, NEW.label, NEW.tokens, NEW.starts_at,
    NEW.ends_at, NEW.note, NEW.source_id);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_budget_spell_update AFTER UPDATE OF starts_at, ends_at ON budget
WHEN NOT billing_canonical(NEW.starts_at, NEW.ends_at)
BEGIN
  SELECT RAISE(ABORT, 'budget: refused') WHERE NOT billing_respell('budget',
    NEW.budget_id, NEW.team_id, NEW.client_id, NEW.user_id, NEW.label, NEW.tokens, NEW.starts_at,
    NEW.ends_at, NEW.note, NEW.source_id);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_country_spell_insert AFTER INSERT ON country
WHEN NOT billing_canonical(NEW.flex_from)
BEGIN
  SELECT RAISE(ABORT, 'country: refused') WHERE NOT billing_respell('country',
    NEW.country, NEW.flex_from);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_country_spell_update AFTER UPDATE OF flex_from ON country
WHEN NOT billing_canonical(NEW.flex_from)
BEGIN
  SELECT RAISE(ABORT, 'country: refused') WHERE NOT billing_respell('country',
    NEW.country, NEW.flex_from);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_sku_alias_spell_key BEFORE INSERT ON sku_alias
WHEN billing_same_key('sku_alias',
    NEW.api, NEW.alias, NEW.sku, NEW.effective_from)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  SELECT billing_drop_same_key('sku_alias',
    NEW.api, NEW.alias, NEW.sku, NEW.effective_from)
    WHERE 2 NOT IN _billing_key_taken;
  UPDATE OR REPLACE _billing_key_taken SET id = 1 WHERE id = 2;
  SELECT RAISE(IGNORE) WHERE 2 IN _billing_key_taken AND 2 = billing_same_key('sku_alias',
    NEW.api, NEW.alias, NEW.sku, NEW.effective_from);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_sku_alias_spell_insert AFTER INSERT ON sku_alias
WHEN NOT billing_canonical(NEW.effective_from)
BEGIN
  SELECT RAISE(ABORT, 'sku_alias: refused') WHERE NOT billing_respell('sku_alias',
    NEW.api, NEW.alias, NEW.sku, NEW.effective_from);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_sku_alias_spell_update AFTER UPDATE OF effective_from ON sku_alias
WHEN NOT billing_canonical(NEW.effective_from)
BEGIN
  SELECT RAISE(ABORT, 'sku_alias: refused') WHERE NOT billing_respell('sku_alias',
    NEW.api, NEW.alias, NEW.sku, NEW.effective_from);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_rate_card_spell_key BEFORE INSERT ON rate_card
WHEN billing_same_key('rate_card',
    NEW.api, NEW.sku, NEW.effective_from, NEW.tokens, NEW.per, NEW.unit, NEW.rounding, NEW.minimum)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  SELECT billing_drop_same_key('rate_card',
    NEW.api, NEW.sku, NEW.effective_from, NEW.tokens, NEW.per, NEW.unit, NEW.rounding, NEW.minimum)
    WHERE 2 NOT IN _billing_key_taken;
  UPDATE OR REPLACE _billing_key_taken SET id = 1 WHERE id = 2;
  SELECT RAISE(IGNORE) WHERE 2 IN _billing_key_taken AND 2 = billing_same_key('rate_card',
    NEW.api, NEW.sku, NEW.effective_from, NEW.tokens, NEW.per, NEW.unit, NEW.rounding, NEW.minimum);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_rate_card_spell_insert AFTER INSERT ON rate_card
WHEN NOT billing_canonical(NEW.effective_from)
BEGIN
  SELECT RAISE(ABORT, 'rate_card: refused') WHERE NOT billing_respell('rate_card',
    NEW.api, NEW.sku, NEW.effective_from, NEW.tokens, NEW.per, NEW.unit, NEW.rounding, NEW.minimum);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_rate_card_spell_update AFTER UPDATE OF effective_from ON rate_card
WHEN NOT billing_canonical(NEW.effective_from)
BEGIN
  SELECT RAISE(ABORT, 'rate_card: refused') WHERE NOT billing_respell('rate_card',
    NEW.api, NEW.sku, NEW.effective_from, NEW.tokens, NEW.per, NEW.unit, NEW.rounding, NEW.minimum);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_rate_tier_spell_key BEFORE INSERT ON rate_tier
WHEN billing_same_key('rate_tier',
    NEW.api, NEW.sku, NEW.effective_from, NEW.above, NEW.tokens)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  SELECT billing_drop_same_key('rate_tier',
    NEW.api, NEW.sku, NEW.effective_from, NEW.above, NEW.tokens)
    WHERE 2 NOT IN _billing_key_taken;
  UPDATE OR REPLACE _billing_key_taken SET id = 1 WHERE id = 2;
  SELECT RAISE(IGNORE) WHERE 2 IN _billing_key_taken AND 2 = billing_same_key('rate_tier',
    NEW.api, NEW.sku, NEW.effective_from, NEW.above, NEW.tokens);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_rate_tier_spell_insert AFTER INSERT ON rate_tier
WHEN NOT billing_canonical(NEW.effective_from)
BEGIN
  SELECT RAISE(ABORT, 'rate_tier: refused') WHERE NOT billing_respell('rate_tier',
    NEW.api, NEW.sku, NEW.effective_from, NEW.above, NEW.tokens);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_rate_tier_spell_update AFTER UPDATE OF effective_from ON rate_tier
WHEN NOT billing_canonical(NEW.effective_from)
BEGIN
  SELECT RAISE(ABORT, 'rate_tier: refused') WHERE NOT billing_respell('rate_tier',
    NEW.api, NEW.sku, NEW.effective_from, NEW.above, NEW.tokens);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_policy_change_spell_key BEFORE INSERT ON policy_change
WHEN billing_same_key('policy_change',
    NEW.name, NEW.value, NEW.effective_from)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  SELECT billing_drop_same_key('policy_change',
    NEW.name, NEW.value, NEW.effective_from)
    WHERE 2 NOT IN _billing_key_taken;
  UPDATE OR REPLACE _billing_key_taken SET id = 1 WHERE id = 2;
  SELECT RAISE(IGNORE) WHERE 2 IN _billing_key_taken AND 2 = billing_same_key('policy_change',
    NEW.name, NEW.value, NEW.effective_from);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_policy_change_spell_insert AFTER INSERT ON policy_change
WHEN NOT billing_canonical(NEW.effective_from)
BEGIN
  SELECT RAISE(ABORT, 'policy_change: refused') WHERE NOT billing_respell('policy_change',
    NEW.name, NEW.value, NEW.effective_from);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_policy_change_spell_update AFTER UPDATE OF effective_from ON policy_change
WHEN NOT billing_canonical(NEW.effective_from)
BEGIN
  SELECT RAISE(ABORT, 'policy_change: refused') WHERE NOT billing_respell('policy_change',
    NEW.name, NEW.value, NEW.effective_from);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_usage_spell_update AFTER UPDATE OF occurred_at ON usage
WHEN NOT billing_canonical(NEW.occurred_at)
BEGIN
  SELECT RAISE(ABORT, 'usage: refused') WHERE NOT billing_respell('usage',
    NEW.usage_id, NEW.client_id, NEW.api, NEW.sku, NEW.quantity, NEW.occurred_at, NEW.outcome,
    NEW.user_id, NEW.label, NEW.source_id);
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
