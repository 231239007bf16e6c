"""The processes of the platform and where their code lies; imports nothing, to keep the supervisor light."""

from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
SERVICES = ("registration", "testing", "alerts", "reporting")
AUDITOR = "auditor"
PROCESSES = (*SERVICES, AUDITOR)
