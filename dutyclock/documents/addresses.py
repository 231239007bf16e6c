"""One address for all services: which path leads to which service, for the proxy of an installation.

A path of the API names its resource, and each resource is one service's, so `/v1/results` needs no more.
What every service has (`/v1/events`, `/openapi.json`) is reached with the service's name before it.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import typer

from dutyclock.services import PROCESSES, SERVICES
from dutyclock.supervisor.options import DEFAULT_PORTS

FILE = Path("deploy/compose/caddy/routes.caddy")
DOCUMENTS = Path("docs/api")
ONE_TAP_LINKS = "/a"
"""The links in pages: they stand in no API document, for they are for people."""

_BLOCK = """\
({service}) {{
	reverse_proxy {{
		dynamic a {service} {port} {{
			refresh 2s
		}}
		lb_policy least_conn
		lb_try_duration 5s
		lb_try_interval 100ms
		transport http {{
			tls_trusted_ca_certs /run/secrets/ca.crt
			tls_server_name {service}
			dial_timeout 2s
		}}
	}}
}}
"""


def resources_by_service(folder: Path = DOCUMENTS) -> Mapping[str, Sequence[str]]:
    """Return the paths whose subtree is one service's alone, by service: `/v1/results` of testing."""
    owners: dict[str, set[str]] = defaultdict(set)
    for service in SERVICES:
        document = json.loads((folder / f"{service}.openapi.json").read_text("utf-8"))
        for path in document["paths"]:
            parts = path.split("/")
            if parts[1] == "v1":
                owners["/".join(parts[:3])].add(service)
    found: dict[str, list[str]] = {service: [] for service in SERVICES}
    found["alerts"].append(ONE_TAP_LINKS)
    for path, services in sorted(owners.items()):
        if len(services) == 1:
            found[services.pop()].append(path)
    return found


def routes_of_caddy(resources: Mapping[str, Sequence[str]]) -> str:
    """Return the routes as the proxy reads them."""
    lines = ["# Made by `dutyclock documents` from docs/api; not to be edited.", ""]
    lines += [_BLOCK.format(service=name, port=DEFAULT_PORTS[name]) for name in PROCESSES]
    lines += ["(routes) {"]
    for service, paths in resources.items():
        matched = " ".join(f"{path} {path}/*" for path in paths)
        lines += [f"\t@{service} path {matched}", f"\thandle @{service} {{", f"\t\timport {service}", "\t}"]
    for service in PROCESSES:
        lines += [f"\thandle_path /{service}/* {{", f"\t\timport {service}", "\t}"]
    lines += ["\thandle /problems/* {", "\t\timport reporting", "\t}", "}"]
    return "\n".join(lines) + "\n"


def addresses(
    check: bool = typer.Option(False, "--check", help="Write nothing; fail where the file differs."),
) -> None:
    """Write the proxy's routes."""
    text = routes_of_caddy(resources_by_service())
    if FILE.exists() and FILE.read_text("utf-8") == text:
        return
    typer.echo(f"{'differs' if check else 'written'}: {FILE}")
    if check:
        raise typer.Exit(1)
    FILE.write_text(text, "utf-8")
