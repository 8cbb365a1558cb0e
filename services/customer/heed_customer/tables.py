"""Base class of the tables of this service, and its column types."""

from typing import Any, ClassVar

from sqlalchemy import LargeBinary, Numeric
from sqlalchemy.orm import DeclarativeBase

from heed_common.table_metadata import COLUMN_TYPES, service_metadata

MONEY = Numeric(28, 4)
QUANTITY = Numeric(16, 3)


class Table(DeclarativeBase):
    """All tables of this service."""

    metadata = service_metadata()
    type_annotation_map: ClassVar[dict[Any, Any]] = {**COLUMN_TYPES, bytes: LargeBinary()}
