-- What the database refuses on SQLite since counts exist. Statements end with a line "--;".

CREATE TRIGGER count_entry_stays BEFORE UPDATE ON count_entry
BEGIN SELECT RAISE(ABORT, 'what was counted is append-only'); END
--;
CREATE TRIGGER count_entry_is_kept BEFORE DELETE ON count_entry
BEGIN SELECT RAISE(ABORT, 'what was counted is append-only'); END
