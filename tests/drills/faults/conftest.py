"""A docker command for tests: a script that writes down what it is told. The engine is the world outside."""

import json
from pathlib import Path

import pytest

from tests.drills.faults.scenarios import ALERTS, BUS

DOCKER = """\
#!/bin/sh
echo "$*" >> "$0.told"
if [ -e "$0.refuses" ] && grep -qx "$1" "$0.refuses"; then
  echo "Error response from daemon: no" >&2
  exit 1
fi
case "$*" in
  ps*project=winter*service=nats*) echo {bus} ;;
  ps*project=winter*service=alerts*) echo {one}; echo {two} ;;
  inspect*)
    shift; between='['
    for id; do printf '%s' "$between"; cat "$0.$id"; between=,; done
    printf ']' ;;
esac
"""


@pytest.fixture
def docker(tmp_path: Path) -> Path:
    """A command that knows a project `winter`: the bus in one network, two processes of alerts in two."""
    script = tmp_path / "docker"
    script.write_text(DOCKER.format(bus=BUS, one=ALERTS[0], two=ALERTS[1]), "utf-8")
    script.chmod(0o755)
    script.with_name("docker.told").touch()
    both: dict[str, object] = {"winter_front": {}, "winter_back": {"Aliases": None}}
    described = {BUS: {"winter_back": {"Aliases": ["winter-nats-1", "nats", BUS[:12]]}}}
    for container, networks in {**described, **dict.fromkeys(ALERTS, both)}.items():
        document = {"Id": container, "NetworkSettings": {"Networks": networks}}
        script.with_name(f"docker.{container}").write_text(json.dumps(document), "utf-8")
    return script
