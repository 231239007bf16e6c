"""Secrets in files, as containers have them, for commands that look for them in the environment.

Services read the files themselves (`read_settings`). This imports nothing: `dutyclock up` pays for it too.
"""

from collections.abc import Mapping, MutableMapping
from pathlib import Path

FOLDER_VARIABLE = "DUTYCLOCK_SECRETS_FOLDER"
FORMER_DATABASE_URL = "former_database_url"
"""How the owner entered before its password was made anew; empty where it never was."""
_TAKEN = ("database_url", "nats_url", "dutyclock_secret_key", "dutyclock_sealing_keys")


def take_secret_files(environment: MutableMapping[str, str]) -> None:
    """Put the folder's secrets into the environment; what stands there already comes first."""
    folder = environment.get(FOLDER_VARIABLE)
    if not folder:
        return
    for name in _TAKEN:
        path = Path(folder) / name
        if not environment.get(name.upper()) and path.is_file():
            environment[name.upper()] = path.read_text("utf-8").strip()


def former_database_url(environment: Mapping[str, str]) -> str | None:
    """Return the address that the folder keeps from before a change of the owner's password, if any."""
    folder = environment.get(FOLDER_VARIABLE)
    path = Path(folder) / FORMER_DATABASE_URL if folder else None
    return path.read_text("utf-8").strip() or None if path and path.is_file() else None
