"""Figures of a service's side of the bus."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class BusMetrics:
    """What was handled and relayed by this process, and how long the oldest event has been waiting."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.consumed = Counter(
            "dutyclock_messages_consumed_total",
            "Messages handled, by consumer and outcome: handled, retried, dead-letter",
            ["consumer", "outcome"],
            registry=registry,
        )
        self.redelivered = Counter(
            "dutyclock_messages_redelivered_total",
            "Messages that had been delivered before",
            ["consumer"],
            registry=registry,
        )
        self.relayed = Counter(
            "dutyclock_outbox_relayed_total", "Events moved from the outbox to the bus", registry=registry
        )
        self.relay_failures = Counter(
            "dutyclock_outbox_relay_failures_total", "Turns of the relay that failed", registry=registry
        )
        self.outbox_age = Gauge(
            "dutyclock_outbox_oldest_age_seconds",
            "Age of the oldest event still in the outbox, in world time; 0 when there is none",
            registry=registry,
        )
        self.pending = Gauge(
            "dutyclock_consumer_pending_messages",
            "Messages in the stream that have not been handed to the consumer yet",
            ["consumer"],
            registry=registry,
        )
        self.unacknowledged = Gauge(
            "dutyclock_consumer_unacknowledged_messages",
            "Messages handed to the consumer's processes and not answered yet",
            ["consumer"],
            registry=registry,
        )
        self.connected = Gauge("dutyclock_bus_connected", "1 while the bus answers", registry=registry)

    def show_lag(self, consumer: str, *, pending: int, unacknowledged: int) -> None:
        """Show how far a consumer is behind its stream; the same in every process that shares it."""
        self.pending.labels(consumer).set(pending)
        self.unacknowledged.labels(consumer).set(unacknowledged)

    def know_consumer(self, consumer: str) -> None:
        """Show a consumer's counters before anything happened: `increase` does not see a series born at 1."""
        self.redelivered.labels(consumer)
        for outcome in ("handled", "retried", "dead-letter"):
            self.consumed.labels(consumer, outcome)
