CREATE VIRTUAL TABLE IF NOT EXISTS main.billing_check USING billing_check;
