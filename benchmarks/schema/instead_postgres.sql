-- What every table of the design gets: a trigger that writes the row, before and after, to the audit table.
CREATE FUNCTION audited() RETURNS trigger LANGUAGE plpgsql AS $audited$
BEGIN
    INSERT INTO audit (of_table, row_id, operation, at, by_user, old_row, new_row)
    VALUES (TG_TABLE_NAME, coalesce(NEW.id, OLD.id), TG_OP, clock_timestamp(), current_user,
        to_jsonb(OLD), to_jsonb(NEW));
    RETURN NULL;
END
$audited$;
