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
