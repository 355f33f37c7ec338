-- Settles each row as it comes, in plain SQL triggers of SQLite.
--
-- They ignore: rows that come late (they take what is left now), the payment of debt by the next lot,
-- every change of a fact, kinds that pay some apis only.
CREATE INDEX token_lot_by_team ON token_lot(team_id);
CREATE TABLE rated(usage_id INTEGER PRIMARY KEY, team_id TEXT, units INTEGER);

CREATE TRIGGER usage_settle AFTER INSERT ON usage
WHEN NEW.outcome <> 'failed'
BEGIN
  INSERT INTO rated
    SELECT NEW.usage_id, a.team_id, CAST(round(NEW.quantity * r.units_each) AS INTEGER)
    FROM app_team a
    JOIN rate r ON r.api = NEW.api AND r.sku = NEW.sku
      AND r.effective_from <= NEW.occurred_at AND NEW.occurred_at < r.effective_to
    WHERE a.client_id = NEW.client_id;
  INSERT INTO entry(usage_id, lot_id, units, charged_at)
    SELECT NEW.usage_id, lot_id, min(upto, wanted) - (upto - free), NEW.occurred_at
    FROM (
      SELECT l.lot_id, l.units - l.used AS free, r.units AS wanted, sum(l.units - l.used) OVER (
        ORDER BY kind_rank, expires_at, l.units, purchased_at, lot_id ROWS UNBOUNDED PRECEDING) AS upto
      FROM rated r JOIN token_lot l ON l.team_id = r.team_id
      WHERE r.usage_id = NEW.usage_id AND l.used < l.units
        AND l.purchased_at <= NEW.occurred_at AND NEW.occurred_at < l.expires_at)
    WHERE upto - free < wanted;
  UPDATE token_lot
    SET used = used + (SELECT units FROM entry e
                       WHERE e.usage_id = NEW.usage_id AND e.lot_id = token_lot.lot_id)
    WHERE lot_id IN (SELECT lot_id FROM entry WHERE usage_id = NEW.usage_id);
  INSERT INTO debt
    SELECT usage_id, team_id,
      units - ifnull((SELECT sum(e.units) FROM entry e WHERE e.usage_id = NEW.usage_id), 0) AS owed,
      NEW.occurred_at
    FROM rated
    WHERE usage_id = NEW.usage_id AND owed > 0;
END;
