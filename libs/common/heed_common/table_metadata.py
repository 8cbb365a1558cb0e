"""Metadata of tables: names of constraints, types of columns, storage."""

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, MetaData, Text

NAMING_CONVENTION = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


COLUMN_TYPES: dict[Any, Any] = {datetime: DateTime(timezone=True), str: Text()}
"""Column types of Python types: moments with their zone, text without a length."""


UNCOMPRESSED_ROWS: dict[str, Any] = {"postgresql_with": {"toast_tuple_target": 8160}}
"""For tables whose rows are inserted once and always read completely: compressing large ones took too long."""
ROOM_FOR_UPDATES: dict[str, Any] = {"postgresql_with": {"fillfactor": 50}}
"""For tables of which a job rewrites all rows: the new version of each has room on the page of the former one."""


def service_metadata() -> MetaData:
    """Return the metadata of one service's tables, with constraint names that alembic can rely on."""
    return MetaData(naming_convention=NAMING_CONVENTION)
