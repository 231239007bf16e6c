"""The ledgers of this service that come as workbooks 台账导入; how they are taken all services share."""

from typing import TypeAlias, TypeVar

from services.registration.service import Registration
from shared.strict_json import WireModel
from shared.workbooks import importing

Row = TypeVar("Row", bound=WireModel)

Body = importing.Body
Importer: TypeAlias = importing.Importer[Registration, Row]
