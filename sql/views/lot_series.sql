CREATE VIRTUAL TABLE IF NOT EXISTS main.lot_series USING lot_series;
