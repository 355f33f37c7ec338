-- Wallets with a closed period, and when its last one ends. A close holds for all wallets that lots tie together.
CREATE VIEW IF NOT EXISTS main._billing_closed_wallet(wallet_id, closed_ms) AS
  WITH RECURSIVE
    held(lot_id, wallet_id) AS (
      SELECT lot_id, wallet_id FROM _billing_holding
      UNION SELECT l.lot_id, w.wallet_id FROM token_lot l JOIN _billing_wallet w ON w.team_id = l.team_id
      UNION SELECT m.lot_id, w.wallet_id FROM lot_move m JOIN _billing_wallet w ON w.team_id = m.team_id),
    tie(a, b) AS (
      SELECT h.wallet_id, k.wallet_id FROM held h JOIN held k ON k.lot_id = h.lot_id AND k.wallet_id <> h.wallet_id),
    member(team_id, wallet_id) AS (
      SELECT w.team_id, w.wallet_id FROM _billing_wallet w WHERE w.team_id IN (SELECT team_id FROM period_close)
      UNION SELECT m.team_id, t.b FROM member m JOIN tie t ON t.a = m.wallet_id)
  SELECT m.wallet_id, max(billing_ms(c.closed_until))
  FROM member m JOIN period_close c ON c.team_id = m.team_id GROUP BY m.wallet_id;
