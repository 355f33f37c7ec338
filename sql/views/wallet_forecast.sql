CREATE VIRTUAL TABLE IF NOT EXISTS main.wallet_forecast USING wallet_forecast;
