-- The store's own keys, wrapped anew, all at once or (no row: the check is another one already) not at all.
WITH current AS (
    UPDATE {keys}.store_keys SET wrapped = %b WHERE name = 'check' AND wrapped = %b RETURNING true
), others AS (
    INSERT INTO {keys}.store_keys AS present (name, wrapped)
        SELECT new.name, new.wrapped FROM current, unnest(%b, %b) AS new (name, wrapped)
        ON CONFLICT (name) DO UPDATE SET wrapped = excluded.wrapped
        RETURNING true
)
SELECT count(*) FROM current
