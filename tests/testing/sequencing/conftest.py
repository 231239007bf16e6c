"""The testing service as a process, and whoever calls it, as for laboratories."""

from tests.testing.laboratories.conftest import municipality, testing

__all__ = ["municipality", "testing"]
