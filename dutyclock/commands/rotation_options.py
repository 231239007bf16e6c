"""What is to be made anew, as options: the same for containers and for a cluster."""

from typing import Annotated

import typer

from dutyclock.containers.rotation import Renewable

Anew = Annotated[
    list[Renewable] | None, typer.Option(help="重新生成，可重复。Make this anew; repeat for several.")
]
AddSealingKey = Annotated[
    str | None, typer.Option(help="增加密封密钥（名称），排在最后。Add a sealing key of this name, behind.")
]
FrontSealingKey = Annotated[str | None, typer.Option(help="以该密钥加密。Put this sealing key in front.")]
DropSealingKey = Annotated[str | None, typer.Option(help="移除旧密封密钥。Drop this former sealing key.")]
