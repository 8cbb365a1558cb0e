"""Calendars for tests, and a walk through them minute by minute that knows nothing of how Heed counts."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from heed_complaint.sla.clock import opening_hours
from heed_complaint.sla.clock.opening_hours import PublicDays
from heed_complaint.sla.clock.working_time import Calendar

MINUTE = timedelta(minutes=1)
WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
WEEK = (*WORKDAYS, "sat", "sun")
ZONES = (
    "America/New_York",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Asia/Shanghai",
    "Australia/Lord_Howe",
    "Europe/Berlin",
)
# Two to three days before the clocks change somewhere, forward and back; and the New Year.
SEASONS = tuple(
    datetime.fromisoformat(f"{day}T00:00Z")
    for day in ("2025-03-06", "2025-03-27", "2025-10-02", "2025-10-23", "2025-10-30", "2026-04-02", "2025-12-29")
)
WINDOW_DAYS = 6


def make_calendar(*day, time_zone="UTC", days=WORKDAYS, **overrides):
    """The same intervals on each of the days, from nine to six on workdays by default."""
    return Calendar(
        opening_hours.parse_opening_hours(time_zone, dict.fromkeys(days, day or [("09:00", "18:00")]), **overrides)
    )


def round_the_clock(time_zone="UTC"):
    return make_calendar(("00:00", "24:00"), days=WEEK, time_zone=time_zone)


@dataclass(frozen=True)
class Written:
    """A calendar as an operator writes it, with the six days that a walk goes through."""

    zone: str
    week: dict[str, list[tuple[str, str]]]
    off: frozenset[date]
    working: frozenset[date]
    public_off: frozenset[date]
    public_working: frozenset[date]
    start: datetime

    def calendar(self) -> Calendar:
        public = PublicDays(range(2020, 2032), dict.fromkeys(self.public_off, "holiday"), self.public_working)
        hours = opening_hours.parse_opening_hours(
            self.zone, self.week, off=[*self.off], working=[*self.working], public=public
        )
        return Calendar(hours)

    def walk(self) -> list[bool]:
        """For each minute of the window whether work is done, by a look at the clock on the wall."""
        zone = ZoneInfo(self.zone)
        return [self._open((self.start + i * MINUTE).astimezone(zone)) for i in range(WINDOW_DAYS * 1440)]

    def _open(self, wall: datetime) -> bool:
        day, time = wall.date(), f"{wall.hour:02}:{wall.minute:02}"
        usual = self.week.get(WEEK[wall.weekday()], [])
        if day in self.off:
            return False
        if day in self.working or day in self.public_working:
            usual = usual or next(self.week[name] for name in WEEK if self.week.get(name))
        elif day in self.public_off:
            return False
        return any(start <= time < end for start, end in usual)


def write(random: Random) -> Written:
    """Any calendar of one to four intervals a day, in any of the zones and seasons."""
    start = random.choice(SEASONS) + random.randrange(1440) * MINUTE
    week = {day: _intervals(random) for day in WEEK if random.random() < 0.75} or {"wed": _intervals(random)}
    days = [start.date() + timedelta(days=i) for i in range(-1, WINDOW_DAYS + 2)]
    off, working, public_off, public_working = (
        frozenset(day for day in days if random.random() < share) for share in (0.06, 0.08, 0.12, 0.06)
    )
    return Written(random.choice(ZONES), week, off, working - off, public_off, public_working, start)


def _intervals(random: Random) -> list[tuple[str, str]]:
    if random.random() < 0.1:
        return [("00:00", "24:00")]
    minutes = sorted(random.sample(range(1441), 2 * random.randint(1, 4)))
    times = [f"{minute // 60:02}:{minute % 60:02}" for minute in minutes]
    return list(zip(times[::2], times[1::2], strict=True))
