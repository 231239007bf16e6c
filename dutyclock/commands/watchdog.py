"""`dutyclock watchdog`: the second receiver of alerts, who also notices when the watchers fall silent."""

import time
from pathlib import Path
from typing import Annotated, NoReturn

import typer
import uvicorn
import uvloop
import yaml

from dutyclock.services import PROJECT
from dutyclock.watchdog.channels import Channels
from dutyclock.watchdog.door import Patience, Watchdog, build_door
from dutyclock.watchdog.heartbeats import Heartbeats
from services.alerts.gateways.channels import UnusableChannel, describe_channel
from shared.http import uvicorn_config
from shared.logs import configure_logs

SHORTEST_TOKEN = 16
_MESSAGES = PROJECT / "dutyclock" / "messages" / "watchdog.yaml"


def watchdog(
    channels: Annotated[
        Path,
        typer.Option(envvar="DUTYCLOCK_WATCHDOG_CHANNELS", help="渠道文件。Apprise addresses, one a line."),
    ],
    token: Annotated[
        Path,
        typer.Option(envvar="DUTYCLOCK_WATCHDOG_TOKEN", help="令牌文件。The token that senders show."),
    ],
    host: Annotated[
        str, typer.Option(envvar="DUTYCLOCK_WATCHDOG_HOST", help="监听地址。Where it listens.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="DUTYCLOCK_WATCHDOG_PORT", help="端口。Its port.")] = 8106,
    certificate: Annotated[
        Path | None,
        typer.Option(envvar="DUTYCLOCK_TLS_CERTIFICATE_FILE", help="证书。With it and its key, TLS alone."),
    ] = None,
    key: Annotated[
        Path | None, typer.Option(envvar="DUTYCLOCK_TLS_KEY_FILE", help="证书的私钥。The key.")
    ] = None,
    heartbeat: Annotated[
        list[str] | None, typer.Option(help="等待的心跳，可重复。A heartbeat to wait for; may be repeated.")
    ] = None,
    silent_minutes: Annotated[
        float, typer.Option(min=0.01, help="静默多久算停止。Silent for so long, it counts as lost.")
    ] = 5.0,
    repeat_minutes: Annotated[
        float, typer.Option(min=0.01, help="未恢复时多久再报。While lost, it is said again after so long.")
    ] = 60.0,
) -> None:
    """看门狗：独立的第二接收人；心跳停止时自行报警。

    The second receiver of alerts; raises the alarm by itself when a heartbeat stops. Run it elsewhere.
    """
    configure_logs("watchdog", "INFO")
    watchdog = Watchdog(
        Channels(_read_channels(channels)),
        Heartbeats(heartbeat or ["monitoring", "auditor"], time.monotonic()),
        Patience(silent_after=silent_minutes * 60, repeat_after=repeat_minutes * 60),
    )
    app = build_door(watchdog, _read_token(token))
    uvloop.run(
        uvicorn.Server(uvicorn_config(app, host=host, port=port, certificate=certificate, key=key)).serve()
    )


def _read_channels(file: Path) -> list[str]:
    addresses: list[str] = []
    for number, line in enumerate(_read(file).splitlines(), start=1):
        address = line.strip()
        if not address or address.startswith("#"):
            continue
        try:
            describe_channel(address)
        except UnusableChannel as error:
            _refuse("bad-channel", file=file, line=number, reason=error)
        addresses.append(address)
    if not addresses:
        _refuse("no-channel", file=file)
    return addresses


def _read_token(file: Path) -> str:
    found = _read(file).strip()
    if len(found) < SHORTEST_TOKEN:
        _refuse("no-token", file=file)
    return found


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        _refuse("no-file", file=file, reason=type(error).__name__)


def _refuse(code: str, **values: object) -> NoReturn:
    message = yaml.safe_load(_MESSAGES.read_text("utf-8"))[code]
    typer.echo(f"{message['zh'].format_map(values)}  {message['en'].format_map(values)}", err=True)
    raise typer.Exit(1)
