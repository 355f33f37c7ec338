CREATE VIRTUAL TABLE IF NOT EXISTS main.usage_daily USING usage_daily;
