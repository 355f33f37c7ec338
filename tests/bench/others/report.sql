-- The bars of a month, from the plain tables.
SELECT day, client_id, api, sku, count(*), sum(quantity), sum(units) / 3600000.0
FROM (
  SELECT substr(u.occurred_at, 1, 10) AS day, u.client_id, u.api, u.sku, u.quantity,
    (SELECT sum(e.units) FROM entry e WHERE e.usage_id = u.usage_id) AS units
  FROM usage u
  WHERE u.client_id IN (SELECT client_id FROM app_team WHERE team_id = 'team-0001')
    AND u.occurred_at >= '2023-02-01' AND u.occurred_at < '2023-03-01') AS month
GROUP BY day, client_id, api, sku;
