-- A key that was destroyed or wrapped anew meanwhile is left as it is: its row is looked at again after any wait.
UPDATE {keys}.stream_keys AS present SET wrapped = new.wrapped
FROM unnest(%b, %b, %b) AS new (stream, was, wrapped)
WHERE present.stream = new.stream AND present.wrapped = new.was AND NOT present.destroyed
