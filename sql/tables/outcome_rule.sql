-- The price of a usage is multiplied by the factor of its outcome; without a row by 1.
CREATE TABLE IF NOT EXISTS main.outcome_rule(
  api     TEXT NOT NULL,
  outcome TEXT NOT NULL,
  factor  REAL NOT NULL,
  PRIMARY KEY (api, outcome)
) WITHOUT ROWID;
