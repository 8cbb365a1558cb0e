"""How playbooks and limits are written and shown."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, StrictInt, StringConstraints

from heed_common.contracts.complaint import RemedyKind
from heed_common.fields import Amount, Currency, LongText, Moment, Money, RequestModel, ResponseModel, ShortText

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Condition = Annotated[Any, Field(json_schema_extra={"type": "object"})]
"""Read by `heed_common.conditions`, which knows better where in it the trouble lies."""
Order = Annotated[StrictInt, Field(ge=0, le=1_000_000)]
ALWAYS: dict[str, Any] = {"all": []}


class StepKind(StrEnum):
    HANDLE = "handle"
    FOLLOW_UP = "follow_up"
    BATCH = "batch"
    REFERRAL = "referral"


class Translated(RequestModel):
    """The same in both languages."""

    en: LongText
    zh: LongText


class FactIn(RequestModel):
    """Something about the case that the desk finds out; conditions ask for it as `case.<name>`."""

    name: Code
    kind: Literal["text", "number", "boolean", "moment"]
    label: Translated


class StepIn(RequestModel):
    """What is to be done, and what the customer is told meanwhile."""

    code: Code
    kind: StepKind = StepKind.HANDLE
    when: Condition = ALWAYS
    do: Translated
    say: Translated | None = None
    remedy: RemedyKind | None = None
    """What the customer gets by it."""
    after: Code | None = None
    """The step that must be done before."""
    refer_to: Translated | None = None


class PermittedRemedy(RequestModel):
    """What may be given without asking; without a limit of its own the general one holds."""

    kind: RemedyKind
    limit: Money | None = None


class Authorisers(RequestModel):
    """Who may agree to more, beside those who may change the settings."""

    scopes: list[ShortText] = Field(default_factory=list, max_length=20)
    agents: list[ShortText] = Field(default_factory=list, max_length=200)


class PlaybookIn(RequestModel):
    """The standard handling of a foreseeable complaint."""

    order: Order
    when: Condition = ALWAYS
    title: Translated
    facts: list[FactIn] = Field(default_factory=list, max_length=50)
    steps: Annotated[list[StepIn], Field(min_length=1, max_length=50)]
    remedies: Annotated[list[PermittedRemedy], Field(max_length=len(RemedyKind))] | None = None
    """Without it the general limits hold; with it, what is not named is not permitted."""
    total: Money | None = None
    currency: Currency | None = None
    """Of the limits; empty for the house currency."""
    authorisers: Authorisers = Authorisers()

    def content(self) -> dict[str, Any]:
        """All but the order, as it is kept."""
        return self.model_dump(mode="json", exclude={"order"})


class PlaybookOut(ResponseModel):
    name: str
    order: int
    when: dict[str, Any]
    title: Translated
    facts: list[FactIn]
    steps: list[StepIn]
    remedies: list[PermittedRemedy] | None
    total: Amount | None
    currency: str | None
    authorisers: Authorisers

    @classmethod
    def of(cls, name: str, order: int, content: dict[str, Any]) -> "PlaybookOut":
        return cls.model_validate({"name": name, "order": order, **content})


class VersionOut(ResponseModel):
    """What was laid down from that moment on."""

    at: Moment
    by: str
    content: dict[str, Any] | None
    """Empty where it was taken away."""


class LimitsIn(RequestModel):
    """How much may be given on one complaint without asking: of each kind, and in all."""

    kinds: list[PermittedRemedy] = Field(default_factory=list, max_length=len(RemedyKind))
    total: Money | None = None
    currency: Currency | None = None
    authorisers: Authorisers = Authorisers()

    def content(self) -> dict[str, Any]:
        return self.model_dump(mode="json")


class LimitsOut(LimitsIn):
    """The limits that hold where no playbook says otherwise."""
