CREATE VIRTUAL TABLE IF NOT EXISTS main.usage_series USING usage_series;
