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
