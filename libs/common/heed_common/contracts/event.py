"""The envelope of every event: CloudEvents 1.0 in structured JSON."""

from typing import Any, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class Event(BaseModel):
    """A fact that its owner tells the others. Readers ignore fields that they do not know."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    topic: ClassVar[str]
    """Where it is published: one topic for each owning service."""
    type: ClassVar[str]
    version: ClassVar[int]

    occurred_at: AwareDatetime
    """When it happened in the world; when it was recorded stands in the envelope."""

    @classmethod
    def full_type(cls) -> str:
        return f"{cls.type}.v{cls.version}"

    @property
    def subject(self) -> UUID:
        """The aggregate whose events are kept in order."""
        raise NotImplementedError

    @property
    def key(self) -> UUID:
        """Events with one key share a partition: the customer's id, or the aggregate's where there is no customer."""
        raise NotImplementedError


class Envelope(BaseModel):
    """The attributes around the data, with Heed's extensions."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: str
    type: str
    subject: str
    time: AwareDatetime
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: str
    partitionkey: str
    aggversion: int = Field(ge=1)
    causationid: UUID | None = None
    traceparent: str | None = None
    data: dict[str, Any]
