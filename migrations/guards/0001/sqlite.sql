-- What the database itself refuses on SQLite. Statements end with a line "--;".

CREATE TRIGGER stock_transaction_stays BEFORE UPDATE ON stock_transaction
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END
--;
CREATE TRIGGER stock_transaction_is_kept BEFORE DELETE ON stock_transaction
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END
--;
CREATE TRIGGER scan_stays BEFORE UPDATE ON scan
BEGIN SELECT RAISE(ABORT, 'scans are append-only'); END
--;
CREATE TRIGGER scan_is_kept BEFORE DELETE ON scan
BEGIN SELECT RAISE(ABORT, 'scans are append-only'); END
--;
CREATE TRIGGER activity_stays BEFORE UPDATE ON activity
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END
--;
CREATE TRIGGER activity_is_kept BEFORE DELETE ON activity
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END
--;
CREATE TRIGGER invoice_stays BEFORE UPDATE ON invoice
WHEN OLD.state = 'issued' AND (
    NEW.state <> OLD.state OR NEW.number IS NOT OLD.number OR NEW.net <> OLD.net OR NEW.tax <> OLD.tax
    OR NEW.gross <> OLD.gross OR NEW.company_id <> OLD.company_id OR NEW.address <> OLD.address
    OR NEW.issued_on IS NOT OLD.issued_on OR (OLD.pdf_id IS NOT NULL AND NEW.pdf_id IS NOT OLD.pdf_id))
BEGIN SELECT RAISE(ABORT, 'an issued invoice is frozen'); END
--;
CREATE TRIGGER invoice_is_kept BEFORE DELETE ON invoice WHEN OLD.state = 'issued'
BEGIN SELECT RAISE(ABORT, 'an issued invoice is kept'); END
--;
CREATE TRIGGER invoice_line_stays BEFORE UPDATE ON invoice_line
WHEN (SELECT state FROM invoice WHERE id = OLD.invoice_id) = 'issued'
BEGIN SELECT RAISE(ABORT, 'an issued invoice is frozen'); END
--;
CREATE TRIGGER invoice_line_is_kept BEFORE DELETE ON invoice_line
WHEN (SELECT state FROM invoice WHERE id = OLD.invoice_id) = 'issued'
BEGIN SELECT RAISE(ABORT, 'an issued invoice is frozen'); END
--;
-- Two active assignments of one asset never overlap.
CREATE TRIGGER assignment_alone BEFORE INSERT ON assignment
WHEN NEW.state IN ('prepped', 'out') AND EXISTS (
    SELECT 1 FROM assignment other
    WHERE other.organization_id = NEW.organization_id AND other.asset_id = NEW.asset_id
      AND other.state IN ('prepped', 'out') AND other.starts_at < NEW.ends_at AND other.ends_at > NEW.starts_at)
BEGIN SELECT RAISE(ABORT, 'the asset is assigned elsewhere in this period'); END
--;
CREATE TRIGGER assignment_stays_alone BEFORE UPDATE ON assignment
WHEN NEW.state IN ('prepped', 'out') AND EXISTS (
    SELECT 1 FROM assignment other
    WHERE other.organization_id = NEW.organization_id AND other.asset_id = NEW.asset_id AND other.id <> NEW.id
      AND other.state IN ('prepped', 'out') AND other.starts_at < NEW.ends_at AND other.ends_at > NEW.starts_at)
BEGIN SELECT RAISE(ABORT, 'the asset is assigned elsewhere in this period'); END
--;
-- The peak of what is promised, less what was overbooked on purpose, never exceeds the stock. Repairs
-- record what has happened and are not judged, but they count against everybody else.
CREATE TRIGGER reservation_fits AFTER INSERT ON reservation
WHEN NEW.kind <> 'repair' AND NEW.released_at IS NULL
    AND NEW.quantity - NEW.overbooked_quantity - NEW.returned_quantity > 0
BEGIN
    SELECT RAISE(ABORT, 'oversold') WHERE EXISTS (
        SELECT 1 FROM (
            SELECT NEW.starts_at AS at UNION
            SELECT starts_at FROM reservation
            WHERE organization_id = NEW.organization_id AND product_id = NEW.product_id
              AND warehouse_id = NEW.warehouse_id AND released_at IS NULL
              AND starts_at > NEW.starts_at AND starts_at < NEW.ends_at) point
        WHERE (
            SELECT COALESCE(SUM(MAX(quantity - overbooked_quantity - returned_quantity, 0)), 0) FROM reservation
            WHERE organization_id = NEW.organization_id AND product_id = NEW.product_id
              AND warehouse_id = NEW.warehouse_id AND released_at IS NULL
              AND starts_at <= point.at AND ends_at > point.at
        ) > (
            SELECT COALESCE(SUM(level.quantity), 0) FROM stock_level level
            JOIN location ON location.id = level.location_id
            WHERE level.organization_id = NEW.organization_id AND level.product_id = NEW.product_id
              AND location.warehouse_id = NEW.warehouse_id));
END
--;
CREATE TRIGGER reservation_still_fits AFTER UPDATE ON reservation
WHEN NEW.kind <> 'repair' AND NEW.released_at IS NULL
    AND NEW.quantity - NEW.overbooked_quantity - NEW.returned_quantity > 0
    AND (OLD.released_at IS NOT NULL OR NEW.starts_at < OLD.starts_at OR NEW.ends_at > OLD.ends_at
         OR NEW.product_id <> OLD.product_id OR NEW.warehouse_id <> OLD.warehouse_id
         OR NEW.quantity - NEW.overbooked_quantity - NEW.returned_quantity
            > OLD.quantity - OLD.overbooked_quantity - OLD.returned_quantity)
BEGIN
    SELECT RAISE(ABORT, 'oversold') WHERE EXISTS (
        SELECT 1 FROM (
            SELECT NEW.starts_at AS at UNION
            SELECT starts_at FROM reservation
            WHERE organization_id = NEW.organization_id AND product_id = NEW.product_id
              AND warehouse_id = NEW.warehouse_id AND released_at IS NULL
              AND starts_at > NEW.starts_at AND starts_at < NEW.ends_at) point
        WHERE (
            SELECT COALESCE(SUM(MAX(quantity - overbooked_quantity - returned_quantity, 0)), 0) FROM reservation
            WHERE organization_id = NEW.organization_id AND product_id = NEW.product_id
              AND warehouse_id = NEW.warehouse_id AND released_at IS NULL
              AND starts_at <= point.at AND ends_at > point.at
        ) > (
            SELECT COALESCE(SUM(level.quantity), 0) FROM stock_level level
            JOIN location ON location.id = level.location_id
            WHERE level.organization_id = NEW.organization_id AND level.product_id = NEW.product_id
              AND location.warehouse_id = NEW.warehouse_id));
END
