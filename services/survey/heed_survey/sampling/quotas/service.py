"""Use cases of quotas: count a response, and show how many responses each quota has."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.conditions import Facts
from heed_survey.sampling.quotas import repository
from heed_survey.sampling.quotas.errors import QuotaFull
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire
from heed_survey.surveys.quotas import limits_for, parse_quotas


class HasQuotas(Protocol):
    """A survey with the definitions of its quotas: `name`, `when`, `limit`."""

    @property
    def id(self) -> UUID: ...

    @property
    def quotas(self) -> Sequence[Mapping[str, Any]]: ...


@dataclass(frozen=True, slots=True)
class QuotaStatus:
    name: str
    when: Mapping[str, Any]
    limit: int
    taken: int

    @property
    def is_full(self) -> bool:
        return self.taken >= self.limit

    def rounded_down(self, step: int) -> "QuotaStatus":
        """Return the count in multiples of a step: one that grows by one shows to what the last response belongs."""
        return self if self.is_full else replace(self, taken=self.taken - self.taken % step)


async def take(
    session: AsyncSession, *, survey: HasQuotas, questionnaire: Questionnaire, facts: Facts
) -> tuple[str, ...]:
    """Count a response in each quota that its facts belong to. Call it in the transaction that stores the response.

    `facts` come from `surveys.quotas.quota_facts`. The counts are locked until the transaction ends, so that concurrent
    responses cannot exceed a limit; of a transaction that fails, as after this error, nothing is counted.
    Return the names of these quotas. Raises `QuotaFull`.
    """
    if not survey.quotas:
        return ()
    limits = limits_for(parse_quotas(survey.quotas, questionnaire), facts)
    if limits and await repository.count_response(session, survey.id, limits) != limits.keys():
        raise QuotaFull
    return tuple(sorted(limits))


async def add_recovered(session: AsyncSession, *, survey_id: UUID, counts: Mapping[str, int]) -> None:
    """Count responses that a restore has recovered: they were within the limits when they were received."""
    await repository.lock_counts(session, survey_id, counts.keys())
    await repository.add_counts(session, survey_id, counts)


async def lock(session: AsyncSession, *, survey: HasQuotas) -> None:
    """Lock the counts of all quotas of the survey until the transaction ends."""
    await repository.lock_counts(session, survey.id, {definition["name"] for definition in survey.quotas})


async def take_each(
    session: AsyncSession, *, survey: HasQuotas, questionnaire: Questionnaire, facts: Sequence[Facts]
) -> list[tuple[str, ...] | None]:
    """Count many responses in their order, as `take` does. Return the quotas of each; None if one has no room for it.

    One without room counts in no quota.
    """
    parsed = parse_quotas(survey.quotas, questionnaire)
    limits = [limits_for(parsed, each) for each in facts]
    taken = await repository.lock_counts(session, survey.id, {name for own in limits for name in own})
    added: Counter[str] = Counter()
    results: list[tuple[str, ...] | None] = []
    for own in limits:
        has_room = all(taken[name] + added[name] < limit for name, limit in own.items())
        added.update(own.keys() if has_room else ())
        results.append(tuple(sorted(own)) if has_room else None)
    await repository.add_counts(session, survey.id, added)
    return results


async def is_full(session: AsyncSession, *, survey: HasQuotas, questionnaire: Questionnaire, facts: Facts) -> bool:
    """Return whether a response with these facts would be refused now; nothing is counted or locked."""
    if not survey.quotas:
        return False
    limits = limits_for(parse_quotas(survey.quotas, questionnaire), facts)
    counts = await repository.load_counts(session, survey.id)
    return any(counts.get(name, 0) >= limit for name, limit in limits.items())


async def list_quotas(session: AsyncSession, *, survey: HasQuotas) -> list[QuotaStatus]:
    """Return the quotas of the survey in their order, with their counts."""
    counts = await repository.load_counts(session, survey.id)
    return [
        QuotaStatus(
            definition["name"],
            definition["when"],
            definition["limit"],
            counts.get(definition["name"], 0),
        )
        for definition in survey.quotas
    ]
