CREATE VIRTUAL TABLE IF NOT EXISTS main.token_events USING token_events;
