"""The rules under deploy/prometheus, and what promtool is told to prove about them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.deploy.dashboards import DEPLOY

RULES = DEPLOY / "prometheus" / "rules"
PROOFS = Path(__file__).with_name("rules")
_PROVED = re.compile(r'ALERTS\{alertname="(\w+)", alertstate="firing"\}')


@dataclass(frozen=True, slots=True)
class Rule:
    """One recording or alerting rule."""

    file: Path
    name: str
    expression: str
    is_alert: bool
    labels: dict[str, str]
    annotations: dict[str, str]


def read_rules() -> Iterator[Rule]:
    """Yield every rule of every file."""
    for file in sorted(RULES.glob("*.yml")):
        for group in yaml.safe_load(file.read_text("utf-8"))["groups"]:
            for rule in group["rules"]:
                yield _rule(file, rule)


def _rule(file: Path, rule: dict[str, Any]) -> Rule:
    return Rule(
        file=file,
        name=rule.get("alert") or rule["record"],
        expression=rule["expr"],
        is_alert="alert" in rule,
        labels=rule.get("labels", {}),
        annotations=rule.get("annotations", {}),
    )


def alerts() -> list[Rule]:
    return [rule for rule in read_rules() if rule.is_alert]


def proofs() -> list[Path]:
    return sorted(PROOFS.glob("*.test.yml"))


def proved() -> Iterator[tuple[str, bool]]:
    """Yield for each proof of promtool which alert it is about, and whether it must fire there."""
    for path in proofs():
        for proof in yaml.safe_load(path.read_text("utf-8"))["tests"]:
            for asked in proof["promql_expr_test"]:
                found = _PROVED.fullmatch(asked["expr"])
                assert found is not None, asked["expr"]
                yield found.group(1), bool(asked["exp_samples"])
