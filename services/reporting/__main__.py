"""`python -m services.reporting`: cases and daily reports, a process of its own."""

from services.reporting.app import build
from services.reporting.config import Settings
from shared.foundation import run


def main() -> None:
    """Serve until told to end."""
    run("reporting", Settings(), build)  # pyright: ignore[reportCallIssue]  # the environment fills it


if __name__ == "__main__":
    main()
