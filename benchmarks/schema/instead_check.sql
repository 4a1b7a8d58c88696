-- May this session be held? One statement, each question by an index: is the episode open at that instant, is the actor
-- on its team, have all guardians with authority consented, and is there room in the budget.
SELECT
    episode.id,
    episode.started_at <= :at AND (episode.closed_at IS NULL OR episode.closed_at > :at) AS is_open,
    EXISTS (
        SELECT 1 FROM team WHERE team.episode_id = episode.id AND team.professional = :actor
            AND team.since <= :at AND (team.until IS NULL OR team.until > :at)
    ) AS on_team,
    NOT EXISTS (
        SELECT 1 FROM guardian WHERE guardian.child_id = :child AND guardian.has_authority AND NOT EXISTS (
            SELECT 1 FROM consent WHERE consent.guardian_id = guardian.id AND consent.given_at <= :at
                AND (consent.revoked_at IS NULL OR consent.revoked_at > :at)
                AND (consent.programme IS NULL OR consent.programme = episode.programme))
    ) AS consented,
    episode.budget IS NULL OR (
        SELECT count(*) FROM session WHERE session.episode_id = episode.id AND session.form <> 'bridging'
    ) < episode.budget AS fits
FROM episode WHERE episode.child_id = :child AND episode.reference = :episode
