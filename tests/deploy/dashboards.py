"""The dashboards under deploy/grafana, read: panels, and the queries that they make."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.settings import PROJECT

DEPLOY = PROJECT / "deploy"
DASHBOARDS = DEPLOY / "grafana" / "dashboards"

_GRAFANA_VARIABLES = {"$__rate_interval": "1m", "$__range": "6h", "$__interval": "30s"}
_LABEL_VALUES = re.compile(r"label_values\((?P<metric>\w+), (?P<label>\w+)\)")
_LEGEND_LABEL = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@dataclass(frozen=True, slots=True)
class PanelQuery:
    """One target of a panel."""

    panel: str
    expression: str
    legend_labels: frozenset[str]


def dashboard_files() -> list[Path]:
    return sorted(DASHBOARDS.glob("*.json"))


def read_dashboard(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text("utf-8"))


def panels_of(dashboard: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every panel that shows something, those inside collapsed rows too."""
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            yield from panel["panels"]
        else:
            yield panel


def queries_of(dashboard: Mapping[str, Any]) -> Iterator[PanelQuery]:
    """Yield every query, with Grafana's own variables replaced as Grafana would, the dashboard's by "all"."""
    chosen = {f"${variable['name']}": variable["allValue"] for variable in dashboard["templating"]["list"]}
    for panel in panels_of(dashboard):
        for target in panel["targets"]:
            expression: str = target["expr"]
            for variable, value in {**_GRAFANA_VARIABLES, **chosen}.items():
                expression = expression.replace(variable, value)
            yield PanelQuery(
                panel["title"], expression, frozenset(_LEGEND_LABEL.findall(target["legendFormat"]))
            )


def variables_of(dashboard: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield each variable with the metric and the label whose values it offers."""
    for variable in dashboard["templating"]["list"]:
        found = _LABEL_VALUES.fullmatch(variable["query"]["query"])
        assert found is not None, variable["query"]["query"]
        yield variable["name"], found["metric"], found["label"]
