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
    """Code of the fact; conditions read it as `case.<name>`."""
    kind: Literal["text", "number", "boolean", "moment"]
    """Type of its value; `moment` is a text of RFC 3339."""
    label: Translated
    """The question for agents, in both languages."""


class PlaybookStepIn(RequestModel):
    """A step: the instruction, and the wording for the customer."""

    code: Code
    """Unique in the playbook; `after` refers to it."""
    kind: StepKind = StepKind.HANDLE
    """`handle` the complaint, `follow_up` later, `batch` with others, or a `referral`."""
    when: Condition = ALWAYS
    """Condition under which the step applies; by default always."""
    do: Translated
    """The instruction for agents, in both languages."""
    say: Translated | None = None
    """Wording for the customer, in both languages; null: nothing in particular."""
    remedy: RemedyKind | None = None
    """Remedy that the step grants."""
    after: Code | None = None
    """Code of the step that must be completed before."""
    refer_to: Translated | None = None
    """To whom customers are referred, in both languages; for steps of kind `referral`."""


class PermittedRemedy(RequestModel):
    """A kind of remedy that is permitted without approval; without a limit of its own the general one applies."""

    kind: RemedyKind
    """Kind of remedy that agents may grant."""
    limit: Money | None = None
    """Most for one complaint without approval, in the currency of the limits; null: the general one."""


class Authorisers(RequestModel):
    """Callers who may approve more, beside those who may change the settings."""

    scopes: list[ShortText] = Field(default_factory=list, max_length=20)
    agents: list[ShortText] = Field(default_factory=list, max_length=200)
    """Callers who may approve, by the id that `/v1/whoami` shows."""


class PlaybookIn(RequestModel):
    """The standard handling of a foreseeable complaint."""

    order: Order
    """Playbooks are tried from the lowest on; the first whose condition holds is used."""
    when: Condition = ALWAYS
    """Condition on the complaint, its customer and the facts of the case; by default always."""
    title: Translated
    """For agents, in both languages."""
    facts: list[FactIn] = Field(default_factory=list, max_length=50)
    """What agents are to find out."""
    steps: Annotated[list[PlaybookStepIn], Field(min_length=1, max_length=50)]
    """In the order in which agents go through them."""
    remedies: Annotated[list[PermittedRemedy], Field(max_length=len(RemedyKind))] | None = None
    """Without it the general limits apply; with it, a kind that is not named is not permitted."""
    total: Money | None = None
    """Limit of all remedies together without approval, in `currency`; null: the general one."""
    currency: Currency | None = None
    """Of the limits; empty for the organisation's currency."""
    authorisers: Authorisers = Authorisers()

    def to_content(self) -> dict[str, Any]:
        """Return the stored content: all but the order."""
        return self.model_dump(mode="json", exclude={"order"})


class PlaybookOut(ResponseModel):
    name: str
    """Name in the path."""
    order: int
    when: dict[str, Any]
    title: Translated
    facts: list[FactIn]
    steps: list[PlaybookStepIn]
    remedies: list[PermittedRemedy] | None
    """Kinds permitted without approval; null: the general limits apply."""
    total: Amount | None
    currency: str | None
    """ISO 4217 code of the limits; null: the organization's."""
    authorisers: Authorisers

    @classmethod
    def of(cls, name: str, order: int, content: dict[str, Any]) -> "PlaybookOut":
        return cls.model_validate({"name": name, "order": order, **content})


class PlaybookVersionOut(ResponseModel):
    """Content of a rule from that moment on."""

    at: Moment
    """From when this content was in force."""
    by: str
    """Caller who changed it."""
    content: dict[str, Any] | None
    """Empty for a deletion."""


class LimitsIn(RequestModel):
    """Limits on one complaint without approval: of each kind, and in total."""

    kinds: list[PermittedRemedy] = Field(default_factory=list, max_length=len(RemedyKind))
    """Permitted kinds with their limits; a kind that is missing needs an approval."""
    total: Money | None = None
    """Most for one complaint without approval, all kinds together, in `currency`; null: no limit."""
    currency: Currency | None = None
    """ISO 4217 code of the limits; null: the organization's."""
    authorisers: Authorisers = Authorisers()

    def to_content(self) -> dict[str, Any]:
        return self.model_dump(mode="json")


class LimitsOut(LimitsIn):
    """The general limits."""
