-- What the database itself refuses on PostgreSQL. Statements end with a line "--;".

CREATE EXTENSION IF NOT EXISTS btree_gist
--;
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'check_violation'; END $$
--;
CREATE TRIGGER stock_transaction_stays BEFORE UPDATE OR DELETE ON stock_transaction
FOR EACH ROW EXECUTE FUNCTION refuse_change()
--;
CREATE TRIGGER scan_stays BEFORE UPDATE OR DELETE ON scan FOR EACH ROW EXECUTE FUNCTION refuse_change()
--;
CREATE TRIGGER activity_stays BEFORE UPDATE OR DELETE ON activity FOR EACH ROW EXECUTE FUNCTION refuse_change()
--;
CREATE FUNCTION freeze_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.state, NEW.number, NEW.net, NEW.tax, NEW.gross, NEW.company_id, NEW.address,
        NEW.issued_on) IS DISTINCT FROM (OLD.state, OLD.number, OLD.net, OLD.tax, OLD.gross, OLD.company_id,
        OLD.address, OLD.issued_on) OR (OLD.pdf_id IS NOT NULL AND NEW.pdf_id IS DISTINCT FROM OLD.pdf_id) THEN
        RAISE EXCEPTION 'an issued invoice is frozen' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
--;
CREATE TRIGGER invoice_stays BEFORE UPDATE OR DELETE ON invoice
FOR EACH ROW WHEN (OLD.state = 'issued') EXECUTE FUNCTION freeze_invoice()
--;
CREATE FUNCTION freeze_invoice_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT state FROM invoice WHERE id = OLD.invoice_id) = 'issued' THEN
        RAISE EXCEPTION 'an issued invoice is frozen' USING ERRCODE = 'check_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$
--;
CREATE TRIGGER invoice_line_stays BEFORE UPDATE OR DELETE ON invoice_line
FOR EACH ROW EXECUTE FUNCTION freeze_invoice_line()
--;
ALTER TABLE assignment ADD CONSTRAINT assignment_alone EXCLUDE USING gist
    (organization_id WITH =, asset_id WITH =, tstzrange(starts_at, ends_at, '[)') WITH &&)
    WHERE (state IN ('prepped', 'out'))
--;
-- The peak of what is promised, less what was overbooked on purpose, never exceeds the stock. Repairs
-- record what has happened and are not judged, but they count against everybody else. The product row
-- is locked first, so that two writers are judged one after the other.
CREATE FUNCTION reservation_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE capacity bigint; promised bigint;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'reservations are written in READ COMMITTED only';
    END IF;
    PERFORM 1 FROM product WHERE id = NEW.product_id FOR UPDATE;
    SELECT COALESCE(SUM(level.quantity), 0) INTO capacity
    FROM stock_level level JOIN location ON location.id = level.location_id
    WHERE level.organization_id = NEW.organization_id AND level.product_id = NEW.product_id
      AND location.warehouse_id = NEW.warehouse_id;
    WITH held AS (
        SELECT starts_at, ends_at, GREATEST(quantity - overbooked_quantity - returned_quantity, 0) AS quantity
        FROM reservation
        WHERE organization_id = NEW.organization_id AND product_id = NEW.product_id
          AND warehouse_id = NEW.warehouse_id AND released_at IS NULL
          AND starts_at < NEW.ends_at AND ends_at > NEW.starts_at),
    point AS (SELECT GREATEST(starts_at, NEW.starts_at) AS at FROM held)
    SELECT MAX((SELECT SUM(held.quantity) FROM held WHERE held.starts_at <= point.at AND held.ends_at > point.at))
    INTO promised FROM point;
    IF promised > capacity THEN
        RAISE EXCEPTION 'oversold: % promised of %', promised, capacity USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$
--;
CREATE TRIGGER reservation_fits AFTER INSERT ON reservation FOR EACH ROW
WHEN (NEW.kind <> 'repair' AND NEW.released_at IS NULL
    AND NEW.quantity - NEW.overbooked_quantity - NEW.returned_quantity > 0)
EXECUTE FUNCTION reservation_fits()
--;
CREATE TRIGGER reservation_still_fits AFTER UPDATE ON reservation FOR EACH ROW
WHEN (NEW.kind <> 'repair' AND NEW.released_at IS NULL
    AND NEW.quantity - NEW.overbooked_quantity - NEW.returned_quantity > 0
    AND (OLD.released_at IS NOT NULL OR NEW.starts_at < OLD.starts_at OR NEW.ends_at > OLD.ends_at
         OR NEW.product_id <> OLD.product_id OR NEW.warehouse_id <> OLD.warehouse_id
         OR NEW.quantity - NEW.overbooked_quantity - NEW.returned_quantity
            > OLD.quantity - OLD.overbooked_quantity - OLD.returned_quantity))
EXECUTE FUNCTION reservation_fits()
