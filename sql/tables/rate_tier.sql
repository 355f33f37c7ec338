-- Graduated prices: beyond `above` units per calendar month and wallet. Not supported yet.
CREATE TABLE IF NOT EXISTS main.rate_tier(
  api            TEXT NOT NULL,
  sku            TEXT NOT NULL,
  effective_from TIMESTAMP NOT NULL,
  above          REAL NOT NULL,
  tokens         REAL NOT NULL,
  PRIMARY KEY (api, sku, effective_from, above)
) WITHOUT ROWID;
