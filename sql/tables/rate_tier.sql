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
