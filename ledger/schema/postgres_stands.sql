-- Which of these facts are in the log, byte for byte. Sealed bodies hold random numbers: no other append made the same.
SELECT count(*), max(fact.position), max(fact.recorded_at)
FROM unnest(%b, %b, %b) AS sent (stream, version, state)
JOIN {schema}.facts AS fact ON (fact.stream, fact.version, fact.state) = (sent.stream, sent.version, sent.state)
