"""What an operator sets for the reporting service; read by `__main__` and `app` only."""

from shared.settings import Settings as SharedSettings


class Settings(SharedSettings):
    """The shared settings, with this service's own port and how far its webhooks may reach."""

    port: int = 8104
    webhook_allow_local: bool = False
    """For trying out: webhooks may be told over plain HTTP and on this machine."""
