"""`python -m services.registration`: returns, sentinels and transfers, a process of its own."""

from services.registration.app import build
from services.registration.config import Settings
from shared.foundation import run


def main() -> None:
    """Serve until told to end."""
    run("registration", Settings(), build)  # pyright: ignore[reportCallIssue]  # the environment fills it


if __name__ == "__main__":
    main()
