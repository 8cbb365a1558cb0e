"""Use case of quality flags: those of new responses."""

from collections.abc import Sequence
from dataclasses import replace
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


def flag_anonymous(responses: Sequence[CheckedResponse]) -> list[list[Flag]]:
    """Return the flags of anonymous responses: those that follow from the answers.

    How long a form took, and how late it was sent, is in the log of a web server as well. Equal answers are not looked
    up: the log of the database would have their hash, at the moment of the response.
    """
    timeless = [replace(each, new=replace(each.new, seconds=None, touchpoint_at=None)) for each in responses]
    identities = [rules.identity_of(response) for response in timeless]
    return rules.with_duplicates(rules.flag_answers(timeless), identities, seen=frozenset())
