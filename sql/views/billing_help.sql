CREATE VIRTUAL TABLE IF NOT EXISTS main.billing_help USING billing_help;
