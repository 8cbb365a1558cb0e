"""Tables of links: stored ones, keys of anonymous ones, and anonymous ones that were used."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from heed_survey.tables import Table


class SurveyLink(Table):
    """A personal or open link. Of its token only the hash is stored."""

    __tablename__ = "survey_link"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    kind: Mapped[str]
    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"), index=True)
    invitation_id: Mapped[UUID | None] = mapped_column(index=True)
    customer_id: Mapped[UUID | None]
    complaint_id: Mapped[UUID | None]
    sample_id: Mapped[UUID | None]
    wave: Mapped[str | None]
    service_point_id: Mapped[str | None]
    language: Mapped[str | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None] = mapped_column(index=True)
    """Empty: not before the survey is closed."""
    used_at: Mapped[datetime | None]


class AnonymousLinkKey(Table):
    """The public key of all anonymous links of a wave, which expire together: otherwise they would differ."""

    __tablename__ = "anonymous_link_key"

    id: Mapped[bytes] = mapped_column(primary_key=True)
    """The first bytes of each token of the wave."""
    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"), index=True)
    wave: Mapped[str | None]
    public_key: Mapped[bytes]
    expires_at: Mapped[datetime]


class BurntLink(Table):
    """An anonymous link that has its response: a hash without a moment, stored in the transaction of the response."""

    __tablename__ = "burnt_link"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    key_id: Mapped[bytes] = mapped_column(ForeignKey("anonymous_link_key.id", ondelete="CASCADE"), index=True)
