-- Published rates and their history. 2019-10-28 is a day of US Pacific time, the others are UTC.
INSERT INTO main.rate_card(api, sku, effective_from, tokens, per, unit) VALUES
  ('model-derivative',  'complex',   '2016-11-14 00:00:00', 1.5, 1,    'job'),
  ('model-derivative',  'complex',   '2022-03-29 00:00:00', 0.5, 1,    'job'),
  ('model-derivative',  'simple',    '2016-11-14 00:00:00', 0.2, 1,    'job'),
  ('model-derivative',  'simple',    '2022-03-29 00:00:00', 0.1, 1,    'job'),
  ('design-automation', 'autocad',   '2016-11-14 00:00:00', 4,   3600, 'second'),
  ('design-automation', 'autocad',   '2022-03-29 00:00:00', 2,   3600, 'second'),
  ('design-automation', 'revit',     '2019-10-28 07:00:00', 6,   3600, 'second'),
  ('design-automation', 'revit',     '2022-03-29 00:00:00', 2,   3600, 'second'),
  ('design-automation', 'inventor',  '2019-10-28 07:00:00', 6,   3600, 'second'),
  ('design-automation', 'inventor',  '2022-03-29 00:00:00', 2,   3600, 'second'),
  ('design-automation', '3dsmax',    '2019-10-28 07:00:00', 6,   3600, 'second'),
  ('design-automation', '3dsmax',    '2022-03-29 00:00:00', 2,   3600, 'second'),
  ('design-automation', 'fusion',    '2025-06-02 00:00:00', 3,   3600, 'second'),
  ('flow-graph-engine', 'compute',   '2024-11-27 00:00:00', 1,   3600, 'second'),
  ('reality-capture',   'gigapixel', '2017-11-01 00:00:00', 3.5, 1,    'gigapixel'),
  ('reality-capture',   'gigapixel', '2022-03-29 00:00:00', 1,   1,    'gigapixel'),
  ('reality-capture',   'gigapixel', '2022-09-07 00:00:00', NULL, 1,   'gigapixel'),
  ('reality-capture',   'photo',     '2022-09-07 00:00:00', 1,   50,   'photo'),
  ('adjustment',        '*',         '0000-01-01 00:00:00', 1,   1,    'token')
ON CONFLICT DO NOTHING;
