CREATE VIRTUAL TABLE IF NOT EXISTS main.charge_back USING charge_back;
