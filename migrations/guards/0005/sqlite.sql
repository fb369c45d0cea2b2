-- The ledger's guard on SQLite since closed years lie in the archive: only what lies there already may leave the
-- database. Statements end with a line "--;".

CREATE TRIGGER stock_transaction_is_kept BEFORE DELETE ON stock_transaction
WHEN OLD.id > COALESCE((SELECT archived_id FROM ledger_reach), 0)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END
