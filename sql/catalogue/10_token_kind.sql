INSERT INTO main.token_kind(kind, rank, name) VALUES
  ('adjustment',   0, 'Adjustment'),
  ('cloud_credit', 1, 'Cloud credit'),
  ('flex_token',   2, 'Flex token')
ON CONFLICT DO NOTHING;
