-- What a usage may call a sku, from an instant on; '*' stands for every name that nothing knows.
CREATE TABLE IF NOT EXISTS main.sku_alias(
  api            TEXT NOT NULL,
  alias          TEXT NOT NULL,
  sku            TEXT NOT NULL,
  effective_from TIMESTAMP NOT NULL,
  PRIMARY KEY (api, alias, effective_from)
);
