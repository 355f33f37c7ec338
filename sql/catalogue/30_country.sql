-- Countries where Flex is sold for platform APIs since 2022-11-07 00:00 UTC (D24, D32): North
-- America, Europe, Japan and more. The published texts count "over 20" without naming each, so this
-- list is a judgement: correct the rows where you know better.
INSERT INTO main.country(country, flex_from) VALUES
  ('AT', '2022-11-07 00:00:00'),
  ('AU', '2022-11-07 00:00:00'),
  ('BE', '2022-11-07 00:00:00'),
  ('CA', '2022-11-07 00:00:00'),
  ('CH', '2022-11-07 00:00:00'),
  ('CZ', '2022-11-07 00:00:00'),
  ('DE', '2022-11-07 00:00:00'),
  ('DK', '2022-11-07 00:00:00'),
  ('ES', '2022-11-07 00:00:00'),
  ('FI', '2022-11-07 00:00:00'),
  ('FR', '2022-11-07 00:00:00'),
  ('GB', '2022-11-07 00:00:00'),
  ('IE', '2022-11-07 00:00:00'),
  ('IT', '2022-11-07 00:00:00'),
  ('JP', '2022-11-07 00:00:00'),
  ('LU', '2022-11-07 00:00:00'),
  ('NL', '2022-11-07 00:00:00'),
  ('NO', '2022-11-07 00:00:00'),
  ('NZ', '2022-11-07 00:00:00'),
  ('PL', '2022-11-07 00:00:00'),
  ('PT', '2022-11-07 00:00:00'),
  ('SE', '2022-11-07 00:00:00'),
  ('US', '2022-11-07 00:00:00')
ON CONFLICT DO NOTHING;
