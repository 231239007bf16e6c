"""`dutyclock duty`: fill the duty roster from a file, and see who is on duty."""

import os
from pathlib import Path
from typing import Annotated, Any, cast

import httpx
import typer
from rich.console import Console
from rich.table import Table

from dutyclock.terminal import Catalogue
from shared.clock import SHANGHAI
from shared.instants import parse_instant

app = typer.Typer(
    help="值班表：导入、查看。The duty roster: fill it, see who is on duty.",
    no_args_is_help=True,
    add_completion=False,
)

MEDIA = {
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".json": "application/json",
    ".jsonl": "application/x-ndjson",
    ".ndjson": "application/x-ndjson",
    ".csv": "text/csv",
}
_CATALOGUE = Catalogue(Path(__file__).parent.parent / "messages" / "duty.yaml")
_say, _refuse = _CATALOGUE.line, _CATALOGUE.refuse

Address = Annotated[
    str, typer.Option("--url", envvar="DUTYCLOCK_ALERTS_URL", help="告警服务地址。The alerts service.")
]
Key = Annotated[
    str,
    typer.Option(
        envvar="DUTYCLOCK_KEY", help="密钥。A key with duty:write or duty:read.", show_default=False
    ),
]
DEFAULT_URL = "http://127.0.0.1:8103"


@app.command()
def load(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="值班表文件，字段同 POST /v1/duty。The roster, with the fields of POST /v1/duty.",
            show_default=False,
        ),
    ],
    url: Address = DEFAULT_URL,
    key: Key = "",
) -> None:
    """导入值班表。Fill the roster from YAML, JSON, JSON lines or CSV; 1 if a row is refused."""
    media = MEDIA.get(file.suffix.lower())
    if media is None:
        _refuse("unknown-kind", kinds=", ".join(MEDIA))
    try:
        content = file.read_bytes()
    except OSError as error:
        _refuse("no-file", file=file, reason=error.strerror)
    receipt = _call("POST", url, "/v1/duty", key, content=content, headers={"content-type": media})
    for row in receipt["rows"]:
        for problem in row["problems"]:
            typer.echo(_say("row-refused", place=row["place"], **problem), err=True)
    typer.echo(_say("loaded", **{name: receipt[name] for name in ("stored", "unchanged", "refused")}))
    if receipt["refused"]:
        raise typer.Exit(1)


@app.command()
def now(
    division: Annotated[
        str, typer.Argument(help="区划代码。The division, such as 500104102.", show_default=False)
    ],
    url: Address = DEFAULT_URL,
    key: Key = "",
) -> None:
    """查看当前值守与未来七天的空缺。Show who is on duty, and when in the next 7 days nobody will be."""
    duty = _call("GET", url, "/v1/duty/now", key, params={"division": division})
    table = Table("post 岗位", "on duty 值守", "found in 所在", "gaps 空缺", title=duty["name"])
    for post in duty["posts"]:
        table.add_row(
            f"{post['title']['zh']} {post['title']['en']}",
            ", ".join(f"{one['name']} ({one['id']})" for one in post["on_duty"]) or "—",
            post["found_in_name"] or "—",
            "\n".join(f"{_shown(gap['from_at'])} – {_shown(gap['until_at'])}" for gap in post["gaps"]),
        )
    Console(width=None if os.isatty(1) else 200).print(table)


def _shown(instant: str) -> str:
    return parse_instant(instant).astimezone(SHANGHAI).strftime("%m-%d %H:%M")


def _call(method: str, url: str, path: str, key: str, **request: Any) -> dict[str, Any]:
    if not key.strip():
        _refuse("no-key")
    headers = {**request.pop("headers", {}), "authorization": f"Bearer {key.strip()}"}
    try:
        answer = httpx.request(
            method, url.rstrip("/") + path, headers=headers, timeout=60, trust_env=False, **request
        )
        document = cast("dict[str, Any]", answer.json())
    except (httpx.HTTPError, ValueError):
        _refuse("no-service", url=url)
    if answer.is_success:
        return document
    for problem in document.get("problems", ()):
        typer.echo(f"{problem['field']}: {problem['reason']}", err=True)
    return _refuse(
        "refused", title=document.get("title_zh", ""), detail=document.get("detail", answer.status_code)
    )
