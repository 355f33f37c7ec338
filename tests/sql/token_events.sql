-- token_events: what lots go through, under the team that held them, and how it adds up to wallet_balance.
SELECT billing_install();
INSERT INTO account(account_id, country) VALUES ('A', 'JP'), ('X', NULL);
INSERT INTO team(team_id, account_id) VALUES ('T', 'A'), ('U', 'A'), ('V', 'A');
INSERT INTO app(client_id, account_id) VALUES ('t', 'A'), ('u', 'A');
INSERT INTO app_team VALUES ('t', 'T', '2022-01-01 00:00:00'), ('u', 'U', '2022-01-01 00:00:00');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at, expires_at, voided_at) VALUES
  (1, 'T', 'flex_token',   100, '2022-10-01 00:00:00', NULL, NULL),                  -- waits for Flex
  (2, 'T', 'cloud_credit', 50,  '2022-10-15 00:00:00', NULL, NULL),
  (3, 'T', 'flex_token',   200, '2023-02-01 00:00:00', NULL, NULL),                  -- moves on, with a debt paid there
  (4, 'U', 'flex_token',   80,  '2023-03-01 00:00:00', NULL, '2023-04-01 00:00:00'), -- voided
  (5, 'U', 'flex_token',   70,  '2023-03-01 00:00:00', '2023-04-01 00:00:00', '2023-04-01 00:00:00'),
  (6, 'V', 'flex_token',   10,  '2022-10-01 00:00:00', '2022-11-01 00:00:00', NULL), -- never alive
  (7, 'V', 'flex_token',   0,   '2023-01-01 00:00:00', NULL, NULL),
  (8, 'V', 'flex_token',   30,  '2022-09-01 00:00:00', NULL, NULL);                  -- moves before it is alive
INSERT INTO lot_move VALUES (3, 'U', '2023-02-20 12:00:00.500'), (3, 'V', '2023-02-25 00:00:00'), (8, 'T', '2022-10-20 00:00:00'), (7, 'T', '2023-06-01 00:00:00'), (4, 'T', '2023-04-01 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES
  (1, 't', 'model-derivative', 'rvt', 90, '2022-12-01 00:00:00'),
  (2, 'u', 'model-derivative', 'rvt', 20, '2023-02-10 00:00:00'),
  (3, 'u', 'model-derivative', 'dwg', 25, '2023-02-11 00:00:00'),
  (4, 't', 'model-derivative', 'rvt', 20, '2023-02-15 00:00:00');
SELECT settle();

SELECT * FROM token_events(NULL, '2023-06-01 00:00:00');
-- up to an instant, that instant included
SELECT at, event, lot_id, tokens, other_team FROM token_events('U', '2023-02-20 12:00:00.500');
SELECT count(*) FROM token_events('U', '2023-02-20 12:00:00.499');
SELECT count(*) FROM token_events('nobody');
SELECT count(*) FROM token_events('T', 'then');
-- the column `at` is the event's and no parameter
SELECT event, lot_id FROM token_events WHERE team_id = 'V' AND at = '2023-02-25 00:00:00';

-- it adds up, at any instant: purchased, moved, lapsed, offsets, and what is left
CREATE TEMP VIEW instant AS SELECT DISTINCT at FROM token_events UNION SELECT '2022-10-18 00:00:00' UNION SELECT '2023-02-15 00:00:00';
CREATE TEMP VIEW sums AS
  SELECT i.at, t.team_id, total(iif(e.event = 'purchased', e.tokens, 0)) AS purchased, total(iif(e.event = 'moved', e.tokens, 0)) AS moved,
    -total(iif(e.event IN ('lapsed', 'voided'), e.tokens, 0)) AS lapsed, -total(iif(e.event = 'offset', e.tokens, 0)) AS offset,
    total(iif(e.event <> 'offset', e.tokens, 0)) AS rest
  FROM instant i CROSS JOIN team t LEFT JOIN token_events e ON e.team_id = t.team_id AND e.at <= i.at GROUP BY i.at, t.team_id;
SELECT count(*), sum(abs(s.purchased - w.purchased_ever) > 1e-9), sum(abs(s.moved - w.moved) > 1e-9), sum(abs(s.lapsed - w.lapsed_ever) > 1e-9), sum(abs(s.rest - w.available - w.used_ever) > 1e-9),
  sum(abs(s.offset - (SELECT total(tokens) FROM ledger l WHERE l.team_id = s.team_id AND l.entry = 'offset' AND l.charged_at <= s.at)) > 1e-9)
FROM sums s JOIN wallet_balance w ON w.team_id = s.team_id AND w.at = s.at;
SELECT group_concat(name || ' ' || type, ', ') FROM pragma_table_xinfo('token_events') WHERE hidden = 0;
