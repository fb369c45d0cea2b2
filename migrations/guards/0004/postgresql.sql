-- The ledger's guard on PostgreSQL since it lies in partitions: it holds in each of them. Statements end with a line "--;".

CREATE TRIGGER stock_transaction_stays BEFORE UPDATE OR DELETE ON stock_transaction
FOR EACH ROW EXECUTE FUNCTION refuse_change()
