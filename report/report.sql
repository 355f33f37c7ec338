-- The data of a page, one query for each table of it: what billing-report runs after it made
-- temp.page(team, since, until, at): the team or NULL for all; days [since, until); the last instant of them.
--
-- A query returns one line of JSON: [name, [columns], [[row], ...]]. Instants are ISO 8601 with Z, tokens as
-- in the reading tables. What a page draws can be asked in the shell by the same SELECT.

CREATE TEMP VIEW day AS
  WITH RECURSIVE one(day) AS (
    SELECT since FROM page
    UNION ALL
    SELECT date(day, '+1 day') FROM one, page WHERE date(day, '+1 day') < until
  )
  SELECT day FROM one;

CREATE TEMP VIEW wanted AS
  SELECT t.team_id, t.name, a.name AS account
  FROM main.team t JOIN main.account a USING (account_id), page
  WHERE page.team IS NULL OR t.team_id = page.team;

-- The end of each day up to `at`, and of the day before: where the period starts.
CREATE TEMP VIEW sample AS
  SELECT date(since, '-1 day') || ' 23:59:59.999' AS at FROM page
  UNION
  SELECT min(day || ' 23:59:59.999', page.at) FROM day, page WHERE day || ' 00:00:00' <= page.at;

CREATE TEMP TABLE event AS
  SELECT e.team_id, e.at, e.event, e.lot_id, e.kind, e.tokens
  FROM page, wanted w, main.token_events(w.team_id, page.at) e
  WHERE e.at >= page.since;

CREATE TEMP TABLE balance AS
  SELECT w.team_id, b.at, b.balance, b.available, b.uncharged, b.access, b.negative_since, b.grace_ends_at
  FROM wanted w, (SELECT at FROM sample) s, main.wallet_balance(w.team_id, s.at) b;

-- Between two days: where a lot came or went, and where access changed.
CREATE TEMP TABLE change AS
  SELECT team_id, at FROM event
  UNION
  SELECT team_id, negative_since FROM balance, page WHERE negative_since BETWEEN page.since AND page.at
  UNION
  SELECT team_id, grace_ends_at FROM balance, page WHERE grace_ends_at BETWEEN page.since AND page.at;

INSERT INTO balance
  SELECT c.team_id, b.at, b.balance, b.available, b.uncharged, b.access, b.negative_since, b.grace_ends_at
  FROM change c, main.wallet_balance(c.team_id, c.at) b
  WHERE NOT EXISTS (SELECT 1 FROM balance o WHERE o.team_id = c.team_id AND o.at = c.at);

-- The bars as they were at the end of the period, though what was uncharged then may have been paid since.
-- tokens is NULL where usage has no price or no payer, or waits for settle().
CREATE TEMP TABLE bar AS
  SELECT d.day, d.team_id, d.client_id, d.api, d.sku, d.events, d.quantity, d.tokens, d.charged, d.uncharged
  FROM page, main.usage_daily(page.team, page.at) d
  WHERE d.day >= page.since AND d.day < page.until;

-- ---- the lines ----

SELECT json_array('page', json_array('team', 'since', 'until', 'at', 'version'),
  json_array(json((SELECT json_array(team, since, until, replace(at, ' ', 'T') || 'Z', billing_version()) FROM page))));

SELECT json_array('teams', json_array('team', 'name', 'account'),
  json((SELECT json_group_array(json_array(team_id, name, account)) FROM (SELECT * FROM wanted ORDER BY team_id))));

SELECT json_array('apps', json_array('app', 'name'),
  json((SELECT json_group_array(json_array(client_id, name)) FROM main.app WHERE client_id IN (SELECT client_id FROM bar))));

SELECT json_array('apis', json_array('api', 'name'),
  json((SELECT json_group_array(json_array(api, name)) FROM main.api WHERE api IN (SELECT api FROM bar))));

SELECT json_array('usage',
  json_array('day', 'team', 'app', 'api', 'sku', 'events', 'quantity', 'tokens', 'charged', 'uncharged'),
  json((SELECT json_group_array(json_array(d.day, d.team_id, d.client_id, d.api, d.sku, d.events, d.quantity,
                                           d.tokens, d.charged, d.uncharged))
        FROM (SELECT * FROM bar ORDER BY day, team_id, client_id, api, sku) d)));

SELECT json_array('wallets',
  json_array('team', 'balance', 'available', 'uncharged', 'total', 'used', 'access', 'grace_ends', 'min_purchase',
             'next_lapse', 'next_lapse_tokens'),
  json((SELECT json_group_array(json_array(b.team_id, b.balance, b.available, b.uncharged, b.total, b.used, b.access,
                                           replace(b.grace_ends_at, ' ', 'T') || 'Z', b.min_purchase,
                                           replace(b.next_lapse_at, ' ', 'T') || 'Z', b.next_lapse_tokens))
        FROM page, wanted w, main.wallet_balance(w.team_id, page.at) b)));

SELECT json_array('alerts', json_array('team', 'alert', 'since', 'tokens', 'message'),
  json((SELECT json_group_array(json_array(a.team_id, a.alert, replace(a.since, ' ', 'T') || 'Z', a.tokens, a.message))
        FROM page, main.billing_alert(page.team, page.at) a)));

SELECT json_array('balance', json_array('at', 'team', 'balance', 'available', 'uncharged', 'access'),
  json((SELECT json_group_array(json_array(replace(at, ' ', 'T') || 'Z', team_id, balance, available, uncharged, access))
        FROM (SELECT * FROM balance ORDER BY team_id, at))));

SELECT json_array('events', json_array('at', 'team', 'event', 'lot', 'kind', 'tokens', 'balance'),
  json((SELECT json_group_array(json_array(replace(e.at, ' ', 'T') || 'Z', e.team_id, e.event, e.lot_id, e.kind,
                                           e.tokens, b.balance))
        FROM event e JOIN balance b USING (team_id, at))));

SELECT json_array('lots',
  json_array('team', 'lot', 'kind', 'purchased', 'expires', 'size', 'used', 'lapsed', 'remaining', 'state'),
  json((SELECT json_group_array(json_array(l.team_id, l.lot_id, l.kind, replace(l.purchased_at, ' ', 'T') || 'Z',
                                           replace(l.expires_at, ' ', 'T') || 'Z', l.tokens, l.used, l.lapsed,
                                           l.remaining, l.state))
        FROM page, wanted w, main.lot_balance(w.team_id, page.at) l
        WHERE l.purchased_at <= page.at AND (l.remaining > 0 OR l.expires_at >= page.since))));

-- A lot that is not there holds nothing.
SELECT json_array('burning', json_array('day', 'team', 'lot', 'kind', 'expires', 'remaining'),
  json((SELECT json_group_array(json_array(substr(s.at, 1, 10), l.team_id, l.lot_id, l.kind,
                                           substr(l.expires_at, 1, 10), l.remaining))
        FROM (SELECT at FROM sample ORDER BY at) s CROSS JOIN wanted w CROSS JOIN main.lot_balance(w.team_id, s.at) l
        WHERE l.remaining > 0)));

-- The days after the period: what each is expected to cost, and between what in four of five cases.
SELECT json_array('forecast', json_array('day', 'team', 'expected', 'low', 'high'),
  json((SELECT json_group_array(json_array(f.day, f.team_id, f.expected, f.low, f.high))
        FROM page, wanted w, main.forecast_series(w.team_id, page.at, 30) f
        WHERE f.api IS NULL)));

SELECT json_array('outlook', json_array('team', 'runs_out'),
  json((SELECT json_group_array(json_array(f.team_id, f.runs_out_on))
        FROM page, wanted w, main.wallet_forecast(w.team_id, page.at, 90) f)));

-- Opening + purchased + moved - used - offset - lapsed = closing: what was available. Lines of an api or an app
-- say what was theirs. Months are whole, also where the period ends within one.
SELECT json_array('statement',
  json_array('month', 'team', 'line', 'api', 'app', 'opening', 'purchased', 'moved', 'used', 'offset', 'lapsed',
             'closing', 'uncharged_opening', 'uncharged_closing'),
  json((SELECT json_group_array(json_array(s.month, s.team_id, s.line, s.api, s.client_id, s.opening, s.purchased,
                                           s.moved, s.used, s.offset, s.lapsed, s.closing, s.uncharged_opening,
                                           s.uncharged_closing))
        FROM (SELECT DISTINCT substr(day, 1, 7) AS month FROM day, page WHERE day || ' 00:00:00' <= page.at ORDER BY 1) m
             CROSS JOIN wanted w CROSS JOIN main.month_statement(w.team_id, m.month) s)));
