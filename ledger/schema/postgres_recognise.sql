-- What a schema is to us: not there (no row), holding nothing of anybody's, or with a table that has the shape of ours.
SELECT
    EXISTS (SELECT FROM pg_class WHERE relnamespace = pg_namespace.oid)
        OR EXISTS (SELECT FROM pg_proc WHERE pronamespace = pg_namespace.oid),
    (SELECT count(*) = 2 FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
        WHERE relnamespace = pg_namespace.oid AND relname = 'format' AND attname IN ('kind', 'number'))
FROM pg_namespace WHERE nspname = %s
