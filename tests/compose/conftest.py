"""The tests with an engine are `make test-compose`; without it they are not collected."""

import os

collect_ignore = [] if os.environ.get("DUTYCLOCK_COMPOSE_TEST") else ["live"]
