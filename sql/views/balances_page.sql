CREATE VIRTUAL TABLE IF NOT EXISTS main.balances_page USING balances_page;
