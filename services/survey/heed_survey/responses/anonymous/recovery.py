"""Recovery of anonymous responses after a restore: those that were released since the backup.

The pool of the backup still has some of them, and would release them a second time. Nothing records which: so each
released response takes an entry with the same answers on scales out of the pool, and with it the rest of its answers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.survey import ResponseReceived
from heed_common.decoding import ReceivedEvent
from heed_common.encryption import UndecryptableValue
from heed_common.recovery import Finding, RecoveryOutcome
from heed_common.session_cipher import has_cipher
from heed_survey.invitations.links import service as links
from heed_survey.invitations.links.rules import AnonymousSigner
from heed_survey.invitations.records.rules import DEFAULT_LIFETIME
from heed_survey.responses.anonymous import repository, rules, service
from heed_survey.responses.anonymous.content import Pool
from heed_survey.responses.answers import longest_answers
from heed_survey.responses.events import given_answers, published_answers
from heed_survey.responses.rules import NO_DESIGN, Mode, State
from heed_survey.responses.tables import Response
from heed_survey.sampling.quotas import service as quotas
from heed_survey.surveys import service as surveys
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire
from heed_survey.surveys.quotas import limits_for, parse_quotas
from heed_survey.surveys.tables import Survey

Received = Sequence[ReceivedEvent[ResponseReceived]]
LINKS_OPEN = "which of its links were used: they accept another response"
POOL_UNREADABLE = "its pool, which no key decrypts: responses in it may be released a second time"


async def recover(
    session: AsyncSession, survey: Survey, missing: Received, *, token: SecretStr | None, now: datetime
) -> list[Finding]:
    """Recover the released responses of one survey, all of which are missing."""
    row = await repository.lock_pool(session, survey.id)
    pool = _load(session, row)
    entries, begun = list(pool.entries) if pool else [], set(pool.begun) if pool else set()
    responses, new = [], 0
    for item in missing:
        entry = await _take_entry(session, entries, item.event)
        begun.add(rules.cell_of(entry or _entry(item.event)))
        responses.append(await _to_response(session, item, entry, now=now))
        new += entry is None
    await repository.insert_responses(session, rules.shuffled(responses))
    if pool is not None:
        room = max(pool.room, *[longest_answers(await _questionnaire(session, item.event)) for item in missing])
        service.store(session, row, Pool(entries, frozenset(begun), room))
    await _count(session, survey, new)
    await _publish_keys(session, survey, missing, token=token, now=now)
    return _findings(survey, responses, is_readable=pool is not None)


def _load(session: AsyncSession, row: Any) -> Pool | None:  # noqa: ANN401 - a row of the pool
    """Return the pool; None if no key decrypts it."""
    if not has_cipher(session):
        return None
    try:
        return service.load(session, row)
    except UndecryptableValue:
        return None


async def _questionnaire(session: AsyncSession, event: ResponseReceived) -> Questionnaire:
    return await surveys.get_questionnaire(session, survey_id=event.survey_id, survey_version=event.survey_version)


async def _take_entry(session: AsyncSession, entries: list[rules.Entry], event: ResponseReceived) -> rules.Entry | None:
    """Remove and return an entry that the event may be about."""
    questionnaire = await _questionnaire(session, event)
    for index, entry in enumerate(entries):
        on_scales = given_answers(published_answers(entry["answers"], questionnaire))
        if on_scales == given_answers(event.answers) and _is_of(entry, event):
            return entries.pop(index)
    return None


def _is_of(entry: rules.Entry, event: ResponseReceived) -> bool:
    """Return whether version, mode and wave are the same; events of earlier versions have neither mode nor wave."""
    of_version = entry["survey_version"] == event.survey_version and entry["state"] == State.PUBLISHED
    return of_version and (event.mode is None or (entry["mode"], entry["wave"]) == (event.mode, event.wave))


def _entry(event: ResponseReceived) -> dict[str, Any]:
    """Return the response as an entry of the pool, as far as its event has it."""
    return {
        "survey_version": event.survey_version,
        "state": State.PUBLISHED,
        "mode": event.mode or Mode.WEB,
        "wave": event.wave,
        "flags": [],
        "answers": given_answers(event.answers),
        "design": asdict(NO_DESIGN),
    }


async def _to_response(
    session: AsyncSession, item: ReceivedEvent[ResponseReceived], entry: Mapping[str, Any] | None, *, now: datetime
) -> Response:
    event = item.event
    if entry is not None:
        questionnaire = await _questionnaire(session, event)
        response = service.to_response(event.survey_id, entry, questionnaire, at=event.occurred_at)
        response.id, response.event_id = event.response_id, item.id
        return response
    known = {name: value for name, value in _entry(event).items() if name != "design"}
    own = {"id": event.response_id, "event_id": item.id, "survey_id": event.survey_id, "is_recovered": True}
    return Response(**known, **own, answered_at=event.occurred_at, received_at=event.occurred_at)


async def _count(session: AsyncSession, survey: Survey, new: int) -> None:
    """Count those that the pool did not have in the quotas that all responses belong to; no other one is known."""
    if not new or not survey.quotas:
        return
    questionnaire = await surveys.current_questionnaire(session, survey=survey)
    names = limits_for(parse_quotas(survey.quotas, questionnaire), {})
    await quotas.add_recovered(session, survey_id=survey.id, counts=dict.fromkeys(names, new))


async def _publish_keys(
    session: AsyncSession, survey: Survey, missing: Received, *, token: SecretStr | None, now: datetime
) -> None:
    """Accept the links of the waves again whose first link was sent after the backup."""
    if token is None:
        return
    for wave in {item.event.wave for item in missing}:
        signer = AnonymousSigner(token.get_secret_value().encode(), survey_id=survey.id, wave=wave)
        await links.publish_key(
            session, signer=signer, survey_id=survey.id, wave=wave, expires_at=now + DEFAULT_LIFETIME
        )


def _findings(survey: Survey, responses: Sequence[Response], *, is_readable: bool) -> list[Finding]:
    findings = [
        Finding(
            "response", response.id, RecoveryOutcome.RECOVERED, "its answers on scales" if response.is_recovered else ""
        )
        for response in responses
    ]
    findings.append(Finding("survey", survey.id, RecoveryOutcome.LOST, LINKS_OPEN))
    if not is_readable:
        findings.append(Finding("survey", survey.id, RecoveryOutcome.LOST, POOL_UNREADABLE))
    return findings
