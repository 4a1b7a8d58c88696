-- Keys of new streams, only while the store's key is the one that wrapped them. FOR SHARE: if somebody changes it at this
-- moment, this waits and then looks again at the changed row; and who changes it later waits until this has ended, and
-- so finds what is added here. A snapshot alone would not do: it shows the old check after it was changed.
WITH current AS MATERIALIZED (
    SELECT true AS stands FROM {keys}.store_keys WHERE name = 'check' AND wrapped = %b FOR SHARE
), added AS (
    INSERT INTO {keys}.stream_keys (stream, destroyed, wrapped)
        SELECT new.stream, false, new.wrapped FROM current, unnest(%b, %b) AS new (stream, wrapped)
        ON CONFLICT DO NOTHING
        RETURNING stream
)
SELECT EXISTS (SELECT FROM current), ARRAY(SELECT stream FROM added)
