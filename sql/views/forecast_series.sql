CREATE VIRTUAL TABLE IF NOT EXISTS main.forecast_series USING forecast_series;
