CREATE VIRTUAL TABLE IF NOT EXISTS main.unrated_usage USING unrated_usage;
