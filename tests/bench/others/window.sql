-- Settles everything in one query: what a team has used so far and what it has bought so far are two
-- rulers, and where they overlap a lot pays a usage.
--
-- It ignores: that a lot pays nothing before its purchase and lapses after a year, what that does to
-- debts and when they are paid, kinds that pay some apis only, prices that depend on earlier use. A late
-- row means to start all over.
INSERT INTO entry(usage_id, lot_id, units, charged_at)
WITH rated AS (
  SELECT u.usage_id, a.team_id, u.occurred_at, CAST(round(u.quantity * r.units_each) AS BIGINT) AS units
  FROM usage u
  JOIN app_team a ON a.client_id = u.client_id
  JOIN rate r ON r.api = u.api AND r.sku = u.sku
    AND r.effective_from <= u.occurred_at AND u.occurred_at < r.effective_to
  WHERE u.outcome <> 'failed'),
spent AS (
  SELECT usage_id, team_id, occurred_at, units, sum(units) OVER (
    PARTITION BY team_id ORDER BY occurred_at, usage_id ROWS UNBOUNDED PRECEDING) AS upto
  FROM rated),
bought AS (
  SELECT lot_id, team_id, units, sum(units) OVER (
    PARTITION BY team_id ORDER BY kind_rank, expires_at, units, purchased_at, lot_id
    ROWS UNBOUNDED PRECEDING) AS upto
  FROM token_lot)
SELECT s.usage_id, b.lot_id, least(s.upto, b.upto) - greatest(s.upto - s.units, b.upto - b.units),
  s.occurred_at
FROM spent s JOIN bought b ON b.team_id = s.team_id
WHERE b.upto > s.upto - s.units AND b.upto - b.units < s.upto;
