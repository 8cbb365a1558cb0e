"""Use case of many complaints of the past: each is checked and replayed alone, and all are stored together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.content_hash import hash_external_id
from heed_common.contracts.complaint import ComplaintImported
from heed_common.contracts.complaint import PastMove as PublishedMove
from heed_common.cooperation import in_slices
from heed_common.errors import ExternalIdConflict, HeedError
from heed_common.identifiers import id_of
from heed_common.outbox import StagedEvent
from heed_complaint.core import repository as complaints
from heed_complaint.core.customers import service as customers
from heed_complaint.core.customers.errors import CustomerUnknown
from heed_complaint.core.tables import Complaint
from heed_complaint.intake.imports.past import replay
from heed_complaint.intake.imports.past.moves import PastComplaint, check_messages, check_moments
from heed_complaint.intake.imports.past.replay import Conditions, Entry, Life
from heed_complaint.intake.imports.recording import repository, rows
from heed_complaint.intake.imports.recording.checks import Terms, load_terms
from heed_complaint.intake.imports.results import ItemResult
from heed_complaint.lifecycle.messages import service as messages
from heed_complaint.lifecycle.opening import rules as opening_rules
from heed_complaint.lifecycle.opening import service as opening
from heed_complaint.lifecycle.repeats import service as repeats
from heed_complaint.resolution.callback_answers import service as callback_answers
from heed_complaint.sla import case as cases
from heed_complaint.sla import service as sla
from heed_complaint.sla.case import build_event
from heed_complaint.sla.clock.working_time import BeyondHorizon
from heed_complaint.sla.errors import BeyondCalendar
from heed_complaint.sla.promises import service as promises
from heed_complaint.workforce.assignment import service as desk

Result = ItemResult | HeedError
"""What became of a line."""


@dataclass(frozen=True, slots=True)
class Recording:
    """How the complaints of one file are recorded."""

    actor: str
    """Who made what the lines do not attribute."""
    currency: str
    earliest: date
    skips_conflicts: bool
    """Whether a line is skipped, and not rejected, if its external id is stored with other content."""
    now: datetime


@dataclass(frozen=True, slots=True)
class Replayed:
    """A complaint that has lived up to now, and its event."""

    complaint: Complaint
    life: Life
    event: StagedEvent
    past: PastComplaint


async def find_customers(
    session: AsyncSession, parsed: Sequence[PastComplaint | HeedError]
) -> list[PastComplaint | HeedError]:
    """Return the complaints with the ids of their customers, and `CustomerUnknown` for those who are not known."""
    given = [past for past in parsed if isinstance(past, PastComplaint)]
    hashes = {past.customer_external_id: hash_external_id(past.customer_external_id)
              for past in given if past.customer_external_id is not None}  # fmt: skip
    ids = {past.new.customer_id for past in given if past.new.customer_id is not None}
    known, named = await customers.find_ids(session, ids=ids, external_id_hashes=hashes.values())

    def found(past: PastComplaint) -> PastComplaint | HeedError:
        if past.customer_external_id is not None:
            customer_id = named.get(hashes[past.customer_external_id])
            if customer_id is None:
                return CustomerUnknown(pointer="/customer_external_id")
            return replace(past, new=replace(past.new, customer_id=customer_id))
        if past.new.customer_id is not None and past.new.customer_id not in known:
            return CustomerUnknown(pointer="/customer_id")
        return past

    return [past if isinstance(past, HeedError) else found(past) for past in parsed]


async def record_complaints(
    session: AsyncSession, parsed: Sequence[PastComplaint | HeedError], recording: Recording
) -> list[Result]:
    """Record the complaints with their histories. Return the result of each; an error passes unchanged."""
    results: dict[int, Result] = {}
    valid: dict[int, PastComplaint] = {}
    terms = await load_terms(session, [past for past in parsed if isinstance(past, PastComplaint)])
    async for index, past in in_slices(enumerate(parsed)):
        error = past if isinstance(past, HeedError) else _error_of(past, terms, recording)
        if error is not None:
            results[index] = error
        elif isinstance(past, PastComplaint):
            valid[index] = past
    new, repeated = await _split_stored(session, valid, recording)
    results |= repeated
    replayed, errors = await _replay_all(session, new, recording)
    results |= errors
    inserted = await repository.insert_complaints(session, [one.complaint for one in replayed.values()])
    created = {index: one for index, one in replayed.items() if one.complaint.id in inserted}
    await _save(session, list(created.values()), recording)
    results |= dict.fromkeys(created, ItemResult.CREATED)
    # The external id of the others was taken meanwhile, by a call or by another file.
    raced = {index: one.past for index, one in replayed.items() if index not in created}
    if raced:
        results |= (await _split_stored(session, raced, recording))[1]
    return [results[index] for index in range(len(parsed))]


def _error_of(past: PastComplaint, terms: Terms, recording: Recording) -> HeedError | None:
    """Return what is wrong with the complaint itself."""
    moments = {"occurred_at": past.new.occurred_at, "received_at": past.received_at}
    try:
        opening_rules.check_earliest(moments, earliest=recording.earliest, now=recording.now)
        opening_rules.check_timestamps(past.new, received_at=past.received_at, now=recording.now)
    except HeedError as error:
        return error
    return (
        check_moments(past.moves, received_at=past.received_at, now=recording.now)
        or check_messages(past.messages, received_at=past.received_at, now=recording.now)
        or terms.error_of(past)
    )


async def _split_stored(
    session: AsyncSession, given: Mapping[int, PastComplaint], recording: Recording
) -> tuple[dict[int, PastComplaint], dict[int, Result]]:
    """Return the complaints that are new, and the results of those that are stored or repeat an earlier line."""
    names = {past.new.external_id for past in given.values() if past.new.external_id is not None}
    fingerprints = await repository.find_stored(session, names) if names else {}
    new: dict[int, PastComplaint] = {}
    results: dict[int, Result] = {}
    for index, past in given.items():
        before = fingerprints.setdefault(str(past.new.external_id), own := past.fingerprint())
        if before is own:
            new[index] = past
        elif before == own:
            results[index] = ItemResult.UNCHANGED
        else:
            conflict = ExternalIdConflict(pointer="/external_id")
            results[index] = ItemResult.KEPT if recording.skips_conflicts else conflict
    return new, results


async def _replay_all(
    session: AsyncSession, new: Mapping[int, PastComplaint], recording: Recording
) -> tuple[dict[int, Replayed], dict[int, Result]]:
    """Return the complaints as they have lived, and the errors of those whose history was not possible."""
    opened = {index: _complaint(past, recording) for index, past in new.items()}
    escalated = await repeats.assign_repeat_numbers(session, list(opened.values()))
    plans = await sla.plans_of(session, list(opened.values()))
    policy = await callback_answers.current_policy(session)
    replayed: dict[int, Replayed] = {}
    errors: dict[int, Result] = {}
    async for index, complaint in in_slices(opened.items()):
        plan, past = plans[complaint.id], new[index]
        conditions = Conditions(complaint.kind, plan.on_reopen, policy, recording.actor)
        life = replay.begin(received_at=past.received_at, clocks=sla.new_clocks(complaint, plan))
        _record_opening(life, complaint, escalated.get(complaint.id), recording)
        try:
            error = replay.replay(life, past.moves, conditions, now=recording.now)
        except BeyondHorizon as beyond:
            error = BeyondCalendar(str(beyond), pointer="/received_at")
        if error is not None:
            errors[index] = error
        else:
            replayed[index] = Replayed(complaint, life, _finish(complaint, life, past), past)
    return replayed, errors


def _complaint(past: PastComplaint, recording: Recording) -> Complaint:
    """Return the complaint as it was received; it is no part of the session."""
    received_at = past.received_at
    row = opening.new_row(
        past.new,
        received_at=received_at,
        currency=recording.currency,
        now=received_at,
        complaint_id=id_of(received_at),
    )
    return Complaint(**rows.DEFAULTS | row | {"fingerprint": past.fingerprint(), "owner": past.owner})


def _record_opening(life: Life, complaint: Complaint, escalated_to: str | None, recording: Recording) -> None:
    if escalated_to is not None:
        life.columns["escalation_level"] = 1
        after = {"escalation": 1, "nth": complaint.repeat_number, "to": escalated_to}
        life.entries.append(Entry(life.at, None, "escalate", {"escalation": 0}, after))
    life.entries.append(Entry(life.at, recording.actor, "open", {}, {"state": life.state}))


def _finish(complaint: Complaint, life: Life, past: PastComplaint) -> StagedEvent:
    """Give the complaint its present state. Return its event."""
    for name, value in life.columns.items():
        setattr(complaint, name, value)
    if complaint.ended_at is None:
        complaint.customer_wrote_at = past.unanswered_since()
    moves = tuple(PublishedMove(action=move.step.action, at=move.at) for move in past.moves)
    event = build_event(
        ComplaintImported,
        complaint,
        life.clocks,
        occurred_at=past.received_at,
        external_id=past.new.external_id,
        moves=moves,
    )
    complaint.opening_event_id = event.id
    return event


async def _save(session: AsyncSession, replayed: Sequence[Replayed], recording: Recording) -> None:
    """Store what belongs to the inserted complaints, and publish them. Nothing of the past is published."""
    if not replayed:
        return
    now, actor = recording.now, recording.actor
    written = {
        one.complaint.id: rows.messages(one.complaint.id, one.past, actor=actor)
        for one in replayed
        if one.past.messages
    }
    await messages.insert_past(session, [message for each in written.values() for message in each])
    entries = [
        rows.history_row(one.complaint.id, entry)
        for one in replayed
        for entry in (
            *rows.entries(one.life, written.get(one.complaint.id, ())),
            Entry(now, actor, "import", {}, {"state": one.life.state}),
        )
    ]
    await complaints.insert_history(session, entries)
    await promises.insert_past(
        session, [row for one in replayed for row in rows.promise_rows(one.complaint.id, one.life)]
    )
    await desk.insert_past(
        session,
        assignments=[
            rows.assignment_row(one.complaint.id, one.past.owner, at=one.past.received_at, actor=actor)
            for one in replayed
            if one.past.owner is not None
        ],
        completions=[row for one in replayed for row in rows.completion_rows(one.complaint.id, one.life)],
    )
    await cases.save_new(session, {one.complaint.id: one.life.clocks for one in replayed}, now=now)
    await sla.mark_planned(session, [one.complaint.id for one in replayed if one.complaint.ended_at is None])
    await outbox.stage_all(session, [one.event for one in replayed], now=now)
