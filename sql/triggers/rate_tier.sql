-- A first tier makes its api and sku metered at all times, so the month is counted from its beginning.

CREATE TRIGGER IF NOT EXISTS main._billing_rate_tier_mark_insert AFTER INSERT ON rate_tier
BEGIN
  INSERT INTO _billing_mark_all VALUES (NULL);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_rate_tier_mark_update AFTER UPDATE ON rate_tier
WHEN NOT billing_respelling()
BEGIN
  INSERT INTO _billing_mark_all VALUES (NULL);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_rate_tier_mark_delete AFTER DELETE ON rate_tier
BEGIN
  INSERT INTO _billing_mark_all VALUES (NULL);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;
