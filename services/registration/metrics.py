"""Figures of the registration service."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class Metrics:
    """The service's figures, in the registry that `/metrics` shows."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.statements = Counter(
            "registration_statements_total",
            "Statements received, by ledger and verdict",
            ["ledger", "verdict"],
            registry=registry,
        )
        self.notice_matches_going_on = Gauge(
            "registration_notice_matches_open",
            "What notices from outside name and ledgers hold, not followed to its end",
            registry=registry,
        )
        self.oldest_notice_match = Gauge(
            "registration_notice_match_oldest_seconds",
            "Age of the oldest such match; 0 when there is none",
            registry=registry,
        )
        self.sentinels = Gauge("registration_sentinels", "Sentinels that are open", registry=registry)
        self.silent_sentinels = Gauge(
            "registration_sentinels_silent", "Sentinels that usually report and are silent", registry=registry
        )
        self.late_symptom_reports = Gauge(
            "registration_symptom_reports_late",
            "Sentinels' reports on record that were made after their limit",
            registry=registry,
        )
        self.drug_buyers_to_be_followed = Gauge(
            "registration_drug_buyers_to_be_followed",
            "Buyers of drugs whom somebody must still ask after",
            registry=registry,
        )
        self.missing_symptom_reports = Gauge(
            "registration_symptom_reports_missing",
            "Patients seen by sentinels and not reported although the time is up",
            registry=registry,
        )
        self.stage_change_late = Histogram(
            "registration_stage_change_late_seconds",
            "World seconds from 00:00 of a stage's first day until the plan had gone on to it",
            buckets=(1, 5, 30, 60, 600, 3600, 86_400),
            registry=registry,
        )
        self.handovers_missed = Gauge(
            "registration_handovers_missed",
            "Hand-overs from a site to home whose change has come and that nobody has confirmed",
            registry=registry,
        )
        self.people = Gauge(
            "registration_people",
            "People on each of the lists that part them; each person is on one",
            ["list"],
            registry=registry,
        )
        self.care_corrections = Counter(
            "registration_care_list_corrections_total",
            "People whom the sweep found on another list than the facts put them: should stay at zero",
            registry=registry,
        )
        self.quarantine_rooms = Gauge(
            "registration_quarantine_rooms",
            "Rooms of open sites and of those in reserve, by district: free, taken, or in disinfection",
            ["district", "state"],
            registry=registry,
        )
        self.quarantine_people = Gauge(
            "registration_quarantine_people", "People who stay in sites", ["district"], registry=registry
        )
        self.quarantine_shortfall = Gauge(
            "registration_quarantine_rooms_short",
            "Rooms that lack for the cases that count, by district; zero when nothing lacks",
            ["district"],
            registry=registry,
        )
