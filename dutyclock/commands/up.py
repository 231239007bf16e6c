"""`dutyclock up`: the whole platform on this machine, until Ctrl-C."""

import asyncio
import os
import signal
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from dutyclock.services import PROJECT
from dutyclock.supervisor.options import DEFAULT_PORTS, Options
from dutyclock.supervisor.platform import Addresses, Platform, usable_home
from dutyclock.supervisor.screen import StartProgress, refuse, show_ready, tell
from dutyclock.terminal import CannotStart, say

ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PORT_HELP = "端口，0 为任选。Port; 0 takes a free one."


def up(
    state: Annotated[
        Path, typer.Option(envvar="DUTYCLOCK_STATE", help="状态目录。Where everything is kept.")
    ] = Path("var"),
    host: Annotated[
        str, typer.Option(envvar="DUTYCLOCK_HOST", help="监听地址。Where the services listen.")
    ] = "127.0.0.1",
    registration_port: Annotated[
        int, typer.Option(envvar="DUTYCLOCK_REGISTRATION_PORT", help=PORT_HELP)
    ] = DEFAULT_PORTS["registration"],
    testing_port: Annotated[
        int, typer.Option(envvar="DUTYCLOCK_TESTING_PORT", help=PORT_HELP)
    ] = DEFAULT_PORTS["testing"],
    alerts_port: Annotated[int, typer.Option(envvar="DUTYCLOCK_ALERTS_PORT", help=PORT_HELP)] = DEFAULT_PORTS[
        "alerts"
    ],
    reporting_port: Annotated[
        int, typer.Option(envvar="DUTYCLOCK_REPORTING_PORT", help=PORT_HELP)
    ] = DEFAULT_PORTS["reporting"],
    auditor_port: Annotated[
        int, typer.Option(envvar="DUTYCLOCK_AUDITOR_PORT", help=PORT_HELP)
    ] = DEFAULT_PORTS["auditor"],
    postgres_port: Annotated[
        int | None,
        typer.Option(
            envvar="DUTYCLOCK_POSTGRES_PORT", help="内置 PostgreSQL 的端口。Port of the embedded PostgreSQL."
        ),
    ] = None,
    nats_port: Annotated[
        int | None,
        typer.Option(envvar="DUTYCLOCK_NATS_PORT", help="内置 NATS 的端口。Port of the embedded NATS."),
    ] = None,
    policy: Annotated[
        Path,
        typer.Option(envvar="DUTYCLOCK_POLICY_FOLDER", help="所用的政策包。The pack of rules in force."),
    ] = PROJECT / "policies" / "chongqing-2021-winter",
) -> None:
    """启动全部服务并看护。Start everything and watch it, until Ctrl-C.

    设置 DATABASE_URL 与 NATS_URL 后，使用您自己的 PostgreSQL 与 NATS，不再启动内置的。
    With DATABASE_URL and NATS_URL set, those are used instead of the embedded servers.
    """
    options = Options(
        state=state,
        host=host,
        ports={
            "registration": registration_port,
            "testing": testing_port,
            "alerts": alerts_port,
            "reporting": reporting_port,
            "auditor": auditor_port,
        },
        database_url=os.environ.get("DATABASE_URL") or None,
        nats_url=os.environ.get("NATS_URL") or None,
        postgres_port=postgres_port,
        nats_port=nats_port,
        policy_folder=policy,
    )
    os.environ["HOME"] = usable_home(state.resolve())
    raise typer.Exit(asyncio.run(_run(options, Console(highlight=False))))


async def _run(options: Options, console: Console) -> int:
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in ENDING_SIGNALS:
        loop.add_signal_handler(number, ending.set)
    began = time.monotonic()
    with StartProgress(console) as progress:
        platform = Platform(options, progress, lambda sentence: tell(console, sentence))
        starting = asyncio.create_task(platform.start())
        try:
            addresses = await _unless(ending, starting)
        except CannotStart as problem:
            progress.__exit__()
            refuse(console, problem.sentence)
            return 1
    if addresses is None:
        tell(console, say("stopped"))
        return 130
    show_ready(console, addresses, time.monotonic() - began)
    watching = asyncio.create_task(platform.watch())
    try:
        await _unless(ending, watching)
    finally:
        tell(console, say("stopping"))
        await platform.stop()
        tell(console, say("stopped"))
    return 0


async def _unless(
    ending: asyncio.Event, work: asyncio.Task[Addresses] | asyncio.Task[None]
) -> Addresses | None:
    """The result of `work`, or None once it has been cancelled because the end was asked for."""
    asked = asyncio.create_task(ending.wait())
    await asyncio.wait((asked, work), return_when=asyncio.FIRST_COMPLETED)
    if not work.done():
        work.cancel()
        await asyncio.wait((work,))
    asked.cancel()
    return None if work.cancelled() else work.result()
