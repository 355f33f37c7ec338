SELECT billing_install() > 0;

-- what the installed catalogue says
SELECT * FROM token_kind ORDER BY rank;
SELECT api, premium FROM api WHERE premium OR api IN ('data-management', 'viewer', 'authentication', 'webhooks') ORDER BY premium DESC, api;
SELECT * FROM api_alias;
SELECT * FROM sku_alias WHERE api = 'model-derivative' ORDER BY alias, effective_from;
SELECT api, sku, effective_from, tokens, per, rounding, minimum FROM rate_card ORDER BY api, sku, effective_from;
SELECT * FROM outcome_rule ORDER BY api, outcome;
SELECT * FROM policy ORDER BY name;
SELECT count(*) > 20, min(flex_from), max(flex_from) FROM country;
SELECT * FROM country WHERE country IN ('JP', 'US') ORDER BY 1;

-- installing again changes nothing, also where a user has changed or removed rows
UPDATE rate_card SET rounding = 'up' WHERE sku = 'photo';
UPDATE policy SET value = 7 WHERE name = 'grace_days';
SELECT billing_install() > 0;
SELECT rounding FROM rate_card WHERE sku = 'photo';
SELECT value FROM policy WHERE name = 'grace_days';
-- every row of it passes the checks of today
UPDATE token_kind SET kind = kind;
UPDATE api SET premium = premium;
UPDATE api_alias SET api = api;
UPDATE sku_alias SET sku = sku;
UPDATE rate_card SET tokens = tokens;
UPDATE outcome_rule SET factor = factor;
UPDATE policy SET value = value;
UPDATE country SET flex_from = flex_from;

-- a price for a new api needs the api first
INSERT INTO rate_card(api, sku, effective_from, tokens, per, unit) VALUES ('drawing-check', '*', '2025-01-01 00:00:00', 0.25, 1, 'sheet');
INSERT INTO api(api, name, premium) VALUES ('drawing-check', 'Drawing check', 1);
INSERT INTO rate_card(api, sku, effective_from, tokens, per, unit) VALUES ('drawing-check', '*', '2025-01-01 00:00:00', 0.25, 1, 'sheet');
SELECT tokens FROM rate_card WHERE api = 'drawing-check';
