-- A tombstone in place of the key, or where one could come; and the log counts it, in the same transaction, so that
-- every process learns of it with the next answer that the log gives.
WITH tombstone AS (
    INSERT INTO {keys}.stream_keys AS present (stream, destroyed, wrapped) VALUES (%b, true, %b)
    ON CONFLICT (stream) DO UPDATE
        SET destroyed = true, wrapped = decode(repeat('00', octet_length(present.wrapped)), 'hex')
)
UPDATE {schema}.keys_destroyed SET count = count + 1 RETURNING count
