"""`python -m services.registration`: returns, sentinels and transfers, a process of its own."""

from services.registration.app import build
from services.registration.config import Settings
from shared.foundation import run
from shared.settings import read_settings


def main() -> None:
    """Serve until told to end."""
    run("registration", read_settings(Settings), build)


if __name__ == "__main__":
    main()
