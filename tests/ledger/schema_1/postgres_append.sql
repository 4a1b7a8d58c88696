-- Appends all facts or none, in one round trip: it takes the lock of this log, holds what was decided to what is there
-- now, gives out positions, inserts, and tells who listens. As it is VOLATILE, under READ COMMITTED every statement in it
-- sees what was committed before that statement, so what the SELECT finds under the lock is the end of the log.
--
-- Nothing is inserted if `moved` names streams, or if `destroyed` is another number of destroyed keys than the bodies
-- were sealed at (keys_at; null: bodies that are not sealed).
CREATE FUNCTION {schema}.append(
    streams          uuid[],
    versions         bigint[],
    topics           text[],
    states           bytea[],
    expected_streams uuid[],
    expected_versions bigint[],
    instant          bigint,
    keys_at          bigint,
    OUT last         bigint,
    OUT at           bigint,
    OUT moved        uuid[],
    OUT destroyed    bigint
) LANGUAGE plpgsql VOLATILE AS $append$
BEGIN
    PERFORM pg_advisory_xact_lock({lock}, ({facts}::regclass)::oid::integer);

    SELECT head.position, greatest(head.recorded_at, instant), keys.count,
        (SELECT array_agg(expected.stream)
            FROM unnest(expected_streams, expected_versions) AS expected (stream, version)
            WHERE expected.version <> coalesce((
                SELECT fact.version FROM {schema}.facts AS fact
                WHERE fact.stream = expected.stream ORDER BY fact.version DESC LIMIT 1), 0))
        INTO last, at, destroyed, moved
        FROM {schema}.keys_destroyed AS keys
        LEFT JOIN (SELECT fact.position, fact.recorded_at FROM {schema}.facts AS fact ORDER BY fact.position DESC LIMIT 1)
            AS head ON true;

    IF moved IS NOT NULL OR destroyed <> keys_at THEN
        RETURN;
    END IF;

    INSERT INTO {schema}.facts (position, version, recorded_at, stream, topic, state)
        SELECT coalesce(last, 0) + fact.number, fact.version, at, fact.stream, fact.topic, fact.state
        FROM unnest(streams, versions, topics, states) WITH ORDINALITY AS fact (stream, version, topic, state, number);
    last := coalesce(last, 0) + cardinality(streams);

    PERFORM pg_notify({channel}, last::text);
END
$append$;
