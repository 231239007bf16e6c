"""Keeps the logs from filling the disk."""

import shutil
from contextlib import suppress
from pathlib import Path

LARGEST_BYTES = 20 * 1024 * 1024


def rotate(folder: Path, largest_bytes: int = LARGEST_BYTES) -> None:
    """Copy every log that has grown too large to <name>.log.1, in place of the former one, and empty it.

    The children go on writing to the same open file; a line written between the two steps is lost.
    """
    for log in folder.glob("*.log"):
        with suppress(OSError):
            if log.stat().st_size > largest_bytes:
                shutil.copyfile(log, log.with_name(log.name + ".1"))
                with log.open("r+b") as stream:
                    stream.truncate(0)
