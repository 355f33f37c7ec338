CREATE VIRTUAL TABLE IF NOT EXISTS main.settlement USING settlement;
