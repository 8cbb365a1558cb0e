"""Retention of collection: partial answers, and marks of sent forms."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.retention import PAGE, Purge
from heed_survey.collection.drop_off import service as drop_off
from heed_survey.collection.partials import service as partials


def purges() -> Mapping[str, Purge]:
    """Return the purges of the tables of collection, by table."""
    return {"partial_response": _purge_partials, "sent_form": _purge_sent_forms}


async def _purge_partials(session: AsyncSession, now: datetime) -> int:
    return await drop_off.purge_expired_forms(session, now=now, limit=PAGE)


async def _purge_sent_forms(session: AsyncSession, now: datetime) -> int:
    return await partials.purge_sent(session, today=now.date(), limit=PAGE)
