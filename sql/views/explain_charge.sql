CREATE VIRTUAL TABLE IF NOT EXISTS main.explain_charge USING explain_charge;
