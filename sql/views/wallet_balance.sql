CREATE VIRTUAL TABLE IF NOT EXISTS main.wallet_balance USING wallet_balance;
