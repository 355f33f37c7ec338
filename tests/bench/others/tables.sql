-- The facts as everybody but billing gets them, in any of the databases: skus and rates are looked up
-- already, and a lot knows its units, its end and the rank of its kind.
CREATE TABLE usage(
  usage_id BIGINT PRIMARY KEY, client_id TEXT, api TEXT, sku TEXT, quantity DOUBLE PRECISION,
  occurred_at TEXT, outcome TEXT);
CREATE TABLE app_team(client_id TEXT PRIMARY KEY, team_id TEXT);
CREATE TABLE token_lot(
  lot_id BIGINT PRIMARY KEY, team_id TEXT, kind_rank INTEGER, units BIGINT, purchased_at TEXT,
  expires_at TEXT, used BIGINT);
CREATE TABLE rate(
  api TEXT, sku TEXT, effective_from TEXT, effective_to TEXT, units_each DOUBLE PRECISION,
  PRIMARY KEY (api, sku, effective_from));
CREATE TABLE entry(
  usage_id BIGINT, lot_id BIGINT, units BIGINT, charged_at TEXT, PRIMARY KEY (usage_id, lot_id));
CREATE TABLE debt(usage_id BIGINT PRIMARY KEY, team_id TEXT, units BIGINT, occurred_at TEXT);
