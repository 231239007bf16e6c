"""`dutyclock secrets`: the passwords, keys and certificates of an installation in containers."""

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from dutyclock.containers.secret_folders import SecretFolders
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
) -> None:
    """生成或补全密钥与证书，可重复执行。Make what is missing of keys and certificates; harmless again.

    以 root 执行时，各容器的文件归其账户所有。As root it gives each container's files to its account.
    """
    names = [part.strip() for part in name.split(",") if part.strip()]
    try:
        SecretFolders(folder, names, postgres_tls=postgres_tls == "on").write(
            now=Clock().now(), owned=os.geteuid() == 0
        )
    except CannotStart as problem:
        typer.echo(str(problem.sentence), err=True)
        raise typer.Exit(1) from None
    typer.echo(str(say("secrets-written", folder=folder)))
