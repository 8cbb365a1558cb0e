"""Summary of every report, and the labels and order of its groups."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.reporting.reports import repository, texts
from heed_complaint.reporting.reports.query import Grouping, Scope
from heed_complaint.reporting.reports.schemas import Share
from heed_measures.uplift import wilson

DIGITS = 6
RANKED_CODES: Mapping[str, tuple[str, ...]] = {"severity": ("critical", "major", "minor"), "tier": ("A", "B", "C", "D")}
TIME_GROUPINGS = frozenset({"month", "week"})
Label = Callable[[str | None], str]
T = TypeVar("T")


async def summary(session: AsyncSession, scope: Scope) -> dict[str, Any]:
    """Return period and number of complaints; the number of confidential ones only for callers who may see them."""
    complaints, confidential = await repository.total_counts(session, scope)
    return {
        "from": scope.since,
        "until": scope.until,
        "complaints": complaints,
        "confidential": confidential if scope.sees_confidential else None,
    }


async def labels(session: AsyncSession, kind: str, scope: Scope) -> Label:
    """Return the labels of a grouping: from the taxonomies, which operators can change, or from the texts of Heed."""
    if kind == "product":
        spellings = await repository.product_spellings(session, scope)
        return lambda code: texts.translate(scope.language, "unknown") if code is None else spellings.get(code, code)
    taxonomy = repository.TAXONOMIES.get(kind, kind)
    terms = {term.code: getattr(term, scope.language) for term in await repository.list_terms(session, taxonomy)}

    def label(code: str | None) -> str:
        if code is None:
            return texts.translate(scope.language, "unknown")
        if code in terms:
            return str(terms[code])
        first, dot, second = code.partition(".")
        if dot and taxonomy == "category":
            return f"{terms.get(first, first)}: {second.replace('_', ' ')}"
        return texts.label(scope.language, kind, code)

    return label


async def group_labels(session: AsyncSession, by: Grouping | None, scope: Scope) -> Label:
    """Return the labels of the groups; without a grouping the label of all complaints."""
    if by is None:
        return lambda _: texts.translate(scope.language, "all")
    return await labels(session, by, scope)


def ordered_groups(rows: Iterable[T], by: str, code: Callable[[T], str | None], size: Callable[[T], float]) -> list[T]:
    """Return periods in order, ranked codes from the top, all others by size; unknown ones last."""
    ranks = {name: rank for rank, name in enumerate(RANKED_CODES.get(by, ()))}

    def sort_key(row: T) -> tuple[Any, ...]:
        name = code(row)
        if name is None:
            return (1,)
        return (0, name) if by in TIME_GROUPINGS else (0, ranks.get(name, len(ranks)), -size(row), name)

    return sorted(rows, key=sort_key)


def share(count: int, of: int) -> Share:
    """Return the share with its interval."""
    if of == 0:
        return Share(count=0, of=0, share=None, low=None, high=None)
    low, high = wilson(count, of)
    return Share(count=count, of=of, share=round(count / of, DIGITS), low=round(low, DIGITS), high=round(high, DIGITS))
