-- name: lock_system_alerts
-- One notification at a time: two Alertmanagers tell the same alert at the same moment.
SELECT pg_advisory_xact_lock(hashtextextended('system-alerts ' || current_schema(), 0));

-- name: list_episodes
-- The newest first; the subject of a clock of the rule begins with the alert and its fingerprint.
SELECT id AS clock_id, subject, reference_at AS raised_at, stopped_at AS cleared_at
FROM clock
WHERE rule_id = :rule_id
    AND subject >= :prefix ::text AND subject < :prefix ::text || '~'
    AND started_at IS NOT NULL
ORDER BY subject DESC
LIMIT 20
