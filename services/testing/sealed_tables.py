"""What this service keeps sealed, for a change of keys."""

from services.testing.importing import MESSAGE_PURPOSE
from shared.resealing import SealedColumn
from shared.workbooks.importing import REFUSAL_PURPOSE

SEALED: tuple[SealedColumn, ...] = (
    SealedColumn("inbound_message", ("message_id",), "body_sealed", lambda _: MESSAGE_PURPOSE),
    SealedColumn("workbook_refusal", ("import_id", "row_number"), "row_sealed", lambda _: REFUSAL_PURPOSE),
)
