-- What a wallet had consumed in all before a close, paid or not, and how many usages cost it nothing:
-- written by the close. What is stored there has to agree for ever.
CREATE TABLE IF NOT EXISTS main._billing_closed_sum(
  wallet_id INTEGER NOT NULL,
  closed_ms INTEGER NOT NULL,
  units     INTEGER NOT NULL,
  free      INTEGER NOT NULL,
  PRIMARY KEY (wallet_id, closed_ms)
) WITHOUT ROWID;
