"""All parts of a report, computed from one set of responses under one guard, which sees them together."""

from heed_survey.analysis.results.documents import SuppressedOut
from heed_survey.analysis.results.subject import Subject
from heed_survey.call_backs.facts.rules import CONDITION_FIELDS as FACT_FIELDS
from heed_survey.reporting.content.attempts import attempt, shown
from heed_survey.reporting.content.collection import collection
from heed_survey.reporting.content.document import FactsPart, IndexPart, MatrixPart, ReportBody
from heed_survey.reporting.content.facts import facts_part
from heed_survey.reporting.content.headlines import headlines
from heed_survey.reporting.content.index import index_part
from heed_survey.reporting.content.items import item_parts
from heed_survey.reporting.content.matrix import has_matrix, matrix_part
from heed_survey.reporting.content.trends import trend_parts

FIELDS = ("wave", "mode", *FACT_FIELDS)
"""Fields of the responses that a report reads beside the items."""
NO_INDEX = IndexPart(nodes=(), difference=None, without_flagged=None)


def report_body(subject: Subject) -> ReportBody:
    """Return all parts. Raises errors of `collection` if nothing may be shown of these responses.

    What managers read first is computed first: where a set of people has to be withheld, it is a later one.
    """
    collected = collection(subject)
    figures, warnings = headlines(subject)
    index = attempt(lambda: index_part(subject))
    visible = shown(index)
    items = tuple(item_parts(subject))
    matrix = attempt(lambda: matrix_part(subject)) if has_matrix(subject) else None
    trends = tuple(trend_parts(subject))
    facts = attempt(lambda: facts_part(subject))
    return ReportBody(
        collection=collected,
        headlines=tuple(figures),
        index=NO_INDEX if isinstance(index, SuppressedOut) else visible and visible[0],
        matrix=MatrixPart(importance="stated") if isinstance(matrix, SuppressedOut) else matrix,
        trends=trends,
        items=items,
        warnings=tuple(sorted(warnings | (visible[1] if visible else set()))),
        facts=FactsPart() if isinstance(facts, SuppressedOut) else facts,
    )
