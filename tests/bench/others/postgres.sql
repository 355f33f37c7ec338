-- Settles in PL/pgSQL: row by row in order of time, lots with their life, debts paid by the next lot.
--
-- It ignores: rows that come late, every change of a fact, kinds that pay some apis only.
CREATE INDEX token_lot_by_team ON token_lot(team_id);
CREATE INDEX debt_by_team ON debt(team_id, occurred_at, usage_id);
CREATE INDEX usage_by_client ON usage(client_id, occurred_at);

CREATE FUNCTION draw(p usage) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  team TEXT;
  wanted BIGINT;
  part BIGINT;
  lot RECORD;
BEGIN
  SELECT a.team_id, CAST(round(p.quantity * r.units_each) AS BIGINT) INTO team, wanted
  FROM app_team a
  JOIN rate r ON r.api = p.api AND r.sku = p.sku
    AND r.effective_from <= p.occurred_at AND p.occurred_at < r.effective_to
  WHERE a.client_id = p.client_id AND p.outcome <> 'failed';
  IF wanted IS NULL THEN RETURN; END IF;
  FOR lot IN
    SELECT lot_id, units - used AS free FROM token_lot
    WHERE team_id = team AND used < units AND purchased_at <= p.occurred_at AND p.occurred_at < expires_at
    ORDER BY kind_rank, expires_at, units, purchased_at, lot_id
  LOOP
    part := least(lot.free, wanted);
    INSERT INTO entry VALUES (p.usage_id, lot.lot_id, part, p.occurred_at);
    UPDATE token_lot SET used = used + part WHERE lot_id = lot.lot_id;
    wanted := wanted - part;
    EXIT WHEN wanted = 0;
  END LOOP;
  IF wanted > 0 THEN INSERT INTO debt VALUES (p.usage_id, team, wanted, p.occurred_at); END IF;
END $$;

CREATE FUNCTION pay_debt(p token_lot) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  free BIGINT := p.units;
  part BIGINT;
  owed RECORD;
BEGIN
  FOR owed IN SELECT * FROM debt WHERE team_id = p.team_id ORDER BY occurred_at, usage_id LOOP
    part := least(free, owed.units);
    INSERT INTO entry VALUES (owed.usage_id, p.lot_id, part, p.purchased_at);
    UPDATE debt SET units = units - part WHERE usage_id = owed.usage_id;
    free := free - part;
    EXIT WHEN free = 0;
  END LOOP;
  UPDATE token_lot SET used = p.units - free WHERE lot_id = p.lot_id;
  DELETE FROM debt WHERE team_id = p.team_id AND units = 0;
END $$;

-- Settles the first rows, in order of time; lots come before the usage of their instant.
CREATE FUNCTION settle_first(rows BIGINT) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  fact RECORD;
BEGIN
  FOR fact IN
    SELECT purchased_at AS at, lot_id AS id, l AS lot, NULL::usage AS used FROM token_lot l
    UNION ALL
    SELECT occurred_at, usage_id, NULL, u FROM usage u WHERE usage_id <= rows
    ORDER BY at, lot NULLS LAST, id
  LOOP
    IF fact.lot IS NULL THEN PERFORM draw(fact.used); ELSE PERFORM pay_debt(fact.lot); END IF;
  END LOOP;
END $$;

CREATE FUNCTION settle_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM draw(NEW);
  RETURN NULL;
END $$;
