-- INSERT INTO _billing_keep_name says which name is to change: of a sku from an instant on, or of an api (alias
-- NULL). Usage that a close holds keeps its names. What is pending or unrated, and what counts at the close, gets
-- them from the close on.
CREATE VIEW IF NOT EXISTS main._billing_keep_name(api, alias, since) AS VALUES (NULL, NULL, NULL);

CREATE TRIGGER IF NOT EXISTS main._billing_keep_name_insert INSTEAD OF INSERT ON _billing_keep_name
BEGIN
  INSERT INTO _billing_closed_name
    SELECT u.usage_id, billing_api(u.api), billing_sku(u.api, u.sku, u.occurred_at) FROM usage u
    WHERE u.occurred_at >= ifnull(NEW.since, '')
      AND iif(NEW.alias IS NULL, u.api = NEW.api COLLATE NOCASE, billing_api(u.api) = billing_api(NEW.api)
        AND (NEW.alias = '*' OR u.sku = NEW.alias COLLATE NOCASE))
      AND billing_ms(u.occurred_at) < billing_closed_until(payer(u.client_id, u.occurred_at))
      AND billing_keep_asked(u.usage_id, u.client_id, u.occurred_at)
    ON CONFLICT DO NOTHING;
END;
