CREATE VIRTUAL TABLE IF NOT EXISTS main.usage_bars USING usage_bars;
