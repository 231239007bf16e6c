"""The four services and where their code lies; imports nothing, so that the supervisor stays light."""

from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
SERVICES = ("registration", "testing", "alerts", "reporting")
