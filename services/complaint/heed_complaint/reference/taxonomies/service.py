"""What words there are to describe a complaint with, and how operators change them."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.revisions import require_if_match
from heed_complaint.reference.taxonomies import repository, rules
from heed_complaint.reference.taxonomies.errors import (
    TaxonomyNotFound,
    TermInUse,
    UnknownCategory,
    UnknownCause,
    UnknownQualitySide,
    UnknownResponsibility,
)
from heed_complaint.reference.taxonomies.rules import Word
from heed_complaint.reference.taxonomies.tables import Taxonomy, Term


async def check_category(session: AsyncSession, category: str) -> None:
    """The first level is one of the taxonomy's; the second one too, where the first one has any listed below it."""
    known = await repository.category_terms(session, category.partition(".")[0])
    if not rules.may_categorise(category, known):
        raise UnknownCategory(pointer="/category")


async def check_finding(session: AsyncSession, *, cause: str | None, responsibility: str | None) -> None:
    """What was found to be wrong, and whose matter it was, so that reports can count it."""
    if cause is not None and not await repository.is_usable(session, "cause", cause):
        raise UnknownCause(pointer="/cause")
    if responsibility is not None and not await repository.is_usable(session, "responsibility", responsibility):
        raise UnknownResponsibility(pointer="/responsibility")


async def check_quality_side(session: AsyncSession, quality_side: str | None) -> None:
    """Whether what was delivered was poor, or how it was."""
    if quality_side is not None and not await repository.is_usable(session, "quality_side", quality_side):
        raise UnknownQualitySide(pointer="/quality_side")


async def list_all(session: AsyncSession) -> dict[str, list[Term]]:
    """Every taxonomy's terms, in the order that people are used to."""
    taxonomies: dict[str, list[Term]] = {}
    for term in await repository.all_terms(session):
        taxonomies.setdefault(term.taxonomy, []).append(term)
    return taxonomies


async def get(session: AsyncSession, *, name: str) -> tuple[Taxonomy, Sequence[Term]]:
    """One taxonomy with its terms."""
    taxonomy = await repository.taxonomy_by_name(session, name)
    if taxonomy is None:
        raise TaxonomyNotFound
    return taxonomy, await repository.terms_of(session, name)


async def write(
    session: AsyncSession, *, name: str, words: Sequence[Word], if_match: int | None
) -> tuple[Taxonomy, Sequence[Term]]:
    """Operators put the list in their own words. What describes a complaint stays, if only retired."""
    taxonomy = await repository.lock_taxonomy(session, name)
    if taxonomy is None:
        raise TaxonomyNotFound
    require_if_match(if_match, taxonomy.revision)
    rules.check_words(words, taxonomy=name)
    codes = {term.code for term in await repository.terms_of(session, name)}
    if taxonomy.fixed:
        rules.check_fixed(words, codes=codes)
    else:
        await _remove(session, name, codes - {word.code for word in words})
    await repository.write_terms(session, name, words)
    taxonomy.revision += 1
    return taxonomy, await repository.terms_of(session, name)


async def _remove(session: AsyncSession, name: str, codes: set[str]) -> None:
    # Removed first and asked afterwards: whoever was about to use one of them has finished by then.
    await repository.remove_terms(session, name, sorted(codes))
    used = [code for code in sorted(codes) if await repository.is_used(session, name, code)]
    if used:
        raise TermInUse(used)
