"""What `dutyclock up` may be told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dutyclock.services import PROJECT

DEFAULT_PORTS: Mapping[str, int] = {
    "registration": 8101,
    "testing": 8102,
    "alerts": 8103,
    "reporting": 8104,
    "auditor": 8105,
}


@dataclass(frozen=True, slots=True)
class Options:
    """One installation on this machine; a port of 0 means any free one."""

    state: Path = Path("var")
    host: str = "127.0.0.1"
    ports: Mapping[str, int] = field(default_factory=lambda: dict(DEFAULT_PORTS))
    database_url: str | None = None
    nats_url: str | None = None
    postgres_port: int | None = None
    nats_port: int | None = None
    policy_folder: Path = PROJECT / "policies" / "chongqing-2021-winter"
    durable: bool = True
    """False only where nothing outlives the run, as in tests that never pull the plug."""
    service_environment: Mapping[str, str] = field(default_factory=dict[str, str])
    """Further settings of the services, a drill's clock for example."""
