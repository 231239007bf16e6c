"""`dutyclock secrets`: passwords, keys and certificates of an installation in containers; their rotation."""

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from dutyclock.commands.rotation_options import AddSealingKey, Anew, DropSealingKey, FrontSealingKey
from dutyclock.containers.rotation import change_sealing_keys, make_anew
from dutyclock.containers.secret_folders import SecretFolders
from dutyclock.supervisor.state import new_sealing_key
from dutyclock.terminal import CannotStart, say
from shared.clock import Clock


def secrets(
    folder: Annotated[Path, typer.Argument(help="密钥目录。The folder of all secrets.")],
    name: Annotated[
        str,
        typer.Option(help="入口的域名或地址，逗号分隔。Names and addresses of the proxy, with commas."),
    ] = "",
    postgres_tls: Annotated[
        Literal["on", "off"],
        typer.Option(envvar="DUTYCLOCK_POSTGRES_TLS", help="数据库是否加密。Off only where it cannot."),
    ] = "on",
    anew: Anew = None,
    add_sealing_key: AddSealingKey = None,
    front_sealing_key: FrontSealingKey = None,
    drop_sealing_key: DropSealingKey = None,
) -> None:
    """生成或补全密钥与证书，可重复执行。Make what is missing of keys and certificates; harmless again.

    以 root 执行时，各容器的文件归其账户所有。As root it gives each container's files to its account.
    轮换之后须重建容器。After making something anew the containers must be made anew: docs/security.md.
    """
    names = [part.strip() for part in name.split(",") if part.strip()]
    try:
        if anew:
            make_anew(folder, anew)
        if add_sealing_key or front_sealing_key or drop_sealing_key:
            added = new_sealing_key(add_sealing_key) if add_sealing_key else None
            change_sealing_keys(folder, add=added, front=front_sealing_key, drop=drop_sealing_key)
        SecretFolders(folder, names, postgres_tls=postgres_tls == "on").write(
            now=Clock().now(), owned=os.geteuid() == 0
        )
    except CannotStart as problem:
        typer.echo(str(problem.sentence), err=True)
        raise typer.Exit(1) from None
    typer.echo(str(say("secrets-written", folder=folder)))
