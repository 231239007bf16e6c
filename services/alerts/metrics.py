"""Figures of the clocks: how many there are, how late their steps fire, what is overdue."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from services.alerts.rules.clock_state import State
from shared.vocabulary import Occasion

_LATENESS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60, 300, 900, 3600)


class ClockMetrics:
    """The clocks' figures, in the registry that `/metrics` shows.

    The gauges are what the database holds, the same in every process; the counters and the histogram are
    what this process did, to be summed.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.open = Gauge(
            "alerts_clocks_open", "Open clocks by rule and state", ["rule", "state"], registry=registry
        )
        self.armed = Counter(
            "alerts_clocks_armed_total", "Clocks started by this process", ["rule"], registry=registry
        )
        self.closed = Counter(
            "alerts_clocks_closed_total",
            "Clocks closed by this process: met, met late or void",
            ["rule", "state"],
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
        self.faulty = Gauge(
            "alerts_clocks_faulty",
            "Clocks whose last attempt to fire failed; must be zero",
            registry=registry,
        )
        self.oldest_overdue = Gauge(
            "alerts_clock_oldest_overdue_seconds",
            "Time since the due time of the open clock that is overdue for longest; 0 when none is",
            registry=registry,
        )
        self.oldest_unfired = Gauge(
            "alerts_clock_oldest_unfired_seconds",
            "Time since the oldest step that is due and has not fired; 0 when there is none",
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
        for kind in Occasion:
            self.fired.labels(kind)

    def know_rule(self, rule: str) -> None:
        """Show a rule's counters before anything happened: `increase` does not see a series born at 1."""
        self.armed.labels(rule)
        for state in (State.MET, State.MET_LATE, State.VOID):
            self.closed.labels(rule, state)
