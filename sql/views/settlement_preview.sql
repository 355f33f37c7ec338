CREATE VIRTUAL TABLE IF NOT EXISTS main.settlement_preview USING settlement_preview;
