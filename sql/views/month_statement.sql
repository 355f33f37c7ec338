CREATE VIRTUAL TABLE IF NOT EXISTS main.month_statement USING month_statement;
