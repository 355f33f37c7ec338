-- No rows. Our triggers name it, and SQLite connects the tables of a trigger when it prepares a
-- statement that may run it; this one can be connected in main only. So a statement that would
-- write to a billing file that is attached under another name is refused before it runs, and a
-- statement on main pays nothing.
CREATE VIRTUAL TABLE IF NOT EXISTS main._billing_main USING billing_main;

-- What triggers write to it: ext/facts/taken.h; and the table that a usage is written to before it
-- is inserted.
CREATE VIRTUAL TABLE IF NOT EXISTS main._billing_arrival USING billing_main(usage);
