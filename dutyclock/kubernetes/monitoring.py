"""Rules and dashboards for a cluster's Prometheus and Grafana: the very files of every installation."""

from pathlib import Path
from typing import Any, cast

import yaml

RULES = Path("deploy/prometheus/rules")
DASHBOARDS = Path("deploy/grafana/dashboards")
ELSEWHERE = ("disks",)
"""Groups that a cluster has no use for: its volumes are watched by the kubelet (volume-rules.yaml)."""

_HEAD = "# Written by `dutyclock documents`; change it there, or the files that it is made from.\n"


def prometheus_rule(folder: Path = RULES) -> str:
    """Return the rule files of `folder` as one PrometheusRule, group by group in the order of their names."""
    groups: list[Any] = []
    for file in sorted(folder.glob("*.yml")):
        document = cast("dict[str, Any]", yaml.safe_load(file.read_text("utf-8")))
        groups += [group for group in document["groups"] if group["name"] not in ELSEWHERE]
    resource = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "dutyclock"},
        "spec": {"groups": groups},
    }
    return _HEAD + _as_yaml(resource)


def dashboards_kustomization(folder: Path = DASHBOARDS) -> str:
    """Return what makes a ConfigMap of each dashboard, found by Grafana's sidecar through its label.

    It stands beside the dashboards, for kustomize reads no file above a folder of its own.
    """
    dashboards = sorted(file.name for file in folder.glob("*.json"))
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "configMapGenerator": [
            {"name": f"dashboard-{Path(name).stem}", "files": [name]} for name in dashboards
        ],
        "generatorOptions": {"disableNameSuffixHash": True, "labels": {"grafana_dashboard": "1"}},
    }
    return _HEAD + _as_yaml(kustomization)


def _as_yaml(document: Any) -> str:
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=200)
