"""Table of surveys."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from heed_survey.tables import Table


class Survey(Table):
    """A questionnaire. `version` counts the events about it, `revision` the changes made by callers: its ETag."""

    __tablename__ = "survey"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    external_id: Mapped[str | None] = mapped_column(unique=True)
    fingerprint: Mapped[bytes]
    """Hash of the created content: distinguishes a repeated request from another one."""
    title: Mapped[str]
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{en,zh}'"))
    """Languages in which all of its texts exist."""
    items: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    state: Mapped[str]
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    survey_version: Mapped[int]
    """Version of the questionnaire, to which its responses refer."""
    version: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
