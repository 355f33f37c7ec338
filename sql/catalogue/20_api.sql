-- All that is not premium is free (D22). 'adjustment' is a debit that corrects a closed period.
INSERT INTO main.api(api, name, premium) VALUES
  ('adjustment',          'Adjustment',                       1),
  ('design-automation',   'Automation API',                   1),
  ('flow-graph-engine',   'Flow Graph Engine API',            1),
  ('model-derivative',    'Model Derivative API',             1),
  ('reality-capture',     'Reality Capture API',              1),
  ('account-admin',       'Account Admin API',                0),
  ('acc-issues',          'ACC Issues API',                   0),
  ('aec-data-model',      'AEC Data Model API',               0),
  ('authentication',      'Authentication API',               0),
  ('bim360-issues',       'BIM 360 Issues API',               0),
  ('data-connector',      'Data Connector API',               0),
  ('data-management',     'Data Management API',              0),
  ('data-visualization',  'Data Visualization extension',     0),
  ('model-coordination',  'Model Coordination API',           0),
  ('model-properties',    'Model Properties API',             0),
  ('parameters',          'Parameters API',                   0),
  ('tandem-data',         'Tandem Data API',                  0),
  ('token-flex',          'Token Flex Usage Data API',        0),
  ('viewer',              'Viewer SDK',                       0),
  ('webhooks',            'Webhooks API',                     0)
ON CONFLICT DO NOTHING;
