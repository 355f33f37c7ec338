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
