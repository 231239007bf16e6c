"""`python -m services.alerts`: the clocks and the pager, a process of its own; several may run at once."""

from services.alerts.app import build
from services.alerts.config import Settings
from shared.foundation import run
from shared.settings import read_settings


def main() -> None:
    """Serve until told to end."""
    run("alerts", read_settings(Settings), build)


if __name__ == "__main__":
    main()
