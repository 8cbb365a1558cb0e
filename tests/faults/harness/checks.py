"""What was damaged, found by comparing the responses to callers with the final state. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.faults.harness.journal import Fact, Journal

Finding = str
BREACHED, WITHDRAWN = "heed.sla.breached", "heed.sla.breach_withdrawn"
WARNED, ESCALATED = "heed.sla.warned", "heed.sla.escalated"
BY_CALLERS = frozenset(
    {
        *(f"heed.customer.{event}" for event in ("registered", "merged", "unmerged")),
        *("heed.purchase.recorded", "heed.purchase.returned", "heed.response.received"),
        *(f"heed.complaint.{event}" for event in ("opened", "accepted", "declined", "contacted", "committed")),
        *(f"heed.complaint.{event}" for event in ("completed", "confirmed", "called_back", "reopened", "withdrawn")),
        *("heed.complaint.paused", "heed.complaint.resumed"),
    }
)
"""Types of events that nothing but a caller's write may cause under this load."""


@dataclass(frozen=True, slots=True)
class Published:
    """An event as it lies in the log."""

    id: str
    kind: str
    """Its type without the version."""
    subject: str
    aggversion: int
    topic: str
    milestone: str | None = None
    step: int = 0
    """Of an escalation."""


@dataclass(frozen=True, slots=True)
class Alarms:
    """What the database holds of a clock's alarms at the end."""

    complaint_id: str
    milestone: str
    is_overdue: bool
    """Whether a due alarm was never checked."""
    warned: bool
    escalated: int
    """Steps of the escalation that were taken."""


@dataclass(frozen=True, slots=True)
class ClockState:
    """A milestone's clock as the product shows it at the end."""

    milestone: str
    state: str


@dataclass(slots=True)
class Evidence:
    """All that is there at the end; what belongs to the harness' own poison is not in it."""

    published: Sequence[Published] = ()
    """Each partition in its order, duplicates included."""
    rows: Mapping[str, Mapping[str, Any] | None] = field(default_factory=dict)
    """By path what reading it answers, None where there is nothing."""
    dead_letters: frozenset[str] = frozenset()
    clocks: Mapping[str, Sequence[ClockState]] = field(default_factory=dict)
    alarms: Sequence[Alarms] = ()
    units: Mapping[str, int] = field(default_factory=dict)
    """By customer what scoring has counted."""
    rescored: Sequence[str] = ()
    """Customers whom a clean fold of the log gives another state."""


@dataclass(frozen=True, slots=True)
class Damage:
    """What the checker found, each finding as a line for people."""

    lost: Sequence[Finding] = ()
    doubled: Sequence[Finding] = ()
    disordered: Sequence[Finding] = ()
    timers_missed: Sequence[Finding] = ()
    scores_differ: Sequence[Finding] = ()

    @property
    def is_none(self) -> bool:
        return not any((self.lost, self.doubled, self.disordered, self.timers_missed, self.scores_differ))


def assess(journal: Journal, evidence: Evidence) -> Damage:
    """Compare all that was acknowledged with all that is there."""
    first = deduplicated(evidence.published)
    return Damage(
        lost=[*lost_events(journal, first), *lost_rows(journal, evidence), *lost_to_dead_letters(first, evidence)],
        doubled=[*journal.contradictions, *doubled_events(journal.facts(), first)],
        disordered=disordered(first),
        timers_missed=[*timers_missed(first, evidence.clocks), *alarms_missed(first, evidence.alarms)],
        scores_differ=[*evidence.rescored, *miscounted(journal.units, evidence.units)],
    )


def deduplicated(published: Iterable[Published]) -> list[Published]:
    """Drop repeated deliveries, as every consumer does; what a repetition may not do is bring something new."""
    return list({event.id: event for event in reversed(list(published))}.values())[::-1]


def lost_events(journal: Journal, published: Sequence[Published]) -> list[Finding]:
    """Find acknowledged writes whose event was never published."""
    there = {event.id for event in published}
    return [f"event {write.event_id} of POST {write.path}" for write in journal.writes if write.event_id not in there]


def lost_rows(journal: Journal, evidence: Evidence) -> list[Finding]:
    """Find resources that are not there, or not as they were acknowledged last."""
    lost = []
    for path, expected in journal.rows.items():
        row = evidence.rows.get(path)
        if row is None:
            lost.append(f"GET {path} finds nothing")
        else:
            lost += [f"GET {path} has another {name}" for name, value in expected.items() if row.get(name) != value]
    return lost


def lost_to_dead_letters(published: Sequence[Published], evidence: Evidence) -> list[Finding]:
    """Find good events that a consumer has put aside."""
    return [f"dead letter {event.kind} {event.id}" for event in published if event.id in evidence.dead_letters]


def doubled_events(acknowledged: Counter[Fact], published: Sequence[Published]) -> list[Finding]:
    """Find effects that no acknowledged write accounts for: of a write that had it twice, or was rolled back."""
    found = Counter((event.kind, event.subject) for event in published if event.kind in BY_CALLERS)
    return [f"{kind} of {subject}, {more} too many" for (kind, subject), more in (found - acknowledged).items()]


def disordered(published: Sequence[Published]) -> list[Finding]:
    """Find events whose version does not rise above those of their aggregate before them."""
    highest: dict[tuple[str, str], int] = defaultdict(int)
    found = []
    for event in published:
        aggregate = (event.topic, event.subject)
        if event.aggversion <= highest[aggregate]:
            found.append(f"{event.kind} of {event.subject}: {event.aggversion} after {highest[aggregate]}")
        highest[aggregate] = max(highest[aggregate], event.aggversion)
    return found


def timers_missed(published: Sequence[Published], clocks: Mapping[str, Sequence[ClockState]]) -> list[Finding]:
    """Find clocks whose breach was not announced exactly once, or was announced though they were met.

    A clock that was set back may take a breach back; what counts is what is left of the announcements.
    """
    announced: Counter[tuple[str, str]] = Counter()
    for event in published:
        if event.milestone is not None and event.subject in clocks:
            announced[event.subject, event.milestone] += {BREACHED: 1, WITHDRAWN: -1}.get(event.kind, 0)
    due = Counter(
        (complaint_id, clock.milestone)
        for complaint_id, its_clocks in clocks.items()
        for clock in its_clocks
        if clock.state == "missed"
    )
    differing = sorted(key for key in announced.keys() | due.keys() if announced[key] != due[key])
    return [
        f"{milestone} of {complaint_id}: missed {due[complaint_id, milestone]} times, "
        f"announced {announced[complaint_id, milestone]} times"
        for complaint_id, milestone in differing
    ]


def alarms_missed(published: Sequence[Published], alarms: Sequence[Alarms]) -> list[Finding]:
    """Find alarms that were due and not raised, and warnings and escalations that were raised and not announced.

    They may be announced again after the clock was set back, and nothing withdraws them: once at least is what counts.
    """
    announced = {
        (event.kind, event.subject, event.milestone, event.step)
        for event in published
        if event.kind in (WARNED, ESCALATED)
    }
    found = [f"{each.milestone} of {each.complaint_id}: an alarm is overdue" for each in alarms if each.is_overdue]
    for each in alarms:
        steps = [(ESCALATED, step) for step in range(1, each.escalated + 1)] + [(WARNED, 0)] * each.warned
        found += [
            f"{kind} {step or ''} of {each.milestone} of {each.complaint_id} was not announced"
            for kind, step in steps
            if (kind, each.complaint_id, each.milestone, step) not in announced
        ]
    return found


def miscounted(acknowledged: Mapping[str, int], counted: Mapping[str, int]) -> list[Finding]:
    """Find customers of whom scoring counts more or less than their purchases minus returns."""
    customers = sorted(acknowledged.keys() | counted.keys())
    return [
        f"units of {customer}: {counted.get(customer, 0)} instead of {acknowledged.get(customer, 0)}"
        for customer in customers
        if acknowledged.get(customer, 0) != counted.get(customer, 0)
    ]
