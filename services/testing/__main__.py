"""`python -m services.testing`: the laboratory side, a process of its own."""

from services.testing.app import build
from services.testing.config import Settings
from shared.foundation import run
from shared.settings import read_settings


def main() -> None:
    """Serve until told to end."""
    run("testing", read_settings(Settings), build)


if __name__ == "__main__":
    main()
