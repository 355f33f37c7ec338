-- The ledger: one row per draw of a lot for one usage.
CREATE TABLE IF NOT EXISTS main.ledger_entry(
  lot_id     INTEGER NOT NULL,
  charged_ms INTEGER NOT NULL,
  lot_used   INTEGER NOT NULL,           -- units this lot has paid in all, this entry included,
                                         -- without what came late for an earlier instant: see
                                         -- _billing_late_units
  usage_id   INTEGER NOT NULL,
  units      INTEGER NOT NULL,
  part       INTEGER NOT NULL,           -- 0, 1, … : which payment of the usage this is
  is_offset  INTEGER NOT NULL,           -- 1: a debt was paid by a later lot
  charged_at TIMESTAMP GENERATED ALWAYS AS ( -- no bytes; computed at every insert, so kept cheap
    CASE charged_ms % 1000
      WHEN 0 THEN datetime(charged_ms / 1000, 'unixepoch')
      ELSE strftime('%Y-%m-%d %H:%M:%f', charged_ms / 1000.0, 'unixepoch')
    END
  ) VIRTUAL,
  PRIMARY KEY (lot_id, charged_ms, lot_used)
) WITHOUT ROWID;
