"""What Prometheus would hold after one scrape: series with their labels, the target's among them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.deploy.dashboards import DEPLOY

Labels = dict[str, str]

_SUFFIXES = {
    "counter": ("_total",),
    "histogram": ("_bucket", "_count", "_sum"),
    "summary": ("", "_count", "_sum"),
}


@dataclass(frozen=True, slots=True)
class Target:
    """A process that Prometheus is told to scrape, and the labels that it gives its series."""

    address: str
    labels: Labels


def read_targets() -> dict[str, Target]:
    """Return the targets of prometheus.yml by the process that each is."""
    configuration: dict[str, Any] = yaml.safe_load(
        (DEPLOY / "prometheus" / "prometheus.yml").read_text("utf-8")
    )
    found: dict[str, Target] = {}
    for job in configuration["scrape_configs"]:
        if job["job_name"] != "dutyclock":
            continue
        for group in job["static_configs"]:
            for address in group["targets"]:
                labels = {"job": job["job_name"], "instance": address, **group["labels"]}
                found[labels["process"]] = Target(address, labels)
    return found


@dataclass(slots=True)
class Exposition:
    """Everything exported: the series by metric name, and the names of which there is no series yet."""

    series: dict[str, list[Labels]] = field(default_factory=lambda: defaultdict(list))
    names: set[str] = field(default_factory=set[str])
    families: set[str] = field(default_factory=set[str])
    """The names under which metrics are declared: a histogram once, not three times."""

    def scrape(self, text: str, target: Target) -> None:
        """Take in what a process answered; ValueError where a label of its own is one of the target's."""
        self._add("up", [{}], target)
        for family in text_string_to_metric_families(text):
            if family.name.endswith("_created"):
                continue  # the moment a series was born; the client adds it to each counter and histogram
            names = {family.name + suffix for suffix in _SUFFIXES.get(family.type, ("",))}
            self.names |= names
            self.families.add(family.name + ("_total" if family.type == "counter" else ""))
            for sample in family.samples:
                self._add(sample.name, [dict(sample.labels)], target)

    def record(self, name: str, series: Iterable[Labels]) -> None:
        """Take in what Prometheus itself makes: a recorded rule, its alerts."""
        self.names.add(name)
        self.series[name].extend(series)

    def _add(self, name: str, found: Iterable[Mapping[str, str]], target: Target) -> None:
        self.names.add(name)
        for labels in found:
            if clash := labels.keys() & target.labels.keys():
                raise ValueError(f"{name} has labels that Prometheus would rename: {clash}")
            self.series[name].append({**labels, **target.labels})
