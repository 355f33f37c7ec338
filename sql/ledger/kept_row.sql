-- Of the rows that an OR REPLACE may be about to drop, those that are settled in a closed period.
CREATE TABLE IF NOT EXISTS main.kept_row(
  id INTEGER PRIMARY KEY                 -- usage_id or lot_id
);
