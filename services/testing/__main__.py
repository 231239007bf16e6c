"""`python -m services.testing`: the laboratory side, a process of its own."""

from services.testing.app import build
from services.testing.config import Settings
from shared.foundation import run


def main() -> None:
    """Serve until told to end."""
    run("testing", Settings(), build)  # pyright: ignore[reportCallIssue]  # the environment fills it


if __name__ == "__main__":
    main()
