"""The disks under what must never be lost, looked at when Prometheus asks."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import structlog
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

log = structlog.get_logger()


class DiskCollector(Collector):
    """Free and whole bytes of the file systems under some folders, each by the name an operator gave it.

    Nothing in a folder is read, so a volume may be mounted read-only and belong to somebody else. One that
    cannot be looked at shows no figure, which the rules take for an alarm.
    """

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self._folders = folders

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the bytes that are free to an ordinary user, and the size."""
        free = GaugeMetricFamily("auditor_disk_free_bytes", "Bytes that may still be used", labels=["disk"])
        size = GaugeMetricFamily("auditor_disk_size_bytes", "Bytes of the file system", labels=["disk"])
        for name, folder in self._folders.items():
            try:
                found = os.statvfs(folder)
            except OSError as error:
                log.error("disk not seen", action="look-at-disks", disk=name, reason=type(error).__name__)
                continue
            free.add_metric([name], found.f_bavail * found.f_frsize)
            size.add_metric([name], found.f_blocks * found.f_frsize)
        yield free
        yield size
