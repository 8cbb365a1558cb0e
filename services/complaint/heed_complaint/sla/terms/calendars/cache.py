"""Calendars ready to answer. A version never changes, so each is read and laid out once in a process."""

from collections.abc import Collection, Mapping
from weakref import WeakKeyDictionary

from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.sla.clock.working_time import Calendar, CalendarKey
from heed_complaint.sla.terms.calendars import repository, rules
from heed_complaint.sla.terms.calendars.tables import CalendarVersion

_LOADED: WeakKeyDictionary[object, dict[CalendarKey, Calendar]] = WeakKeyDictionary()
"""By engine: another database has other calendars under the same names."""


async def load(session: AsyncSession, keys: Collection[CalendarKey]) -> Mapping[CalendarKey, Calendar]:
    """The versions that the keys name; one query for those that this process has not met."""
    known = _LOADED.setdefault(session.get_bind(), {})
    unmet = {*keys} - known.keys()
    if unmet:
        known |= {(calendar := _ready(row)).key: calendar for row in await repository.versions(session, unmet)}
    return {key: known[key] for key in keys}


async def current(session: AsyncSession) -> dict[str, Calendar]:
    """Every calendar in its newest version, by name."""
    keys = await repository.newest_keys(session)
    return {key.name: calendar for key, calendar in (await load(session, keys)).items()}


def _ready(row: CalendarVersion) -> Calendar:
    key = CalendarKey(row.name, row.version)
    return Calendar(rules.read(row.document, rules.thawed(row.public)), key)
