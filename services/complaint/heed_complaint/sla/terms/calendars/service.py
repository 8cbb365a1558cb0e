"""Working hours, as those write them who are responsible for the desk."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.errors import PreconditionFailed
from heed_common.revisions import check_if_match, require_if_match
from heed_complaint.sla.clock.holidays import public_days
from heed_complaint.sla.clock.opening_hours import CalendarError, PublicDays
from heed_complaint.sla.clock.working_time import Calendar, CalendarKey
from heed_complaint.sla.terms import resolver
from heed_complaint.sla.terms.calendars import repository, rules
from heed_complaint.sla.terms.calendars.errors import CalendarFixed, CalendarInvalid, CalendarNotFound
from heed_complaint.sla.terms.calendars.rules import Document
from heed_complaint.sla.terms.calendars.tables import CalendarVersion
from heed_complaint.sla.terms.resolver import Book
from heed_complaint.sla.terms.revisions import repository as changes

CALENDAR = "calendar"


async def write(
    session: AsyncSession, *, name: str, document: Document, by: str, if_match: int | None, now: datetime
) -> tuple[CalendarVersion, bool]:
    """From now on deadlines are counted by these hours. The second answer: whether there was none of that name."""
    await changes.lock(session)
    before = await repository.newest(session, name)
    _check_match(before, if_match)
    public = known_days(document, now=now)
    if before is not None and _is_the_same(before, document, public):
        return before, False
    calendar = _read(name, document, public, before)
    _check_use(await resolver.book(session), calendar, now=now)
    return await _add(session, calendar.key, document, public, by=by, now=now), before is None


async def candidate(
    session: AsyncSession, *, name: str, document: Document, if_match: int | None, now: datetime
) -> Book | None:
    """The terms as `write` would make them, or nothing where it would change nothing."""
    before = await repository.newest(session, name)
    if before is not None:
        check_if_match(if_match, before.version)
    public = known_days(document, now=now)
    if before is not None and _is_the_same(before, document, public):
        return None
    calendar = _read(name, document, public, before)
    book = await resolver.book(session)
    _check_use(book, calendar, now=now)
    return book.with_calendar(calendar)


async def get(session: AsyncSession, *, name: str, version: int | None) -> CalendarVersion:
    """The calendar as it counts now, or as it was in one of its versions."""
    found = await (
        repository.newest(session, name) if version is None else repository.version(session, CalendarKey(name, version))
    )
    if found is None:
        raise CalendarNotFound
    return found


async def list_calendars(session: AsyncSession, *, after: str, limit: int) -> Sequence[CalendarVersion]:
    """Each as it counts now, by name."""
    return await repository.newest_after(session, after, limit=limit)


async def follow_the_house(session: AsyncSession, *, time_zone: str, now: datetime) -> None:
    """The office is where the house is, as long as nobody has written another one."""
    await changes.lock(session)
    office = await repository.newest(session, rules.OFFICE)
    if office is None or office.by is not None or office.document["time_zone"] == time_zone:
        return
    document = {**office.document, "time_zone": time_zone}
    await _add(session, CalendarKey(rules.OFFICE, office.version + 1), document, None, by=None, now=now)


def known_days(document: Document, *, now: datetime) -> PublicDays | None:
    """The holidays and make-up days of the country, as they are known today."""
    place = rules.country_of(document)
    if place is None:
        return None
    years = range(now.year - rules.YEARS_BACK, now.year + rules.YEARS_AHEAD)
    try:
        return public_days(*place, years=years, today=now.date())
    except CalendarError as error:
        raise CalendarInvalid(error.detail, pointer=error.pointer) from None


def _check_match(before: CalendarVersion | None, if_match: int | None) -> None:
    if before is not None:
        require_if_match(if_match, before.version)
    elif if_match is not None:
        raise PreconditionFailed


def _is_the_same(before: CalendarVersion, document: Document, public: PublicDays | None) -> bool:
    return before.document == document and rules.says_the_same(before.public, rules.frozen(public))


def _read(name: str, document: Document, public: PublicDays | None, before: CalendarVersion | None) -> Calendar:
    if name == rules.ALWAYS:
        raise CalendarFixed
    try:
        return Calendar(rules.read(document, public), CalendarKey(name, before.version + 1 if before else 1))
    except CalendarError as error:
        raise CalendarInvalid(error.detail, pointer=error.pointer) from None


def _check_use(book: Book, calendar: Calendar, *, now: datetime) -> None:
    """No target that is counted by it may reach beyond the days that it knows."""
    if not book.with_calendar(calendar).reaches(calendar.key.name, now=now):
        raise CalendarInvalid("There is too little working time in it for the targets that use it.", pointer="/hours")


async def _add(
    session: AsyncSession,
    key: CalendarKey,
    document: Document,
    public: PublicDays | None,
    *,
    by: str | None,
    now: datetime,
) -> CalendarVersion:
    said = {"document": dict(document), "public": rules.frozen(public), "at": now, "by": by}
    row = await repository.add(session, name=key.name, version=key.version, **said)
    await changes.note(session, what=CALENDAR, name=key.name, version=key.version, by=by, at=now)
    return row
