-- From effective_from on the policy has this value; policy.value holds before the first row.
CREATE TABLE IF NOT EXISTS main.policy_change(
  name           TEXT NOT NULL,
  value          NUMERIC NOT NULL,       -- a number or a text
  effective_from TIMESTAMP NOT NULL,
  PRIMARY KEY (name, effective_from)
) WITHOUT ROWID;
