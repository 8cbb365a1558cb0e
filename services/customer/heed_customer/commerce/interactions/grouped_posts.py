"""Single POSTs of interactions, committed in groups. Unusual requests go to `api.record_interaction`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.errors import HeedError
from heed_common.http.grouped_posts import GroupedPost, GroupedWrite, Outcome, group_posts, to_response
from heed_common.resources import Resources
from heed_common.settings import ServiceSettings
from heed_customer.commerce.interactions import service
from heed_customer.commerce.interactions.rules import NewInteraction
from heed_customer.commerce.interactions.schemas import InteractionIn, InteractionOut
from heed_customer.commerce.interactions.tables import Interaction
from heed_customer.item_results import ItemOutcome

PATH = "/v1/interactions"


def install(app: FastAPI, settings: ServiceSettings, resources: Resources) -> None:
    """Commit the single POSTs of interactions in groups."""

    async def record(
        session: AsyncSession, writes: Sequence[GroupedWrite[NewInteraction]], now: datetime
    ) -> Sequence[Outcome]:
        outcomes = await service.record_interactions(
            session,
            interactions=[replace(write.content, origin=write.origin) for write in writes],
            default_currency=settings.currency,
            earliest=settings.earliest,
            now=now,
        )
        return [_to_outcome(outcome) for outcome in outcomes]

    post = GroupedPost(app, PATH, scope="customers:write", resources=resources, parse=_parse, record=record)
    group_posts(app, post)


def _parse(document: object) -> NewInteraction:
    return InteractionIn.model_validate(document).to_domain()


def _to_outcome(outcome: ItemOutcome[Interaction]) -> Outcome:
    if isinstance(outcome, HeedError):
        return outcome
    interaction, created = outcome
    body = InteractionOut.model_validate(interaction)
    return to_response(body, created=created, event_id=interaction.event_id)
