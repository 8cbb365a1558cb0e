"""Use case of quality flags: those of new responses."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_survey.responses.quality import repository, rules
from heed_survey.responses.quality.rules import Flag
from heed_survey.responses.rules import CheckedResponse


async def flag_responses(
    session: AsyncSession, *, survey_id: UUID, responses: Sequence[CheckedResponse]
) -> list[list[Flag]]:
    """Return the flags of new responses, in their order.

    Two responses at the same moment do not see each other: a flag is a doubt, and no lock is held for it.
    """
    flags = rules.flag_answers(responses)
    identities = [rules.identity_of(response) for response in responses]
    earlier = await repository.find_earlier(session, survey_id, identities)
    seen = frozenset(key for identity in earlier for key in rules.identity_keys(identity))
    return rules.with_duplicates(flags, identities, seen=seen)
