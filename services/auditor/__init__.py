"""Auditor: recomputes from the facts on record whether anything was forgotten.

Owns      nothing; its role may read every service's tables and write none (docs/decisions)
Reads     clocks and their timers, positives and their cases, outboxes, dead letters, pages on their way;
          the audit trails, verified row by row
Publishes nothing on the bus; figures at /metrics, and a heartbeat to the outside after each clean audit
Clauses   渡建胜肺炎组发〔2021〕2号 §3, 渝肺炎组发〔2021〕1号 §3: somebody watches at every hour
"""
