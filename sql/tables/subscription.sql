-- The yearly subscription that countries without Flex need beside their credits.
CREATE TABLE IF NOT EXISTS main.subscription(
  account_id TEXT NOT NULL,
  starts_at  TIMESTAMP NOT NULL,
  ends_at    TIMESTAMP NOT NULL
);
