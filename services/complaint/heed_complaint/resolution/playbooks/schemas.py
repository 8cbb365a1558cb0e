"""Schemas of playbooks and limits."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, StrictInt, StringConstraints

from heed_common.contracts.complaint import RemedyKind
from heed_common.fields import Amount, Currency, LongText, Moment, Money, RequestModel, ResponseModel, ShortText

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Condition = Annotated[Any, Field(json_schema_extra={"type": "object"})]
"""Parsed by `heed_common.conditions`, whose errors point to the invalid part."""
Order = Annotated[StrictInt, Field(ge=0, le=1_000_000)]
ALWAYS: dict[str, Any] = {"all": []}


class StepKind(StrEnum):
    HANDLE = "handle"
    FOLLOW_UP = "follow_up"
    BATCH = "batch"
    REFERRAL = "referral"


class Translated(RequestModel):
    """A text in both languages."""

    en: LongText
    zh: LongText


class FactIn(RequestModel):
    """A fact of the case that agents find out; conditions use it as `case.<name>`."""

    name: Code
    kind: Literal["text", "number", "boolean", "moment"]
    label: Translated


class PlaybookStepIn(RequestModel):
    """A step: the instruction, and the wording for the customer."""

    code: Code
    kind: StepKind = StepKind.HANDLE
    when: Condition = ALWAYS
    do: Translated
    say: Translated | None = None
    remedy: RemedyKind | None = None
    """Remedy that the step grants."""
    after: Code | None = None
    """Code of the step that must be completed before."""
    refer_to: Translated | None = None


class PermittedRemedy(RequestModel):
    """A kind of remedy that is permitted without approval; without a limit of its own the general one applies."""

    kind: RemedyKind
    limit: Money | None = None


class Authorisers(RequestModel):
    """Callers who may approve more, beside those who may change the settings."""

    scopes: list[ShortText] = Field(default_factory=list, max_length=20)
    agents: list[ShortText] = Field(default_factory=list, max_length=200)


class PlaybookIn(RequestModel):
    """The standard handling of a foreseeable complaint."""

    order: Order
    when: Condition = ALWAYS
    title: Translated
    facts: list[FactIn] = Field(default_factory=list, max_length=50)
    steps: Annotated[list[PlaybookStepIn], Field(min_length=1, max_length=50)]
    remedies: Annotated[list[PermittedRemedy], Field(max_length=len(RemedyKind))] | None = None
    """Without it the general limits apply; with it, a kind that is not named is not permitted."""
    total: Money | None = None
    currency: Currency | None = None
    """Of the limits; empty for the organisation's currency."""
    authorisers: Authorisers = Authorisers()

    def to_content(self) -> dict[str, Any]:
        """Return the stored content: all but the order."""
        return self.model_dump(mode="json", exclude={"order"})


class PlaybookOut(ResponseModel):
    name: str
    order: int
    when: dict[str, Any]
    title: Translated
    facts: list[FactIn]
    steps: list[PlaybookStepIn]
    remedies: list[PermittedRemedy] | None
    total: Amount | None
    currency: str | None
    authorisers: Authorisers

    @classmethod
    def of(cls, name: str, order: int, content: dict[str, Any]) -> "PlaybookOut":
        return cls.model_validate({"name": name, "order": order, **content})


class PlaybookVersionOut(ResponseModel):
    """Content of a rule from that moment on."""

    at: Moment
    by: str
    content: dict[str, Any] | None
    """Empty for a deletion."""


class LimitsIn(RequestModel):
    """Limits on one complaint without approval: of each kind, and in total."""

    kinds: list[PermittedRemedy] = Field(default_factory=list, max_length=len(RemedyKind))
    total: Money | None = None
    currency: Currency | None = None
    authorisers: Authorisers = Authorisers()

    def to_content(self) -> dict[str, Any]:
        return self.model_dump(mode="json")


class LimitsOut(LimitsIn):
    """The general limits."""
