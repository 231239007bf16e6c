"""Figures of the clocks: how many there are, how late their steps fire, what is overdue."""

from collections import Counter as Tally
from collections.abc import Iterable, Mapping
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from services.alerts.rules.clock_state import State
from services.alerts.rules.system_alert import AlertVerdict
from services.alerts.storage.clock_records import OpenClocks
from shared.vocabulary import Occasion

LEFT = ("under-30m", "under-2h", "under-12h", "over-12h")
"""What the spans of `LEFT_SECONDS` are called, in their order."""
_LATENESS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60, 300, 900, 3600)


class ClockMetrics:
    """The clocks' figures, in the registry that `/metrics` shows.

    The gauges are what the database holds, the same in every process; the counters and the histogram are
    what this process did, to be summed.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._make_gauges(registry)
        self.armed = Counter(
            "alerts_clocks_armed_total", "Clocks started by this process", ["rule"], registry=registry
        )
        self.closed = Counter(
            "alerts_clocks_closed_total",
            "Clocks closed by this process: met, met late or void",
            ["rule", "state", "district"],
            registry=registry,
        )
        self.breached = Counter(
            "alerts_clocks_breached_total",
            "Clocks that ran out, noticed by this process",
            ["rule", "district"],
            registry=registry,
        )
        self.facts = Counter(
            "alerts_clock_facts_total", "Facts taken in from events, repetitions included", registry=registry
        )
        self.fired = Counter(
            "alerts_clock_steps_fired_total", "Steps fired by this process", ["kind"], registry=registry
        )
        self.lateness = Histogram(
            "alerts_clock_firing_lateness_seconds",
            "From the moment a step was due and known here until it fired, in world time",
            buckets=_LATENESS,
            registry=registry,
        )
        self.set_aside = Counter(
            "alerts_clocks_set_aside_total",
            "Clocks put aside for a minute because they could not be fired; must be zero",
            registry=registry,
        )
        self.duty_seconds = Histogram(
            "alerts_clock_duty_seconds",
            "Seconds that one turn of a timed duty took",
            ["duty"],
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5, 30),
            registry=registry,
        )
        self.duty_failures = Counter(
            "alerts_clock_duty_failures_total",
            "Turns of a timed duty that failed",
            ["duty"],
            registry=registry,
        )
        self.system_alerts = Counter(
            "alerts_system_alerts_total",
            "Alerts of the platform taken from Alertmanager, by verdict",
            ["verdict"],
            registry=registry,
        )
        for kind in Occasion:
            self.fired.labels(kind)
        for verdict in AlertVerdict:
            self.system_alerts.labels(verdict)

    def _make_gauges(self, registry: CollectorRegistry) -> None:
        self._open = Gauge(
            "alerts_clocks_open",
            "Open clocks by rule, state and district",
            ["rule", "state", "district"],
            registry=registry,
        )
        self._running = Gauge(
            "alerts_clocks_running",
            "Clocks that still run, by rule and the time that is left",
            ["rule", "left"],
            registry=registry,
        )
        self._oldest_overdue = Gauge(
            "alerts_clock_oldest_overdue_seconds",
            "Time since the due time of the open clock that is overdue for longest; 0 when none is",
            ["rule", "district"],
            registry=registry,
        )
        self._overdue_by_unit = Gauge(
            "alerts_clocks_overdue_by_unit",
            "Clocks overdue in the twenty townships that have most of them",
            ["unit", "name"],
            registry=registry,
        )
        self._districts = Gauge(
            "alerts_district_info",
            "1 for each district and the municipality: what the district in other figures is called",
            ["district", "name"],
            registry=registry,
        )
        self.faulty = Gauge(
            "alerts_clocks_faulty",
            "Clocks whose last attempt to fire failed; must be zero",
            registry=registry,
        )
        self.oldest_unfired = Gauge(
            "alerts_clock_oldest_unfired_seconds",
            "Time since the oldest step that is due and has not fired; 0 when there is none",
            registry=registry,
        )

    def know_districts(self, names: Mapping[str, str]) -> None:
        """Say what the districts are called that figures name by their code."""
        for district, name in names.items():
            self._districts.labels(district, name).set(1)

    def know_rule(self, rule: str, districts: Iterable[str]) -> None:
        """Show a rule's counters before anything happened: `increase` does not see a series born at 1.

        A clock that is known late breaches as it is armed, so each district's breaches are shown from the
        start; what closes was armed before, so those series come with the first clock (`know_place`).
        """
        self.armed.labels(rule)
        for district in districts:
            self.breached.labels(rule, district)

    def know_place(self, rule: str, district: str) -> None:
        """Show a rule's closings in a district before the first one."""
        for state in (State.MET, State.MET_LATE, State.VOID):
            self.closed.labels(rule, state, district)

    def show(self, open_clocks: Iterable[OpenClocks], rules: Iterable[str], top: str, now: datetime) -> None:
        """Bring the gauges to what the database holds; a rule without any clock shows 0 in `top`.

        Nothing is awaited between clearing and setting, so no scrape comes in between.
        """
        counts: Tally[tuple[str, str, str]] = Tally()
        running: Tally[tuple[str, str]] = Tally()
        oldest: dict[tuple[str, str], float] = {}
        for rule in rules:
            counts.update({(rule, state, top): 0 for state in (State.RUNNING, State.BREACHED)})
            running.update({(rule, left): 0 for left in LEFT})
            oldest[rule, top] = 0.0
        for one in open_clocks:
            counts[one.rule_id, one.state, one.district] += one.clocks
            if one.state is State.RUNNING:
                running[one.rule_id, LEFT[one.place - 1]] += one.clocks
            else:
                oldest[one.rule_id, one.district] = (now - one.oldest_due_at).total_seconds()
            self.know_place(one.rule_id, one.district)
        _replace(self._open, counts)
        _replace(self._running, running)
        _replace(self._oldest_overdue, oldest)

    def show_units(self, overdue: Mapping[tuple[str, str], int]) -> None:
        """Show in which townships (code and name) most clocks are overdue."""
        _replace(self._overdue_by_unit, overdue)


def _replace(gauge: Gauge, values: Mapping[tuple[str, ...], float]) -> None:
    gauge.clear()
    for labels, value in values.items():
        gauge.labels(*labels).set(value)
