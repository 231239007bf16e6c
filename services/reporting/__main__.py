"""`python -m services.reporting`: cases and daily reports, a process of its own."""

from services.reporting.app import build
from services.reporting.config import Settings
from shared.foundation import run
from shared.settings import read_settings


def main() -> None:
    """Serve until told to end."""
    run("reporting", read_settings(Settings), build)


if __name__ == "__main__":
    main()
