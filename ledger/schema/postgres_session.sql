-- What a connection of ours needs, whatever the database, the role or the operator set as a default. Plans are made once:
-- by default, statements with arrays are planned anew each time. All reads follow an index; a plan that was made while
-- a table was empty must not read the whole table when it has grown. A client that is gone without a word is found out
-- after 45 seconds and not after two hours, as it holds one of the server's connections, and the lock of a sleeper.
SELECT
    set_config('synchronous_commit',
        CASE current_setting('synchronous_commit') WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false),
    set_config('default_transaction_isolation', 'read committed', false),
    set_config('search_path', 'pg_catalog', false),
    set_config('client_min_messages', 'warning', false),
    set_config('lock_timeout', {lock_timeout}, false),
    set_config('statement_timeout', {statement_timeout}, false),
    set_config('plan_cache_mode', 'force_generic_plan', false),
    set_config('enable_seqscan', 'off', false),
    set_config('jit', 'off', false),
    set_config('tcp_keepalives_idle', '30', false),
    set_config('tcp_keepalives_interval', '5', false),
    set_config('tcp_keepalives_count', '3', false),
    current_setting('fsync') = 'on',
    pg_backend_pid(),
    (SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid())
