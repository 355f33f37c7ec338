-- Design Automation API is called Automation API since 2025-07-01.
INSERT INTO main.api_alias(alias, api) VALUES
  ('automation', 'design-automation')
ON CONFLICT DO NOTHING;
