"""What an operator sets for the alerts service; read by `__main__` and `app` only."""

from shared.settings import Settings as SharedSettings


class Settings(SharedSettings):
    """The shared settings, with this service's own port."""

    port: int = 8103
