"""Use cases of drop-off: report it, and count expired forms when they are deleted."""

from collections import defaultdict
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_survey.collection.drop_off import repository, rules
from heed_survey.collection.drop_off.rules import DropOff, ItemCounts
from heed_survey.collection.partials import service as partials
from heed_survey.collection.partials.rules import Reach
from heed_survey.responses import service as responses
from heed_survey.surveys import service as surveys


async def get_drop_off(session: AsyncSession, *, survey_id: UUID, survey_version: int | None) -> DropOff:
    """Return the drop-off of a version, without one of the current version. Raises `SurveyNotFound`, `VersionNotFound`.

    Anonymous surveys are reported in multiples of their smallest group.
    """
    survey = await surveys.get_survey(session, survey_id=survey_id)
    version = survey_version or survey.survey_version
    questionnaire = await surveys.get_questionnaire(session, survey_id=survey_id, survey_version=version)
    records = await responses.list_form_records(session, survey_id=survey_id, survey_version=version)
    begun = await partials.count_reach(session, survey_id=survey_id, survey_version=version)
    expired = await repository.get_expired(session, survey_id=survey_id, survey_version=version)
    items = rules.add_counts(
        {item.code: rules.NOTHING for item in questionnaire.items},
        rules.count_records(records, questionnaire),
        {code: ItemCounts(*counts) for code, counts in begun.items.items()},
        expired,
    )
    report = DropOff(
        survey_version=version,
        completed=len(records),
        in_progress=begun.forms,
        expired=sum(counts.left for counts in expired.values()),
        items=items,
    )
    return rules.disclosed(report, anonymous=survey.anonymous, min_group=survey.min_group)


async def purge_expired_forms(session: AsyncSession, *, now: datetime, limit: int) -> int:
    """Delete a page of expired partial answers, of which the counts stay; return their number."""
    expired = await partials.pop_expired(session, today=now.date(), limit=limit)
    by_version = defaultdict[tuple[UUID, int], list[Reach]](list)
    for survey_id, version, reach in expired:
        by_version[survey_id, version].append(reach)
    for survey_id, version in sorted(by_version):
        counts = rules.count_forms(by_version[survey_id, version])
        await repository.add_expired(session, survey_id=survey_id, survey_version=version, counts=counts)
    return len(expired)
