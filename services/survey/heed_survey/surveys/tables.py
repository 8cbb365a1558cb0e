"""Tables of surveys and their versions."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, ForeignKey, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from heed_survey.tables import Table


class Survey(Table):
    """A survey over its versions. `version` counts the events about it, `revision` the changes by callers: its ETag."""

    __tablename__ = "survey"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    external_id: Mapped[str | None] = mapped_column(unique=True)
    fingerprint: Mapped[bytes]
    """Hash of the created content: distinguishes a repeated request from another one."""
    state: Mapped[str]
    survey_version: Mapped[int]
    """The published version, to which responses refer; before the first publication the draft."""
    draft_version: Mapped[int | None]
    """The version that is being written or tried out."""
    pilot_version: Mapped[int | None]
    """The draft version, while it collects responses of the pilot."""
    anonymous: Mapped[bool] = mapped_column(server_default=text("false"))
    min_group: Mapped[int] = mapped_column(server_default=text("5"))
    wave: Mapped[str | None]
    """Code of the wave that responses belong to now."""
    study: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    quotas: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    """Of the current version."""
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))

    @property
    def is_published(self) -> bool:
        """Whether a version has been published, be the survey closed since or not."""
        return self.published_at is not None


class SurveyVersion(Table):
    """A version of the questionnaire. It no longer changes once it was tried out or published."""

    __tablename__ = "survey_version"

    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"), primary_key=True)
    survey_version: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    content_hash: Mapped[bytes]
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """Languages in which all of its texts exist."""
    revision_record: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """What was changed after the version before, or after the pilot, and why."""
    created_at: Mapped[datetime]
    piloted_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
