"""The passing of time, and new models: scores move without an event, a thousand customers at a time."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.clock import Clock
from heed_common.outbox import Staged
from heed_scoring import announcement, models_repository, repository
from heed_scoring.features import features
from heed_scoring.said import TIME, Cause, Said, numbers, say
from heed_scoring.score import score

CHUNK = 1000


async def sweep(session: AsyncSession, clock: Clock) -> int:
    """Lets a new day, or a new model, into the scores of one chunk; answers how many customers there were.

    The rows are locked while they are worked on, so an event that comes in meanwhile waits and sees the newer score.
    """
    model = (await models_repository.champion(session)).read()
    today = clock.now().date()
    states = await repository.claim_stale(session, today=today, model_version=model.version, limit=CHUNK)
    now = clock.now()
    seen = [features(state.read_facts(), day=today, money=model.money) for state in states]
    history: list[tuple[UUID, datetime, Said]] = []
    staged: list[Staged] = []
    for state, result in zip(states, score(seen, model), strict=True):
        moment = state.next_moment(now)
        cause = TIME if state.model_version == model.version else Cause("heed.model.published.v1")
        said = say(state.customer_id, result, at=moment, model_version=model.version, cause=cause, before=state.numbers)
        published = state.numbers
        if announcement.differs_enough(published, said):
            published = numbers(said)
            state.version += 1
            state.known_at = moment
            history.append((state.customer_id, moment, said))
            staged.append(Staged(announcement.score_changed(said, at=moment), state.version))
        state.note(result, published=published, day=today, model=model)
    await repository.write_customers(session, states)
    await repository.add_history(session, history)
    await outbox.stage_all(session, staged, now=now)
    return len(states)
