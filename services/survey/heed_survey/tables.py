"""Base class of the tables of this service."""

from sqlalchemy.orm import DeclarativeBase

from heed_common.table_metadata import COLUMN_TYPES, service_metadata


class Table(DeclarativeBase):
    """All tables of this service."""

    metadata = service_metadata()
    type_annotation_map = COLUMN_TYPES
