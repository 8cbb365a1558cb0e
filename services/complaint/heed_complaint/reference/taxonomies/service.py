"""Use cases of taxonomies."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.languages import Language
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
from heed_complaint.reference.taxonomies.rules import TermInput
from heed_complaint.reference.taxonomies.tables import Taxonomy, Term


async def validate_category(session: AsyncSession, category: str) -> None:
    """Raise `UnknownCategory` unless the first level is a term, and the second too where the first one has any."""
    terms = await repository.lock_category_terms(session, category.partition(".")[0])
    if not rules.is_valid_category(category, terms):
        raise UnknownCategory(pointer="/category")


async def validate_cause_and_responsibility(
    session: AsyncSession, *, cause: str | None, responsibility: str | None
) -> None:
    """Raise `UnknownCause`, `UnknownResponsibility` for codes that reports could not count."""
    if cause is not None and not await repository.lock_active_term(session, "cause", cause):
        raise UnknownCause(pointer="/cause")
    if responsibility is not None and not await repository.lock_active_term(session, "responsibility", responsibility):
        raise UnknownResponsibility(pointer="/responsibility")


async def validate_quality_side(session: AsyncSession, quality_side: str | None) -> None:
    """Raise `UnknownQualitySide` unless it is a term: was the product poor, or how it was delivered?"""
    if quality_side is not None and not await repository.lock_active_term(session, "quality_side", quality_side):
        raise UnknownQualitySide(pointer="/quality_side")


async def load_label(session: AsyncSession, taxonomy: str, code: str, *, language: Language) -> str:
    """Return the label of a code, or that of its first level: the second level of a category may be free text."""
    for each in (code, code.partition(".")[0]):
        term = await session.get(Term, (taxonomy, each))
        if term is not None:
            return term.zh if language == "zh" else term.en
    return code


async def category_labels(session: AsyncSession, category: str) -> dict[Language, str] | None:
    """Return the labels of the category, or else of its first level: the second level may be free text."""
    terms = await repository.category_terms(session, (category, category.partition(".")[0]))
    return {"en": terms[0].en, "zh": terms[0].zh} if terms else None


async def list_taxonomies(session: AsyncSession) -> dict[str, list[Term]]:
    """Return the terms of every taxonomy, in their order."""
    taxonomies: dict[str, list[Term]] = {}
    for term in await repository.list_terms(session):
        taxonomies.setdefault(term.taxonomy, []).append(term)
    return taxonomies


async def get_taxonomy(session: AsyncSession, *, name: str) -> tuple[Taxonomy, Sequence[Term]]:
    """Return a taxonomy with its terms. Raises `TaxonomyNotFound`."""
    taxonomy = await repository.get_taxonomy(session, name)
    if taxonomy is None:
        raise TaxonomyNotFound
    return taxonomy, await repository.list_taxonomy_terms(session, name)


async def put_taxonomy(
    session: AsyncSession, *, name: str, terms: Sequence[TermInput], if_match: int | None
) -> tuple[Taxonomy, Sequence[Term]]:
    """Replace the terms of a taxonomy. Raises `TermInUse` for a removed term that describes a complaint."""
    taxonomy = await repository.lock_taxonomy(session, name)
    if taxonomy is None:
        raise TaxonomyNotFound
    require_if_match(if_match, taxonomy.revision)
    rules.validate_terms(terms, taxonomy=name)
    codes = {term.code for term in await repository.list_taxonomy_terms(session, name)}
    if taxonomy.codes_locked:
        rules.validate_locked_codes(terms, codes=codes)
    else:
        await _remove(session, name, codes - {term.code for term in terms})
    await repository.upsert_terms(session, name, terms)
    taxonomy.revision += 1
    return taxonomy, await repository.list_taxonomy_terms(session, name)


async def _remove(session: AsyncSession, name: str, codes: set[str]) -> None:
    # Deleted before the check: transactions that were about to use one of the terms have finished by then.
    await repository.delete_terms(session, name, sorted(codes))
    used = [code for code in sorted(codes) if await repository.is_used(session, name, code)]
    if used:
        raise TermInUse(used)
