"""Use cases of classification: derived at each read, overridden by people, its rules replaced by operators."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.identifiers import new_id
from heed_common.revisions import require_if_match
from heed_customer.accounts.classification import repository, rules
from heed_customer.accounts.classification.defaults import DEFAULT_RULES
from heed_customer.accounts.classification.errors import OverrideNotFound
from heed_customer.accounts.classification.facts import load_facts
from heed_customer.accounts.classification.rules import Aspect, ClassificationRule, Derivation
from heed_customer.accounts.classification.tables import ClassificationOverride, ClassificationRules
from heed_customer.records.customers import identity
from heed_customer.records.customers import service as customers
from heed_customer.records.customers.service import Family

DEFAULT_REVISION = 0
"""Of rules that no operator has replaced."""
MAX_DRY_RUN = 500
MAX_CHANGES = 100


@dataclass(frozen=True, slots=True)
class Classified:
    """One aspect of a customer: what applies, and why."""

    derived: Derivation
    override: ClassificationOverride | None

    @property
    def value(self) -> str | None:
        return self.derived.value if self.override is None else self.override.value


@dataclass(frozen=True, slots=True)
class Classification:
    customer_id: UUID
    aspects: Mapping[Aspect, Classified]
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class AspectRules:
    documents: Sequence[Mapping[str, Any]]
    revision: int


@dataclass(frozen=True, slots=True)
class DerivedChange:
    """A customer for whom other rules derive another value."""

    customer_id: UUID
    before: str | None
    after: str | None
    rule: str | None


@dataclass(frozen=True, slots=True)
class DryRun:
    """What rules would derive for the newest customers."""

    examined: int
    values: Mapping[str, int]
    changes: Sequence[DerivedChange]


async def classify(session: AsyncSession, *, family: Family, time_zone: str, now: datetime) -> Classification:
    """Return buyer type, key account and relationship level of the customer as its facts are now."""
    customer_id = family.survivor.id
    facts = (await load_facts(session, {customer_id: family.ids}, time_zone=time_zone, now=now))[customer_id]
    overrides = await repository.latest_overrides(session, family.ids)
    aspects = {
        aspect: Classified(rules.derive(parsed, facts), _in_force(overrides.get(aspect)))
        for aspect, parsed in (await _load_parsed_rules(session)).items()
    }
    return Classification(customer_id, aspects, facts)


async def current_values(
    session: AsyncSession, *, customer_ids: Collection[UUID], aspects: Collection[Aspect], time_zone: str, now: datetime
) -> dict[UUID, dict[Aspect, str | None]]:
    """Return what applies to each of these customers, of whom none is merged into another."""
    families = await identity.families_of(session, customer_ids)
    facts = await load_facts(session, families, time_zone=time_zone, now=now)
    root_of = {member: root for root, members in families.items() for member in members}
    decided: dict[tuple[UUID, str], str | None] = {}
    for row in await repository.list_latest_overrides(session, root_of.keys()):
        decided[root_of[row.customer_id], row.aspect] = row.value
    parsed = await _load_parsed_rules(session)
    return {
        root: {aspect: decided.get((root, aspect)) or rules.derive(parsed[aspect], found).value for aspect in aspects}
        for root, found in facts.items()
    }


async def put_override(
    session: AsyncSession, *, customer_id: UUID, aspect: Aspect, value: str, reason: str, by: str, now: datetime
) -> None:
    """Record a decision that replaces what the rules derive. Raises `ValueUnknown`, `CustomerIsMerged`."""
    rules.check_value(aspect, value, pointer="/value")
    await customers.lock_unmerged(session, customer_id=customer_id)
    await repository.add_override(session, _decision(customer_id, aspect, value, reason, by=by, now=now))


async def delete_override(session: AsyncSession, *, customer_id: UUID, aspect: Aspect, by: str, now: datetime) -> None:
    """Let the rules decide again; the decision stays in the history. Raises `OverrideNotFound`, `CustomerIsMerged`."""
    await customers.lock_unmerged(session, customer_id=customer_id)
    overrides = await repository.latest_overrides(session, await identity.family_of(session, customer_id))
    if _in_force(overrides.get(aspect)) is None:
        raise OverrideNotFound
    await repository.add_override(session, _decision(customer_id, aspect, None, None, by=by, now=now))


async def list_overrides(
    session: AsyncSession, *, family: Family, after: UUID | None, limit: int
) -> Sequence[ClassificationOverride]:
    """Return the decisions on a customer and its duplicates, the newest first."""
    return await repository.list_overrides(session, family.ids, after=after, limit=limit)


async def get_rules(session: AsyncSession, *, aspect: Aspect) -> AspectRules:
    """Return the rules of the aspect: those of an operator, or the defaults."""
    stored = (await repository.load_rules(session)).get(aspect)
    if stored is None:
        return AspectRules(DEFAULT_RULES[aspect], DEFAULT_REVISION)
    return AspectRules(stored.rules, stored.revision)


async def put_rules(
    session: AsyncSession,
    *,
    aspect: Aspect,
    documents: Sequence[Mapping[str, Any]],
    by: str,
    if_match: int | None,
    now: datetime,
) -> AspectRules:
    """Replace the rules; they apply to the next read. Raises `ConditionError`, `DuplicateRule`, `ValueUnknown`."""
    rules.parse_rules(aspect, documents)
    row = await repository.lock_rules(session, aspect)
    require_if_match(if_match, DEFAULT_REVISION if row is None else row.revision)
    if row is None:
        row = ClassificationRules(aspect=aspect, revision=DEFAULT_REVISION)
    row.rules = [dict(document) for document in documents]
    row.revision += 1
    row.changed_at, row.changed_by = now, by
    await repository.add_rules(session, row)
    return AspectRules(row.rules, row.revision)


async def dry_run(
    session: AsyncSession,
    *,
    aspect: Aspect,
    documents: Sequence[Mapping[str, Any]],
    time_zone: str,
    now: datetime,
) -> DryRun:
    """Return what the rules would derive for the newest customers. Raises as `put_rules`."""
    new = rules.parse_rules(aspect, documents)
    present = (await _load_parsed_rules(session))[aspect]
    newest = await customers.list_newest_ids(session, limit=MAX_DRY_RUN)
    families = await identity.families_of(session, newest)
    facts = await load_facts(session, families, time_zone=time_zone, now=now)
    before = {customer_id: rules.derive(present, found) for customer_id, found in facts.items()}
    after = {customer_id: rules.derive(new, found) for customer_id, found in facts.items()}
    changes = [
        DerivedChange(customer_id, before[customer_id].value, after[customer_id].value, after[customer_id].rule)
        for customer_id in newest
        if before[customer_id].value != after[customer_id].value
    ]
    counts = Counter(derived.value for derived in after.values() if derived.value is not None)
    return DryRun(len(facts), counts, changes[:MAX_CHANGES])


async def _load_parsed_rules(session: AsyncSession) -> dict[Aspect, list[ClassificationRule]]:
    stored = await repository.load_rules(session)
    return {
        aspect: rules.parse_rules(aspect, stored[aspect].rules if aspect in stored else DEFAULT_RULES[aspect])
        for aspect in Aspect
    }


def _in_force(override: ClassificationOverride | None) -> ClassificationOverride | None:
    return override if override is not None and override.value is not None else None


def _decision(
    customer_id: UUID, aspect: Aspect, value: str | None, reason: str | None, *, by: str, now: datetime
) -> ClassificationOverride:
    return ClassificationOverride(
        id=new_id(),
        customer_id=customer_id,
        aspect=aspect,
        value=value,
        reason=reason,
        decided_at=now,
        decided_by=by,
    )
