"""The reporting service's rows: cases with what was stated about them, and daily reports."""

from pathlib import Path

from shared.postgres import Queries

QUERIES = Queries.load(Path(__file__).parent.parent / "queries")
