-- How facts are appended: all or none, in one round trip. A function takes the lock of this log, holds what was decided
-- to what is there now, gives out positions, inserts, and wakes who sleeps. As it is VOLATILE, under READ COMMITTED every
-- statement in it sees what was committed before that statement, so what the SELECT finds under the lock is the end of
-- the log.
--
-- It notifies only if somebody sleeps, which is to hold the second lock (shared). Who lies down while this transaction
-- holds it waits until it is committed, and then looks once more (ledger/postgreswatch.py). It does not say how many
-- facts there are: every role of a database may listen.
--
-- Nothing is inserted if `moved` names streams, or if `destroyed` is another number of destroyed keys than the bodies
-- were sealed at (keys_at; null: bodies that are not sealed).

-- One fact, whose stream must have the version before it, as one other stream must have its own (null: none need). Most
-- actions and looks are that, and arrays would cost them more than all the rest.
CREATE FUNCTION {schema}.append_one(
    the_stream    uuid,
    the_version   bigint,
    the_topic     text,
    the_state     bytea,
    other_stream  uuid,
    other_version bigint,
    instant       bigint,
    keys_at       bigint,
    OUT last      bigint,
    OUT at        bigint,
    OUT moved     text,
    OUT destroyed bigint
) LANGUAGE plpgsql VOLATILE AS $append$
DECLARE
    stands bigint;
    other_stands bigint;
BEGIN
    PERFORM pg_advisory_xact_lock({lock}, ({facts}::regclass)::oid::integer);

    SELECT keys.count, head.position, greatest(head.recorded_at, instant),
        (SELECT fact.version FROM {schema}.facts AS fact
            WHERE fact.stream = the_stream ORDER BY fact.version DESC LIMIT 1),
        (SELECT fact.version FROM {schema}.facts AS fact
            WHERE fact.stream = other_stream ORDER BY fact.version DESC LIMIT 1)
        INTO destroyed, last, at, stands, other_stands
        FROM {schema}.keys_destroyed AS keys
        LEFT JOIN (SELECT fact.position, fact.recorded_at FROM {schema}.facts AS fact ORDER BY fact.position DESC LIMIT 1)
            AS head ON true;

    IF coalesce(stands, 0) <> the_version - 1 THEN
        moved := the_stream;
    ELSIF coalesce(other_stands, 0) <> other_version THEN
        moved := other_stream;
    END IF;
    IF moved IS NOT NULL OR destroyed <> keys_at THEN
        RETURN;
    END IF;

    last := coalesce(last, 0) + 1;
    INSERT INTO {schema}.facts (position, version, recorded_at, stream, topic, state)
        VALUES (last, the_version, at, the_stream, the_topic, the_state);

    IF NOT pg_try_advisory_xact_lock({asleep}, ({facts}::regclass)::oid::integer) THEN
        PERFORM pg_notify({channel}, '');
    END IF;
END
$append$;

-- Many facts, each at its own instant or all at the first, and many streams that must have a version. Facts with instants
-- of their own do not fit after one that is later: `moved` is empty then, as the end of the log itself has moved.
CREATE FUNCTION {schema}.append_many(
    streams           uuid[],
    versions          bigint[],
    topics            text[],
    states            bytea[],
    expected_streams  uuid[],
    expected_versions bigint[],
    instants          bigint[],
    keys_at           bigint,
    OUT last          bigint,
    OUT at            bigint,
    OUT moved         text,
    OUT destroyed     bigint
) LANGUAGE plpgsql VOLATILE AS $append$
DECLARE
    before bigint;
    stands bigint;
BEGIN
    PERFORM pg_advisory_xact_lock({lock}, ({facts}::regclass)::oid::integer);

    SELECT keys.count, head.position, head.recorded_at
        INTO destroyed, last, before
        FROM {schema}.keys_destroyed AS keys
        LEFT JOIN (SELECT fact.position, fact.recorded_at FROM {schema}.facts AS fact ORDER BY fact.position DESC LIMIT 1)
            AS head ON true;

    FOR each IN 1 .. cardinality(expected_streams) LOOP
        SELECT fact.version INTO stands FROM {schema}.facts AS fact
            WHERE fact.stream = expected_streams[each] ORDER BY fact.version DESC LIMIT 1;
        IF coalesce(stands, 0) <> expected_versions[each] THEN
            moved := concat_ws(' ', moved, expected_streams[each]);
        END IF;
    END LOOP;
    IF cardinality(instants) > 1 AND instants[1] < before THEN
        moved := coalesce(moved, '');
    END IF;
    IF moved IS NOT NULL OR destroyed <> keys_at THEN
        RETURN;
    END IF;

    INSERT INTO {schema}.facts (position, version, recorded_at, stream, topic, state)
        SELECT coalesce(last, 0) + fact.number, fact.version, greatest(before, coalesce(fact.instant, instants[1])),
            fact.stream, fact.topic, fact.state
        FROM unnest(streams, versions, topics, states, instants) WITH ORDINALITY
            AS fact (stream, version, topic, state, instant, number);
    last := coalesce(last, 0) + cardinality(streams);
    at := greatest(before, instants[cardinality(instants)]);

    IF NOT pg_try_advisory_xact_lock({asleep}, ({facts}::regclass)::oid::integer) THEN
        PERFORM pg_notify({channel}, '');
    END IF;
END
$append$;

-- What software of number 1 calls, while it still runs beside newer software; number 3 takes it away.
CREATE OR REPLACE FUNCTION {schema}.append(
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

    IF NOT pg_try_advisory_xact_lock({asleep}, ({facts}::regclass)::oid::integer) THEN
        PERFORM pg_notify({channel}, '');
    END IF;
END
$append$;
