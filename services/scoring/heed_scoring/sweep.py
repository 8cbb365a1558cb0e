"""The passing of time, and new models: scores move without an event, a thousand customers at a time."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.clock import Clock
from heed_common.outbox import Written
from heed_scoring import announcement, models_repository, repository, said
from heed_scoring.features import features
from heed_scoring.said import TIME, Cause, Saying
from heed_scoring.score import score

CHUNK = 1000
NEW_MODEL = Cause("heed.model.published.v1")


async def sweep(session: AsyncSession, clock: Clock) -> int:
    """Lets a new day, or a new model, into the scores of one chunk; answers how many customers there were.

    The rows are locked while they are worked on, so an event that comes in meanwhile waits and sees the newer score.
    """
    model = (await models_repository.champion(session)).read()
    version, today = model.version, clock.now().date()
    states = await repository.claim_stale(session, today=today, model_version=version, limit=CHUNK)
    now = clock.now()
    seen = [features(state.read_facts(), day=today, money=model.money) for state in states]
    history: list[tuple[UUID, datetime, str]] = []
    written: list[Written] = []
    for state, result in zip(states, score(seen, model), strict=True):
        state.score = result
        if not announcement.differs_enough(state.numbers, result):
            continue
        told, before = said.numbers(result), said.read_numbers(state.numbers)
        state.version, state.known_at, state.numbers = state.version + 1, state.next_moment(now), told
        cause = TIME if state.model_version == version else NEW_MODEL
        saying = Saying(result, state.customer_id, state.known_at, version, cause)
        history.append((state.customer_id, state.known_at, said.say(saying, told, before=before)))
        written.append(announcement.score_changed(saying, version=state.version))
    await repository.write_customers(session, states, day=today, model_version=version)
    await repository.add_history(session, history)
    await outbox.stage_written(session, written, now=now)
    return len(states)
