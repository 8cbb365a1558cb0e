"""Tables of partial answers and of forms of open links that were sent."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from heed_survey.tables import Table


class PartialResponse(Table):
    """The answers of a form that was begun. It has days and no moments, and of its link the hash of the token."""

    __tablename__ = "partial_response"

    key_hash: Mapped[bytes] = mapped_column(primary_key=True)
    """Of the token of a personal or anonymous link; of an open link, of the token of the form."""
    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"), index=True)
    survey_version: Mapped[int]
    answers: Mapped[dict[str, Any]] = mapped_column(JSONB)
    page: Mapped[int]
    """The page that was shown last, at which the form goes on."""
    seconds: Mapped[int]
    """Spent on all pages together."""
    expires_on: Mapped[date] = mapped_column(index=True)


class SentForm(Table):
    """A form of an open link that was sent, so that it is one response however often it is sent."""

    __tablename__ = "sent_form"

    key_hash: Mapped[bytes] = mapped_column(primary_key=True)
    expires_on: Mapped[date] = mapped_column(index=True)
