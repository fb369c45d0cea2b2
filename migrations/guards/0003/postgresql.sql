-- What the database refuses on PostgreSQL since counts exist. Statements end with a line "--;".

CREATE TRIGGER count_entry_stays BEFORE UPDATE OR DELETE ON count_entry
FOR EACH ROW EXECUTE FUNCTION refuse_change()
