CREATE VIRTUAL TABLE IF NOT EXISTS main.usage_status USING usage_status;
