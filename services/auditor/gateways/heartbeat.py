"""The heartbeat: tells somebody outside that the watchers are alive and found nothing."""

import httpx
import structlog

log = structlog.get_logger()


async def beat(url: str) -> bool:
    """Call the address and tell whether it took the heartbeat; a failure is logged, never raised."""
    try:
        async with httpx.AsyncClient(timeout=5, follow_redirects=True) as client:
            answer = await client.post(url)
            answer.raise_for_status()
    except httpx.HTTPError as error:
        log.warning("heartbeat not taken", action="send-heartbeat", reason=type(error).__name__)
        return False
    return True
