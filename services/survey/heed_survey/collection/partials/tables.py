"""Tables of partial answers and of forms of open links that were sent."""

from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from heed_survey.tables import Table


class PartialResponse(Table):
    """A form that was begun. It has days and no moments, and its answers can be read with its link only.

    Which items it has shown and which of them have an answer is empty in an anonymous survey.
    """

    __tablename__ = "partial_response"

    key_hash: Mapped[bytes] = mapped_column(primary_key=True)
    """Of the token of a personal or anonymous link; of an open link, of the token of the form."""
    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"), index=True)
    survey_version: Mapped[int]
    expires_on: Mapped[date] = mapped_column(index=True)
    shown: Mapped[list[str]] = mapped_column(ARRAY(Text))
    answered: Mapped[list[str]] = mapped_column(ARRAY(Text))
    left_at: Mapped[str]
    sealed: Mapped[bytes]
    """Answers, page and seconds."""


class SentForm(Table):
    """A form of an open link that was sent, so that it is one response however often it is sent."""

    __tablename__ = "sent_form"

    key_hash: Mapped[bytes] = mapped_column(primary_key=True)
    expires_on: Mapped[date] = mapped_column(index=True)
