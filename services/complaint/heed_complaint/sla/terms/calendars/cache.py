"""Cache of calendars. A version never changes, so each is loaded and tabulated once in a process."""

from collections.abc import Collection, Mapping
from weakref import WeakKeyDictionary

from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.sla.clock.working_time import Calendar, CalendarKey
from heed_complaint.sla.terms.calendars import repository, rules
from heed_complaint.sla.terms.calendars.tables import CalendarVersion

_CACHES: WeakKeyDictionary[object, dict[CalendarKey, Calendar]] = WeakKeyDictionary()
"""By engine: another database has other calendars under the same names."""


async def load_calendars(session: AsyncSession, keys: Collection[CalendarKey]) -> Mapping[CalendarKey, Calendar]:
    """Return the calendars of these keys; those not cached yet are loaded in one query."""
    cache = _CACHES.setdefault(session.get_bind(), {})
    missing = {*keys} - cache.keys()
    if missing:
        cache |= {(calendar := _to_calendar(row)).key: calendar for row in await repository.versions(session, missing)}
    return {key: cache[key] for key in keys}


async def current_calendars(session: AsyncSession) -> dict[str, Calendar]:
    """Return every calendar in its newest version, by name."""
    keys = await repository.newest_keys(session)
    return {key.name: calendar for key, calendar in (await load_calendars(session, keys)).items()}


def _to_calendar(row: CalendarVersion) -> Calendar:
    key = CalendarKey(row.name, row.version)
    return Calendar(rules.parse(row.document, rules.parse_holidays(row.public)), key)
