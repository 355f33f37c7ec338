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
