"""Use cases of calendars."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.errors import PreconditionFailed
from heed_common.revisions import check_if_match, require_if_match
from heed_common.upserts import Upserted
from heed_complaint.sla.clock.holidays import public_days
from heed_complaint.sla.clock.opening_hours import CalendarError, PublicDays
from heed_complaint.sla.clock.working_time import Calendar, CalendarKey
from heed_complaint.sla.terms import resolver
from heed_complaint.sla.terms.calendars import repository, rules
from heed_complaint.sla.terms.calendars.errors import CalendarFixed, CalendarInvalid, CalendarNotFound
from heed_complaint.sla.terms.calendars.rules import Document
from heed_complaint.sla.terms.calendars.tables import CalendarVersion
from heed_complaint.sla.terms.resolver import TermsSnapshot
from heed_complaint.sla.terms.revisions import repository as revisions

CALENDAR = "calendar"


async def put(
    session: AsyncSession, *, name: str, document: Document, by: str, if_match: int | None, now: datetime
) -> Upserted[CalendarVersion]:
    """Create a version of the calendar; an unchanged one creates none. Open complaints will be replanned."""
    await revisions.lock(session)
    before = await repository.newest(session, name)
    _check_match(before, if_match)
    holidays = current_holidays(document, now=now)
    if before is not None and _is_unchanged(before, document, holidays):
        return Upserted(before, created=False)
    calendar = _parse(name, document, holidays, before)
    _check_targets(await resolver.current_terms(session), calendar, now=now)
    return Upserted(await _add(session, calendar.key, document, holidays, by=by, now=now), created=before is None)


async def dry_run_terms(
    session: AsyncSession, *, name: str, document: Document, if_match: int | None, now: datetime
) -> TermsSnapshot | None:
    """Return the terms as `put` would change them; None if it would change nothing."""
    before = await repository.newest(session, name)
    if before is not None:
        check_if_match(if_match, before.version)
    holidays = current_holidays(document, now=now)
    if before is not None and _is_unchanged(before, document, holidays):
        return None
    calendar = _parse(name, document, holidays, before)
    terms = await resolver.current_terms(session)
    _check_targets(terms, calendar, now=now)
    return terms.with_calendar(calendar)


async def get(session: AsyncSession, *, name: str, version: int | None) -> CalendarVersion:
    """Return that version of the calendar, by default the newest. Raises `CalendarNotFound`."""
    found = await (
        repository.newest(session, name) if version is None else repository.version(session, CalendarKey(name, version))
    )
    if found is None:
        raise CalendarNotFound
    return found


async def list_calendars(session: AsyncSession, *, after: str, limit: int) -> Sequence[CalendarVersion]:
    """Return the newest version of each calendar, by name."""
    return await repository.newest_after(session, after, limit=limit)


async def sync_default_time_zone(session: AsyncSession, *, time_zone: str, now: datetime) -> None:
    """Move the built-in office calendar to the organisation's time zone, unless an operator has replaced it."""
    await revisions.lock(session)
    office = await repository.newest(session, rules.OFFICE)
    if office is None or office.by is not None or office.document["time_zone"] == time_zone:
        return
    document = {**office.document, "time_zone": time_zone}
    await _add(session, CalendarKey(rules.OFFICE, office.version + 1), document, None, by=None, now=now)


def current_holidays(document: Document, *, now: datetime) -> PublicDays | None:
    """Return the holidays and make-up days of the calendar's country as they are known today."""
    country = rules.country_of(document)
    if country is None:
        return None
    years = range(now.year - rules.YEARS_BACK, now.year + rules.YEARS_AHEAD)
    try:
        return public_days(*country, years=years, today=now.date())
    except CalendarError as error:
        raise CalendarInvalid(error.detail, pointer=error.pointer) from None


def _check_match(before: CalendarVersion | None, if_match: int | None) -> None:
    if before is not None:
        require_if_match(if_match, before.version)
    elif if_match is not None:
        raise PreconditionFailed


def _is_unchanged(before: CalendarVersion, document: Document, holidays: PublicDays | None) -> bool:
    return before.document == document and rules.same_content(before.public, rules.serialize_holidays(holidays))


def _parse(name: str, document: Document, holidays: PublicDays | None, before: CalendarVersion | None) -> Calendar:
    if name == rules.ALWAYS:
        raise CalendarFixed
    try:
        return Calendar(rules.parse(document, holidays), CalendarKey(name, before.version + 1 if before else 1))
    except CalendarError as error:
        raise CalendarInvalid(error.detail, pointer=error.pointer) from None


def _check_targets(terms: TermsSnapshot, calendar: Calendar, *, now: datetime) -> None:
    """Raise `CalendarInvalid` if a target counted by the calendar goes beyond the days that it knows."""
    if not terms.with_calendar(calendar).covers_targets(calendar.key.name, now=now):
        raise CalendarInvalid("There is too little working time in it for the targets that use it.", pointer="/hours")


async def _add(
    session: AsyncSession,
    key: CalendarKey,
    document: Document,
    holidays: PublicDays | None,
    *,
    by: str | None,
    now: datetime,
) -> CalendarVersion:
    values = {"document": dict(document), "public": rules.serialize_holidays(holidays), "at": now, "by": by}
    row = await repository.add(session, name=key.name, version=key.version, **values)
    await revisions.record_revision(session, subject_type=CALENDAR, name=key.name, version=key.version, by=by, now=now)
    return row
