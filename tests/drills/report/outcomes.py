"""Outcomes of drills that never were, with all that an outcome can hold."""

from datetime import datetime, timedelta
from math import sin
from typing import Any

from drills.load.outcome import (
    Answers,
    AppliedFault,
    Bucket,
    Checks,
    Clocks,
    Facts,
    Lateness,
    Outcome,
    Pages,
    Quantiles,
    Times,
    Verdict,
)
from drills.load.scenario import Bounds
from shared.policy.values import Text

REAL = datetime.fromisoformat("2026-03-01T02:00:00+00:00")
WORLD = datetime.fromisoformat("2021-02-01T16:00:00+08:00")
SPEED = 60.0


def an_outcome(**changes: Any) -> Outcome:
    """Return the outcome of a drill of four minutes in which alerts, the bus and the database were away."""
    whole: dict[str, Any] = {
        "scenario": "dark-hour",
        "title": Text(
            zh="暗时：到期之际提醒、总线与数据库皆停", en="Dark hour: all is away across deadlines"
        ),
        "seed": 7,
        "url": None,
        "speed": SPEED,
        "times": Times(
            started_real=REAL,
            ended_real=REAL + timedelta(seconds=260),
            started_world=WORLD,
            ended_world=WORLD + timedelta(seconds=260 * SPEED),
        ),
        "facts": {
            "positive": Facts(
                planned=60, sent=60, calls=75, accepted=60, duplicates=12, retried=3, stored=60
            ),
            "negative": Facts(planned=2940, sent=2940, calls=5880, accepted=2940, duplicates=2940),
            "direct-report": Facts(planned=51, sent=51, calls=56, accepted=51, stored=50, lost=1, retried=5),
        },
        "clocks": {
            "direct-report": Clocks(
                expected=60, kept=59, missing=1, states={"met": 40, "met-late": 10, "breached": 8, "void": 1}
            ),
            "review": Clocks(expected=50, kept=50, states={"met": 38, "met-late": 2, "running": 10}),
            "daily-report": Clocks(expected=12340, kept=12340, states={"met": 11800, "breached": 540}),
            "return-registration": Clocks(expected=400, kept=400, states={"met": 300, "running": 100}),
        },
        "pages": {
            "direct-report": Pages(expected=190, sent=189, undecided=4, late=2, missing=1),
            "review": Pages(expected=90, sent=90),
            "daily-report": Pages(expected=1210, sent=1211, twice=1),
        },
        "answers": {
            "direct-report": Answers(limit_hours=2, bin_share=0.1, counts=_hump(20, 6, 9), beyond=3, open=8),
            "review": Answers(limit_hours=2, bin_share=0.1, counts=_hump(20, 4, 10), beyond=0, open=10),
            "daily-report": Answers(limit_hours=None, bin_share=0.1, counts=_hump(20, 9, 4000), open=540),
        },
        "messages": 412,
        "firing": Quantiles(count=1400, p50=0.06, p90=0.2, p95=0.3, p99=0.9, max=2.1),
        "firing_in_faults": Quantiles(count=90, p50=9.0, p90=21.0, p95=24.0, p99=28.0, max=30.5),
        "firing_over_time": tuple(
            Lateness(
                world=WORLD + timedelta(minutes=5 * number),
                count=30,
                p50=12.0 if 15 < number < 24 else 0.05,
                p99=28.0 if 15 < number < 24 else 0.8,
                max=30.5 if 15 < number < 24 else 1.5,
            )
            for number in range(48)
        ),
        "throughput": tuple(_bucket(number) for number in range(50)),
        "rows_per_second": 48.2,
        "latency": {
            "POST /v1/results": Quantiles(count=75, p50=0.021, p90=0.05, p95=0.08, p99=0.4, max=5.1),
            "POST /v1/results/batch": Quantiles(count=12, p50=0.3, p90=0.5, p95=0.6, p99=0.9, max=0.9),
            "POST /v1/cases/{case}/report": Quantiles(
                count=56, p50=0.03, p90=0.06, p95=0.1, p99=0.2, max=0.3
            ),
        },
        "unanswered": {"503": 6, "ConnectError": 2},
        "faults": (
            a_fault("kill", "alerts", 95, 35),
            a_fault("disconnect", "bus", 100, 20),
            a_fault("stop", "database", 105, 25),
        ),
        "checks": (Checks(what="negatives looked up", expected=400, found=400),),
        "bounds": Bounds(slack_seconds=3, lateness_p99_seconds=1.5, request_p99_seconds=1.0),
        "verdict": Verdict(
            passed=False,
            reasons=(Text(zh="直报 A<b> 丢失", en="The direct report A<b> is lost"),),
            omitted=2,
        ),
    }
    return Outcome.model_validate(whole | changes)


def a_fault(does: str, whom: str, at_seconds: float, lasted_seconds: float) -> AppliedFault:
    """Return a fault that was carried out; the part was ready four seconds after it had been put back."""

    def real(seconds: float) -> datetime:
        return REAL + timedelta(seconds=seconds)

    def world(seconds: float) -> datetime:
        return WORLD + timedelta(seconds=seconds * SPEED)

    restored = at_seconds + lasted_seconds
    return AppliedFault(
        does=does,
        whom=whom,
        planned_at="PT1H35M",
        began_real=real(at_seconds),
        began_world=world(at_seconds),
        restored_real=real(restored),
        restored_world=world(restored),
        ready_real=real(restored + 4),
        ready_world=world(restored + 4),
        note="SIGKILL 4711",
    )


def _bucket(number: int) -> Bucket:
    away = 95 <= number * 5 < 130
    rows = round(240 * (1.1 + sin(number / 7)))
    return Bucket(
        real_seconds=number * 5.0,
        width_seconds=5.0,
        rows=rows,
        accepted=rows // 9 if away else rows + (400 if number == 27 else 0),
        retried=rows // 3 if away else 0,
        p99_seconds=4.2 if away else 0.2 + 0.05 * sin(number),
        behind_seconds=6.0 if away else 0.1,
    )


def _hump(length: int, middle: int, top: int) -> tuple[int, ...]:
    return tuple(max(0, round(top * (1 - abs(number - middle) / 6))) for number in range(length))
