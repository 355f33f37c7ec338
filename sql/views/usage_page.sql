CREATE VIRTUAL TABLE IF NOT EXISTS main.usage_page USING usage_page;
