"""Dependency of endpoints: the current day of the organisation."""

from datetime import date
from typing import Annotated

from fastapi import Depends

from heed_common.http import DbSession, Now
from heed_scoring.models.versions import repository as models_repository


async def today(session: DbSession, now: Now) -> date:
    """Return the current day in the organisation's time zone."""
    return (await models_repository.business_days(session)).day_of(now)


Today = Annotated[date, Depends(today, scope="function")]
