CREATE VIRTUAL TABLE IF NOT EXISTS main.billing_alert USING billing_alert;
