"""What travels over the door of the platform's own alerts: Alertmanager's webhook, version 4."""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.alerts.rules.system_alert import AlertReport, AlertVerdict
from shared.clock import Clock
from shared.errors import DutyclockError, FieldProblem, InvalidInput, MalformedInput, TooLarge
from shared.instants import AnyWireInstant, WireInstant
from shared.strict_json import doubts_of, load_freely, parse_json
from shared.verdicts import Problem

VERSION = "4"
MOST_ALERTS = 1000
AlertName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=100)]
Fingerprint = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{1,32}$")]


class AlertmanagerModel(BaseModel):
    """What Alertmanager sends; what newer versions say beyond it is passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class AlertLabels(AlertmanagerModel):
    """The labels of an alert, of which its name alone is read: others could name anything."""

    alertname: AlertName


class AlertRow(AlertmanagerModel):
    """One alert of a notification."""

    status: Literal["firing", "resolved"]
    labels: AlertLabels
    starts_at: Annotated[WireInstant, Field(alias="startsAt")]
    ends_at: Annotated[AnyWireInstant | None, Field(alias="endsAt")] = None
    """Read of a resolved alert only; of one that fires it is the year 1."""
    fingerprint: Fingerprint

    def report(self, clock: Clock, now: datetime) -> AlertReport:
        """Return what it says in world time; what lies ahead, by a clock that is fast, counts as now."""
        raised_at = _in_world(self.starts_at, clock, now)
        cleared_at: datetime | None = None
        if self.status == "resolved":
            cleared_at = max(raised_at, _in_world(self.ends_at or self.starts_at, clock, now))
        return AlertReport(self.labels.alertname, self.fingerprint, raised_at, cleared_at)


def _in_world(real: datetime, clock: Clock, now: datetime) -> datetime:
    try:
        return min(clock.world(real), now)
    except OverflowError:  # a drill's clock that runs so fast that the world had not begun
        return now


@dataclass(frozen=True, slots=True)
class ReadAlert:
    """An alert as it was read, or why it could not be."""

    row: AlertRow | None
    problems: tuple[FieldProblem, ...] = ()


def read_notification(body: bytes) -> list[ReadAlert]:
    """Return every alert of a notification, each read or refused on its own.

    Raises MalformedInput for what is no JSON, InvalidInput for what is no notification of version 4, TooLarge
    beyond a thousand alerts.
    """
    value = load_freely(body)
    if not isinstance(value, dict):
        raise InvalidInput("A notification of Alertmanager is a JSON object.")
    notification = cast("dict[str, Any]", value)
    if notification.get("version") != VERSION:
        problem = FieldProblem("version", 'must be "4"')
        raise InvalidInput("Only version 4 of Alertmanager's webhook is read.", problems=[problem])
    alerts: Any = notification.get("alerts")
    if not isinstance(alerts, list) or not alerts:
        problem = FieldProblem("alerts", "must be an array of alerts")
        raise InvalidInput("The notification holds no alert.", problems=[problem])
    rows = cast("list[Any]", alerts)
    if len(rows) > MOST_ALERTS:
        raise TooLarge(f"The notification holds {len(rows)} alerts; at most {MOST_ALERTS} are taken.")
    return [_read(row) for row in rows]


def _read(value: Any) -> ReadAlert:
    if problems := doubts_of(value):
        return ReadAlert(None, tuple(problems))
    try:
        return ReadAlert(parse_json(json.dumps(value).encode(), AlertRow))
    except (InvalidInput, MalformedInput) as refused:
        return ReadAlert(None, _problems(refused))


def _problems(refused: DutyclockError) -> tuple[FieldProblem, ...]:
    return tuple(refused.problems) or (FieldProblem("", refused.detail),)


class AlertReceipt(BaseModel):
    """What became of one alert; `index` counts those of the notification from 0."""

    index: int
    verdict: AlertVerdict
    problems: list[Problem] = []


class NotificationReceipt(BaseModel):
    """What became of a notification, alert by alert."""

    raised: int
    cleared: int
    repeated: int
    refused: int
    alerts: list[AlertReceipt]

    @classmethod
    def of(cls, read: list[ReadAlert], settled: tuple[AlertVerdict, ...]) -> "NotificationReceipt":
        """Return the receipt of what was read, with a verdict for each alert that could be."""
        verdicts = iter(settled)
        alerts = [
            AlertReceipt(
                index=index,
                verdict=AlertVerdict.REFUSED if one.row is None else next(verdicts),
                problems=[Problem.of(problem) for problem in one.problems],
            )
            for index, one in enumerate(read)
        ]
        counts = Counter(one.verdict for one in alerts)
        return cls(
            raised=counts[AlertVerdict.RAISED],
            cleared=counts[AlertVerdict.CLEARED],
            repeated=counts[AlertVerdict.REPEATED],
            refused=counts[AlertVerdict.REFUSED],
            alerts=alerts,
        )
