CREATE VIRTUAL TABLE IF NOT EXISTS main.lot_balance USING lot_balance;
