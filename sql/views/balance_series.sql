CREATE VIRTUAL TABLE IF NOT EXISTS main.balance_series USING balance_series;
