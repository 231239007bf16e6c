"""`python -m services.alerts`: the clocks and the pager, a process of its own; several may run at once."""

from services.alerts.app import build
from services.alerts.config import Settings
from shared.foundation import run


def main() -> None:
    """Serve until told to end."""
    run("alerts", Settings(), build)  # pyright: ignore[reportCallIssue]  # the environment fills it


if __name__ == "__main__":
    main()
