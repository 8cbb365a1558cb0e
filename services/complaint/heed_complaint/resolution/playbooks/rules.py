"""Playbooks and limits, parsed from their stored content. Pure: no clock, no tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from heed_common import condition_values as kinds
from heed_common.auth.scopes import SCOPES
from heed_common.condition_values import FieldType
from heed_common.conditions import Condition, parse
from heed_common.contracts.complaint import RemedyKind
from heed_complaint.core import condition_fields
from heed_complaint.resolution.playbooks.errors import PlaybookInvalid

FACT_KINDS: dict[str, FieldType] = {
    "text": kinds.TEXT,
    "number": kinds.NUMBER,
    "boolean": kinds.BOOLEAN,
    "moment": kinds.MOMENT,
}
CASE_PREFIX = "case."
Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a playbook, with its texts in `content`."""

    code: str
    when: Condition
    after: str | None
    content: Content


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on one complaint without approval. A kind that is not named is not permitted."""

    kinds: Mapping[RemedyKind, Decimal | None] | None
    """None if a playbook leaves all kinds to the general limits."""
    total: Decimal | None
    currency: str | None
    scopes: frozenset[str]
    agents: frozenset[str]
    """Callers who may approve more, by scope or by id."""
    playbook: str | None = None


@dataclass(frozen=True, slots=True)
class Playbook:
    name: str
    order: int
    when: Condition
    facts: Mapping[str, FieldType]
    steps: tuple[Step, ...]
    limits: Limits
    content: Content


def parse_playbook(name: str, order: int, content: Content) -> Playbook:
    """Parse a playbook. Raises `PlaybookInvalid` or `ConditionError` with a pointer to the invalid field."""
    declared = _parse_facts(content["facts"])
    fields = condition_fields.FIELDS | {f"{CASE_PREFIX}{fact}": kind for fact, kind in declared.items()}
    steps = tuple(
        Step(step["code"], parse(step["when"], fields, pointer=f"/steps/{index}/when"), step["after"], step)
        for index, step in enumerate(content["steps"])
    )
    _check_steps(steps)
    when = parse(content["when"], fields, pointer="/when")
    limits = _parse_limits(content, content["remedies"], at="/remedies", name=name)
    return Playbook(name, order, when, declared, steps, limits, content)


def parse_limits(content: Content) -> Limits:
    """Parse the general limits."""
    return _parse_limits(content, content["kinds"], at="/kinds", name=None)


def limit_amounts(content: Content, permitted: Sequence[Content] | None, *, at: str) -> dict[str, str | None]:
    """Return the limits as they were written, by their JSON pointers."""
    limits = {f"{at}/{index}/limit": entry["limit"] for index, entry in enumerate(permitted or ())}
    return limits | {"/total": content["total"]}


def first_match(playbooks: Sequence[Playbook], facts: Mapping[str, object]) -> Playbook | None:
    """Return the first playbook, by its order, whose condition matches."""
    ordered = sorted(playbooks, key=lambda playbook: (playbook.order, playbook.name))
    return next((playbook for playbook in ordered if playbook.when.matches(facts)), None)


def _parse_facts(declared: Sequence[Content]) -> dict[str, FieldType]:
    found: dict[str, FieldType] = {}
    for index, fact in enumerate(declared):
        if fact["name"] in found:
            raise PlaybookInvalid("This fact is declared twice.", pointer=f"/facts/{index}/name")
        found[fact["name"]] = FACT_KINDS[fact["kind"]]
    return found


def _check_steps(steps: Sequence[Step]) -> None:
    earlier: set[str] = set()
    for index, step in enumerate(steps):
        if step.code in earlier:
            raise PlaybookInvalid("Two steps have this code.", pointer=f"/steps/{index}/code")
        if step.after is not None and step.after not in earlier:
            raise PlaybookInvalid("This names a step that comes before it.", pointer=f"/steps/{index}/after")
        if (step.content["kind"] == "referral") is (step.content["refer_to"] is None):
            raise PlaybookInvalid("A referral, and nothing else, names where to.", pointer=f"/steps/{index}/refer_to")
        earlier.add(step.code)


def _parse_limits(content: Content, permitted: Sequence[Content] | None, *, at: str, name: str | None) -> Limits:
    if permitted is None and (content["total"] is not None or content["currency"] is not None):
        raise PlaybookInvalid("A total and a currency need the remedies that they limit.", pointer=at)
    kinds = None if permitted is None else _parse_kinds(permitted, at=at)
    authorisers = content["authorisers"]
    for index, scope in enumerate(authorisers["scopes"]):
        if scope not in SCOPES:
            raise PlaybookInvalid("There is no such scope.", pointer=f"/authorisers/scopes/{index}")
    scopes, agents = frozenset(authorisers["scopes"]), frozenset(authorisers["agents"])
    return Limits(kinds, _decimal(content["total"]), content["currency"], scopes, agents, name)


def _parse_kinds(permitted: Sequence[Content], *, at: str) -> dict[RemedyKind, Decimal | None]:
    kinds: dict[RemedyKind, Decimal | None] = {}
    for index, entry in enumerate(permitted):
        kind = RemedyKind(entry["kind"])
        if kind in kinds:
            raise PlaybookInvalid("This kind is named twice.", pointer=f"{at}/{index}/kind")
        kinds[kind] = _decimal(entry["limit"])
    return kinds


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
