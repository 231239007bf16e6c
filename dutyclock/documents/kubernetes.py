"""The manifests for Kubernetes that follow from the code, written or checked for drift."""

import asyncio
from pathlib import Path

import typer

from dutyclock.kubernetes.ingress import ingresses
from dutyclock.kubernetes.monitoring import DASHBOARDS, dashboards_kustomization, prometheus_rule
from dutyclock.kubernetes.nats_configuration import nats_configuration
from dutyclock.kubernetes.scaling import scaled_objects

FOLDER = Path("deploy/k8s")


def generated_files() -> dict[Path, str]:
    """Return the text of each generated file by its place in the project."""
    return {
        FOLDER / "base/nats/nats.conf": nats_configuration(),
        FOLDER / "base/ingress/ingresses.yaml": ingresses(),
        FOLDER / "base/monitoring/prometheus-rules.yaml": prometheus_rule(),
        FOLDER / "components/scale-by-lag/scaled-objects.yaml": asyncio.run(scaled_objects()),
        DASHBOARDS / "kustomization.yaml": dashboards_kustomization(),
    }


def manifests(
    check: bool = typer.Option(False, "--check", help="Write nothing; fail where a file differs."),
) -> None:
    """Write what of deploy/k8s follows from the code, the rules and the dashboards."""
    changed = False
    for path, text in generated_files().items():
        if path.exists() and path.read_text("utf-8") == text:
            continue
        changed = True
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        typer.echo(f"{'differs' if check else 'written'}: {path}")
    if check and changed:
        raise typer.Exit(1)
