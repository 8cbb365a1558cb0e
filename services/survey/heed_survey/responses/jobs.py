"""Jobs of responses: release of anonymous ones, numeric form of older ones."""

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.advisory_locks import AdvisoryLock
from heed_common.business_days import BusinessDays
from heed_common.clock import Clock
from heed_common.failed_work.isolation import Isolation, all_at_once
from heed_common.periodic_job import PeriodicJob
from heed_common.resources import Resources
from heed_survey.responses import repository
from heed_survey.responses.anonymous import service as anonymous
from heed_survey.responses.encoding import encode
from heed_survey.responses.tables import Response
from heed_survey.settings import Settings
from heed_survey.surveys import service as surveys

ENCODING = "response_encoding"
BATCH_SIZE = 500
RELEASE_PAUSE_SECONDS = 5.0
ENCODING_PAUSE_SECONDS = 60.0
"""Between two looks for responses of an older release, or recovered ones."""


def create_jobs(settings: Settings, resources: Resources) -> Sequence[PeriodicJob]:
    """Return the jobs of a worker."""
    days = BusinessDays.of(settings.time_zone)
    common: dict[str, Any] = {"database": resources.database, "clock": resources.clock, "metrics": resources.metrics}

    async def release(session: AsyncSession, clock: Clock, isolate: Isolation) -> int:
        return await anonymous.release_pools(session, days=days, now=clock.now(), isolate=isolate)

    async def encode(session: AsyncSession, clock: Clock, isolate: Isolation) -> int:
        return await encode_missing(session, now=clock.now(), isolate=isolate)

    return (
        PeriodicJob(
            anonymous.JOB_NAME, release, lock=AdvisoryLock.ANONYMOUS_RESPONSES, pause=RELEASE_PAUSE_SECONDS, **common
        ),
        PeriodicJob(ENCODING, encode, lock=AdvisoryLock.ENCODED_ANSWERS, pause=ENCODING_PAUSE_SECONDS, **common),
    )


async def encode_missing(session: AsyncSession, *, now: datetime, isolate: Isolation = all_at_once) -> int:
    """Store the numeric form of answers where it is missing. Return the number of these responses."""

    async def encode_rows(rows: Sequence[Response]) -> None:
        for row in rows:
            questionnaire = await surveys.get_questionnaire(
                session, survey_id=row.survey_id, survey_version=row.survey_version
            )
            row.encoded = encode(row.answers, questionnaire)

    missing = await repository.lock_unencoded(session, job=ENCODING, limit=BATCH_SIZE, now=now)
    await isolate(session, ENCODING, missing, encode_rows, key=attrgetter("id"), now=now)
    return len(missing)
