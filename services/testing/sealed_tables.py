"""What this service keeps sealed, for a change of keys."""

from services.testing.importing import MESSAGE_PURPOSE
from shared.resealing import SealedColumn

SEALED: tuple[SealedColumn, ...] = (
    SealedColumn("inbound_message", ("message_id",), "body_sealed", lambda _: MESSAGE_PURPOSE),
)
