"""`python -m services.auditor`: who watches the watchers, a process of its own."""

import contextlib

import uvicorn
import uvloop

from services.auditor.app import build
from services.auditor.config import Settings
from shared.http import served_as
from shared.logs import configure_logs
from shared.postgres import Database
from shared.settings import read_settings


async def _serve(settings: Settings) -> None:
    url = settings.database_url.get_secret_value()
    database = await Database.open(url, "alerts", size=settings.database_pool_size)
    app = build(settings, database)
    await uvicorn.Server(served_as(app, settings)).serve()


def main() -> None:
    """Audit until told to end."""
    settings = read_settings(Settings)
    configure_logs("auditor", settings.log_level)
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(_serve(settings))


if __name__ == "__main__":
    main()
