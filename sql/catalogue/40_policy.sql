-- flex_kind and credit_kind name the kinds that the market rules and the columns flex_tokens and
-- cloud_credits speak of.
INSERT INTO main.policy(name, value) VALUES
  ('grace_days',          14),
  ('trial_days',          90),
  ('lot_term',            '+1 year'),
  ('report_lag_days',     1),
  ('low_balance_tokens',  30),
  ('lapse_notice_days',   90),
  ('ending_notice_days',  14),
  ('min_purchase_tokens', 100),
  ('red_percent',         20),
  ('max_close_days_ahead', 400),
  ('unusual_spend_tokens', 10),
  ('unusual_spend_factor', 3),
  ('forecast_days', 28),
  ('restore',             'support'),
  ('flex_kind',           'flex_token'),
  ('credit_kind',         'cloud_credit')
ON CONFLICT DO NOTHING;
