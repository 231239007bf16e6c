"""Figures of the auditor."""

from prometheus_client import Counter, Gauge

FOUND = Gauge("auditor_found_count", "Things that should not be, by check", ["check"])
OLDEST = Gauge("auditor_oldest_overdue_seconds", "Age of the oldest thing overdue, by check", ["check"])
AUDITS = Counter("auditor_audits_total", "Audits, by outcome", ["outcome"])
LAST_CLEAN = Gauge("auditor_last_clean_timestamp_seconds", "Real time of the last clean audit")
