-- The policies that settlement follows.
CREATE VIEW IF NOT EXISTS main._billing_settled_policy(name) AS
  VALUES ('grace_days'), ('trial_days'), ('lot_term'), ('restore'), ('flex_kind'), ('credit_kind');
