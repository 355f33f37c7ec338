CREATE VIRTUAL TABLE IF NOT EXISTS main.uncharged_usage USING uncharged_usage;
