"""What the watchdog says: alerts as Alertmanager tells them, and heartbeats that are lost or back."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from dutyclock.watchdog.heartbeats import Change

LISTED = 20
"""How many alerts a message lists."""
_CATALOGUE = Path(__file__).parent.parent / "messages" / "watchdog.yaml"
_LANGUAGES = ("zh", "en")


class ToldAlert(BaseModel):
    """One alert of a notification, as far as it is passed on."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    status: Literal["firing", "resolved"]
    labels: dict[str, str] = Field(default_factory=dict[str, str])
    annotations: dict[str, str] = Field(default_factory=dict[str, str])


class Notification(BaseModel):
    """Alertmanager's webhook, version 4, as far as it is passed on."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    version: Literal["4"]
    alerts: Annotated[list[ToldAlert], Field(min_length=1, max_length=1000)]


class Message(BaseModel):
    """A message for one channel."""

    title: str
    body: str


def of_notification(notification: Notification) -> Message:
    """Return the message that passes a notification on: what fires first, each with its runbook."""
    firing = [alert for alert in notification.alerts if alert.status == "firing"]
    resolved = [alert for alert in notification.alerts if alert.status == "resolved"]
    lines = [_line(alert) for alert in [*firing, *resolved][:LISTED]]
    left = len(notification.alerts) - len(lines)
    if left:
        lines += _say("more", count=left)
    return Message(title=_both("alerts", firing=len(firing), resolved=len(resolved)), body="\n".join(lines))


def of_heartbeat(name: str, change: Change, silent_seconds: float) -> Message:
    """Return the message about a heartbeat."""
    values: Mapping[str, Any] = {"name": name, "minutes": int(silent_seconds // 60)}
    body = "\n".join(_say(f"{change}-body", **values))
    return Message(title=_both(change, **values), body=body)


def _line(alert: ToldAlert) -> str:
    name = alert.labels.get("alertname", "?")
    code = "line-firing" if alert.status == "firing" else "line-resolved"
    return _both(
        code,
        name=name,
        severity=alert.labels.get("severity", "?"),
        summary=alert.annotations.get("summary", ""),
        runbook=alert.annotations.get("runbook", ""),
    )


def _both(code: str, **values: Any) -> str:
    return " / ".join(dict.fromkeys(_say(code, **values)))


def _say(code: str, **values: Any) -> Sequence[str]:
    return [_catalogue()[code][language].format_map(values).strip() for language in _LANGUAGES]


@cache
def _catalogue() -> dict[str, dict[str, str]]:
    return yaml.safe_load(_CATALOGUE.read_text("utf-8"))
