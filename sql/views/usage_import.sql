CREATE VIRTUAL TABLE IF NOT EXISTS main.usage_import USING usage_import;
