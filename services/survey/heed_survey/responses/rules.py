"""New responses and what they must fit. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from heed_common.time_ranges import ALWAYS, TimeRange
from heed_common.trace import Origin
from heed_survey.call_backs.rules import PLEASANT, SOLVED
from heed_survey.invitations.links.rules import Link
from heed_survey.responses.errors import AnotherCustomersLink, NotACallBack, NotAnonymous
from heed_survey.sampling.samples.rules import MemberDesign
from heed_survey.surveys.questionnaire.items import Item, ItemType
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire

CALL_BACK_ITEMS = frozenset({SOLVED, PLEASANT})


class Mode(StrEnum):
    """How the answers were collected."""

    WEB = "web"
    PHONE = "phone"
    FACE_TO_FACE = "face_to_face"
    MAIL = "mail"
    COMMENT_CARD = "comment_card"
    OBSERVATION = "observation"
    INTERVIEW = "interview"
    """Notes of an open interview."""
    IMPORT = "import"


class State(StrEnum):
    """Of the survey when it was answered."""

    PILOT = "pilot"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class Design:
    """Where a response comes from in the sample's design."""

    weight: float | None = None
    stratum: str | None = None
    cluster: str | None = None
    population: float | None = None
    """Size of the stratum, or its number of clusters."""
    second_cluster: str | None = None
    second_population: float | None = None


NO_DESIGN = Design()


def to_design(member: MemberDesign) -> Design:
    """Return the design of a member of a sample; where clusters were sampled, the customers of one are its units."""
    return Design(
        weight=member.weight,
        stratum=member.stratum,
        cluster=member.cluster,
        population=member.population,
        second_population=member.second_population,
    )


@dataclass(frozen=True, slots=True)
class NewResponse:
    """A response to record: without `answered_at` as of now, without a version to the current one."""

    answers: Mapping[str, Any]
    external_id: str | None = None
    customer_id: UUID | None = None
    answered_at: datetime | None = None
    complaint_id: UUID | None = None
    """Of a call-back; its customer is that of the complaint."""
    survey_version: int | None = None
    mode: Mode = Mode.WEB
    wave: str | None = None
    """Without one that of the survey."""
    interviewer: str | None = None
    design: Design = field(default=NO_DESIGN)
    seconds: int | None = None
    """Time from opening the form to sending it."""
    touchpoint_at: datetime | None = None
    """When what the survey asks about happened."""
    origin: Origin | None = None
    """Of its events, if several requests are recorded together."""


@dataclass(frozen=True, slots=True)
class ResponseFilter:
    """Conditions of the list of responses; one meets all that are given, and one of the values of each."""

    version: int | None = None
    external_ids: Collection[str] = ()
    customer_ids: Collection[UUID] = ()
    waves: Collection[str] = ()
    modes: Collection[Mode] = ()
    states: Collection[State] = ()
    answered: TimeRange = ALWAYS
    flagged: bool | None = None


NO_FILTER = ResponseFilter()


@dataclass(frozen=True, slots=True)
class CheckedResponse:
    """A response whose answers fit a version of the survey."""

    new: NewResponse
    questionnaire: Questionnaire
    survey_version: int
    state: State
    answered_at: datetime
    encoded: bytes
    answers_hash: bytes | None


def with_link(new: NewResponse, link: Link | None) -> NewResponse:
    """Return the response with what the link determines. Raises `AnotherCustomersLink`."""
    if link is None:
        return new
    target = link.target
    if new.customer_id not in (None, target.customer_id):
        raise AnotherCustomersLink(pointer="/customer_id")
    return replace(
        new,
        customer_id=target.customer_id,
        complaint_id=target.complaint_id or new.complaint_id,
        wave=target.wave or new.wave,
    )


def check_anonymous(new: NewResponse) -> None:
    """Check that nothing identifies the respondent or the request. Raises `NotAnonymous`."""
    for name in ("customer_id", "external_id", "complaint_id", "interviewer"):
        if getattr(new, name) is not None:
            raise NotAnonymous(pointer=f"/{name}")


def check_call_back(questionnaire: Questionnaire) -> None:
    """Check that the survey has the two questions of a call-back. Raises `NotACallBack`."""
    if not questionnaire.by_code.keys() >= CALL_BACK_ITEMS:
        raise NotACallBack(pointer="/complaint_id")


class Recorded(Protocol):
    """The content of a stored response."""

    survey_id: UUID
    customer_id: UUID | None
    complaint_id: UUID | None
    answers: dict[str, Any]
    answered_at: datetime
    is_recovered: bool


def is_repetition(stored: Recorded, *, survey_id: UUID, new: CheckedResponse, customer_id: UUID | None) -> bool:
    """Return whether a request repeats the stored response. What the service filled in may be given or omitted.

    `customer_id` is that of the request: it may omit the customer of a complaint. A recovered response has only its
    answers on scales, whatever the others were.
    """
    request = new.new
    answers = request.answers if not stored.is_recovered else _on_scales(request.answers, new.questionnaire)
    omitted = request.complaint_id is not None and customer_id is None
    return (
        stored.survey_id == survey_id
        and stored.complaint_id == request.complaint_id
        and (omitted or customer_id == stored.customer_id)
        and request.answered_at in (None, stored.answered_at)
        and dict(answers) == stored.answers
    )


def _on_scales(answers: Mapping[str, Any], questionnaire: Questionnaire) -> dict[str, Any]:
    codes = {item.code for item in questionnaire.items if is_on_scale(item)}
    return {code: value for code, value in answers.items() if code in codes}


def is_on_scale(item: Item) -> bool:
    """Return whether answers to the item are published: those of all other types stay in this service."""
    return item.type is ItemType.SCALE and item.scale is not None


class StoredResponse(NamedTuple):
    """A response as what follows from it reads it."""

    id: UUID
    survey_id: UUID
    survey_version: int
    customer_id: UUID | None
    answers: Mapping[str, Any]
    context: Mapping[str, Any] | None
    answered_at: datetime
