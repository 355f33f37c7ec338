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
