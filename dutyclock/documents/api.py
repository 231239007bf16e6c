"""The services' API documents, OpenAPI 3.1 and AsyncAPI 3, written from the code that serves them."""

import asyncio
import base64
import importlib
import json
from pathlib import Path
from typing import Any

import asyncpg
import typer
from litestar import Litestar

from services.alerts import app as alerts
from services.alerts.rules.clock_terms import Law
from shared.asyncapi import asyncapi_document
from shared.foundation import Foundation
from shared.jetstream import SERVICES
from shared.openapi import openapi_document
from shared.postgres import Database

FOLDER = Path("docs/api")
NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"
NO_SECRETS = {"secret_key": "signs nothing", "sealing_keys": f"none:{base64.b64encode(bytes(32)).decode()}"}
"""A service does not stand without keys; these never sign or seal anything."""


def lay_unconnected(service: str) -> Foundation:
    """Return a foundation on a database and a bus that are never connected; needs a running loop."""
    settings_class = importlib.import_module(f"services.{service}.config").Settings
    settings = settings_class(database_url=NOWHERE, nats_url="nats://127.0.0.1:1", **NO_SECRETS)
    database = Database(asyncpg.create_pool(NOWHERE, min_size=0), service)
    return Foundation.lay(service, settings, database)


def assemble_unconnected(service: str, foundation: Foundation | None = None) -> Litestar:
    """Return a service's app as it is served, to be read and not to be run; needs a running loop."""
    return _assemble(service, foundation or lay_unconnected(service))


async def _documents(service: str) -> dict[str, Any]:
    """Build the service on a database that is never connected and return its documents by file name."""
    foundation = lay_unconnected(service)
    app = assemble_unconnected(service, foundation)
    return {
        f"{service}.openapi.json": openapi_document(app),
        f"{service}.asyncapi.json": asyncapi_document(service, foundation.broker),
    }


def _assemble(service: str, foundation: Foundation) -> Litestar:
    if service == "alerts":  # whose law is otherwise read from the database
        return alerts.assemble(foundation, Law([foundation.pack]))
    return importlib.import_module(f"services.{service}.app").build(foundation)


def write_api_documents(folder: Path = FOLDER, *, check: bool = False) -> list[str]:
    """Write the documents of all services and return the names of those that differed.

    With `check` nothing is written.
    """
    changed: list[str] = []
    for service in SERVICES:
        for name, document in asyncio.run(_documents(service)).items():
            text = json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
            path = folder / name
            if not path.exists() or path.read_text("utf-8") != text:
                changed.append(name)
                if not check:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(text, "utf-8")
    return changed


def api(
    check: bool = typer.Option(False, "--check", help="Write nothing; fail where a file differs."),
) -> None:
    """Write docs/api: OpenAPI 3.1 and AsyncAPI 3 of each service."""
    changed = write_api_documents(check=check)
    for name in changed:
        typer.echo(f"{'differs' if check else 'written'}: {FOLDER / name}")
    if check and changed:
        raise typer.Exit(1)
