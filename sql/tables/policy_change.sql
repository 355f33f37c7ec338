-- From effective_from on the policy has this value; policy.value holds before the first row.
-- With rowids: integrity_check of SQLite 3.40 sees a NULL in any column that stands between those of the key of a
-- table without.
CREATE TABLE IF NOT EXISTS main.policy_change(
  name           TEXT NOT NULL,
  value          NUMERIC NOT NULL,       -- a number or a text
  effective_from TIMESTAMP NOT NULL,
  PRIMARY KEY (name, effective_from)
);
