\set tube random(1, 1000000000)
BEGIN;
INSERT INTO physical.result_key (institution, tube_code, revision, sample_id, received_at) VALUES (
    '500104-cdc', 'B' || (:tube)::text, 1, gen_random_uuid(), '2021-02-01T09:00:01Z'
) ON CONFLICT DO NOTHING;
INSERT INTO physical.sample_result (
    sample_id, revision, tube_code, institution, division, method, result,
    sampled_at, resulted_at, recorded_at, received_at, received_from
) VALUES (
    gen_random_uuid(), 1, 'B' || (:tube)::text, '500104-cdc', '500104102001', 'pcr', 'positive',
    '2021-02-01T03:00:00Z', '2021-02-01T09:00:00Z', '2021-02-01T09:00:01Z', '2021-02-01T09:00:01Z', 'abcdefghjkmn'
);
INSERT INTO physical.outbox (event_id, subject, headers, body, created_at) VALUES (
    gen_random_uuid(), 'testing.sample-positive.50.0104.102.001',
    '{"Nats-Msg-Id":"6f1d7a52-6a0c-5a0b-9a53-0d0c7c10c4d1","content-type":"application/json","ce-specversion":"1.0","ce-id":"6f1d7a52-6a0c-5a0b-9a53-0d0c7c10c4d1","ce-source":"/dutyclock/testing","ce-type":"testing.sample-positive","ce-subject":"6f1d7a52-6a0c-5a0b-9a53-0d0c7c10c4d1","ce-time":"2021-02-01T09:00:00+00:00","ce-dataversion":"1","ce-division":"500104102001"}',
    '{"division":"500104102001","occurred_at":"2021-02-01T09:00:00Z","recorded_at":"2021-02-01T09:00:01Z","sample_id":"6f1d7a52-6a0c-5a0b-9a53-0d0c7c10c4d1","tube_code":"B000000001","institution":"500104-cdc","method":"pcr","sampled_at":"2021-02-01T03:00:00Z"}',
    '2021-02-01T09:00:01Z'
);
COMMIT;
