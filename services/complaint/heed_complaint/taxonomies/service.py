"""What words there are to describe a complaint with."""

import re

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.languages import Language
from heed_complaint.tables import Term
from heed_complaint.taxonomies import repository
from heed_complaint.taxonomies.errors import UnknownCategory, UnknownCause, UnknownResponsibility

SECOND_LEVEL = re.compile(r"[a-z][a-z0-9_]{0,63}")


async def check_category(session: AsyncSession, category: str) -> None:
    """The first level is one of the taxonomy's; the second is free for everybody's own."""
    first, dot, second = category.partition(".")
    known = await repository.knows(session, "category", first)
    if not known or (dot and not SECOND_LEVEL.fullmatch(second)):
        raise UnknownCategory(pointer="/category")


async def check_finding(session: AsyncSession, *, cause: str | None, responsibility: str | None) -> None:
    """What was found to be wrong, and whose matter it was, so that reports can count it."""
    if cause is not None and not await repository.knows(session, "cause", cause):
        raise UnknownCause(pointer="/cause")
    if responsibility is not None and not await repository.knows(session, "responsibility", responsibility):
        raise UnknownResponsibility(pointer="/responsibility")


async def labelled(session: AsyncSession, *, language: Language) -> dict[str, dict[str, str]]:
    """Every taxonomy's codes with their labels, in the order that people are used to."""
    taxonomies: dict[str, dict[str, str]] = {}
    for term in await repository.all_terms(session):
        taxonomies.setdefault(term.taxonomy, {})[term.code] = _label(term, language)
    return taxonomies


def _label(term: Term, language: Language) -> str:
    return term.zh if language == "zh" else term.en
