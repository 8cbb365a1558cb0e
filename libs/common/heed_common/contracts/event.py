"""The envelope of every event: CloudEvents 1.0 in structured JSON."""

import json
from datetime import UTC, datetime
from functools import cache
from typing import Any, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class Event(BaseModel):
    """A fact that the owning service publishes. Consumers ignore unknown fields."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    topic: ClassVar[str]
    """One topic for each owning service."""
    type: ClassVar[str]
    version: ClassVar[int]

    occurred_at: AwareDatetime
    """When it happened; the envelope has the time at which it was recorded."""

    @classmethod
    @cache
    def full_type(cls) -> str:
        return f"{cls.type}.v{cls.version}"

    @property
    def subject(self) -> UUID:
        """Return the id of the aggregate whose events stay in order."""
        raise NotImplementedError

    @property
    def key(self) -> UUID:
        """Return the partition key: the id of the customer, or of the aggregate if there is no customer."""
        raise NotImplementedError


class Envelope(BaseModel):
    """Attributes of an event, with Heed's extensions."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    """Unique: what is delivered twice has the same."""
    source: str
    """Path of the service that published it."""
    type: str
    """Full type: `heed.<thing>.<past tense>.v<N>`."""
    subject: str
    """Id of the aggregate whose events stay in order."""
    time: AwareDatetime
    """When it was recorded; `occurred_at` in the data is when it happened."""
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: str
    partitionkey: str
    aggversion: int = Field(ge=1)
    causationid: UUID | None = None
    traceparent: str | None = None
    data: dict[str, Any]
    """The event itself, by the schema of its type."""


json_text = json.JSONEncoder(ensure_ascii=False).encode
"""Return the text in quotes, as the classes serialize it: for code that writes frequent events without them."""


def json_moment(moment: datetime) -> str:
    """Return the moment in UTC as the classes serialize it, without microseconds where there are none."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
