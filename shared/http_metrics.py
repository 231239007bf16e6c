"""What Prometheus is told of HTTP and of the database pool."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from shared.postgres import Database

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class HttpMetrics:
    """Seconds for each answer, by route template, method and status class; never by path or caller."""

    def __init__(self, service: str, registry: CollectorRegistry) -> None:
        self._service = service
        self._registry = registry
        self._seconds = Histogram(
            "http_request_seconds",
            "Seconds from a request's first byte to the end of its answer",
            ["service", "route", "method", "status_class"],
            buckets=_BUCKETS,
            registry=registry,
        )
        self._children: dict[tuple[str, str, int], Histogram] = {}

    def observe(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one answer."""
        key = (route, method, status // 100)
        child = self._children.get(key)
        if child is None:
            child = self._seconds.labels(self._service, route, method, f"{status // 100}xx")
            self._children[key] = child
        child.observe(seconds)

    def expose(self) -> bytes:
        """Return everything in the registry in Prometheus' text format."""
        return generate_latest(self._registry)


class PoolCollector(Collector):
    """The connections of the pool, counted when Prometheus asks."""

    def __init__(self, service: str, database: Database) -> None:
        self._service = service
        self._database = database

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the connections in use, idle, and the most there may be."""
        pool = self._database.pool
        idle = pool.get_idle_size()
        connections = GaugeMetricFamily(
            "database_pool_connections", "Connections of the pool", labels=["service", "state"]
        )
        connections.add_metric([self._service, "idle"], idle)
        connections.add_metric([self._service, "busy"], pool.get_size() - idle)
        yield connections
        limit = GaugeMetricFamily(
            "database_pool_limit_connections", "The most connections the pool may open", labels=["service"]
        )
        limit.add_metric([self._service], pool.get_max_size())
        yield limit


def new_registry() -> CollectorRegistry:
    """Return a registry that holds the figures of the process itself."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    return registry
