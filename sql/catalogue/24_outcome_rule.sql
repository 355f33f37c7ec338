-- A failed job is free, whatever the service calls it (D77, D82, D84, Q5); a cancelled Reality
-- Capture job costs all of it.
INSERT INTO main.outcome_rule(api, outcome, factor) VALUES
  ('design-automation', 'failed',                    0),
  ('design-automation', 'failedDownload',            0),
  ('design-automation', 'failedInstructions',        0),
  ('design-automation', 'failedLimitDataSize',       0),
  ('design-automation', 'failedLimitProcessingTime', 0),
  ('design-automation', 'failedUpload',              0),
  ('design-automation', 'failedUploadOptional',      0),
  ('flow-graph-engine', 'failed',                    0),
  ('model-derivative',  'failed',                    0),
  ('reality-capture',   'failed',                    0),
  ('reality-capture',   'cancelled',                 1)
ON CONFLICT DO NOTHING;
