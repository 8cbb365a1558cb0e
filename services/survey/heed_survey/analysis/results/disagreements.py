"""The responses whose words and facts disagree, one by one."""

from collections.abc import Sequence
from typing import Literal, NamedTuple
from uuid import UUID

import numpy as np

from heed_common.contracts.survey import Measure
from heed_common.fields import Moment, ResponseModel
from heed_survey.analysis.errors import AnonymousSurvey
from heed_survey.analysis.results.facts import BAD_FACT, GOOD_FACT
from heed_survey.analysis.results.net_promoter import find_item
from heed_survey.analysis.results.subject import Subject
from heed_survey.analysis.results.words import BAD_WORD, GOOD_WORD, word_codes
from heed_survey.analysis.table.dataset import Link
from heed_survey.call_backs.facts.rules import PREFIX, Fact

Kind = Literal["fact_good_word_bad", "fact_bad_word_good"]
CODES: dict[Kind, tuple[int, int]] = {
    "fact_good_word_bad": (GOOD_FACT, BAD_WORD),
    "fact_bad_word_good": (BAD_FACT, GOOD_WORD),
}


class DisagreementOut(ResponseModel):
    response_id: UUID
    complaint_id: UUID | None
    """Null where the fact is a promise outside of complaints."""
    customer_id: UUID | None
    answered_at: Moment
    answer: int
    """As it was given."""


class Disagreements(NamedTuple):
    """The item, and the responses in the order of their ids."""

    item: str
    links: Sequence[Link]


def disagreements(subject: Subject, *, item: str | None, fact: Fact, kind: Kind) -> Disagreements:
    """Return the responses that disagree. Raises `AnonymousSurvey`, and errors of `find_item`."""
    data = subject.data
    if subject.guard.k:
        raise AnonymousSurvey
    found = find_item(subject, item, Measure.SATISFACTION)
    value, word = CODES[kind]
    words = word_codes(found, data.scored(found.code).codes)
    facts = data.column(f"{PREFIX}{fact}").codes
    rows = np.flatnonzero(subject.selection.inside & (facts == value) & (words == word)).tolist()
    return Disagreements(found.code, sorted((data.links[row] for row in rows), key=lambda link: link.response_id))
