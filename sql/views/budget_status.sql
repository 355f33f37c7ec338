CREATE VIRTUAL TABLE IF NOT EXISTS main.budget_status USING budget_status;
