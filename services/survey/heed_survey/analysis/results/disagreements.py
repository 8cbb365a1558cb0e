"""The responses whose words and facts disagree, one by one."""

from typing import Literal
from uuid import UUID

import numpy as np

from heed_common.contracts.survey import Measure
from heed_common.fields import ResponseModel
from heed_survey.analysis.errors import NotListed
from heed_survey.analysis.results.facts import BAD_FACT, GOOD_FACT
from heed_survey.analysis.results.net_promoter import find_item
from heed_survey.analysis.results.subject import Subject
from heed_survey.analysis.results.words import BAD_WORD, GOOD_WORD, word_codes
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
    answer: int
    """As it was given."""


def disagreements(subject: Subject, *, item: str | None, fact: Fact, kind: Kind) -> list[DisagreementOut]:
    """Return the responses in the order of their ids. Raises `NotListed` under control, and errors of `find_item`."""
    data = subject.data
    if subject.guard.k:
        raise NotListed
    found = find_item(subject, item, Measure.SATISFACTION)
    good_or_bad, word = CODES[kind]
    words = word_codes(found, data.scored(found.code).codes)
    facts = data.column(f"{PREFIX}{fact}").codes
    rows = np.flatnonzero(subject.selection.inside & (facts == good_or_bad) & (words == word)).tolist()
    given = data.column(found.code)
    listed = [
        DisagreementOut(
            response_id=data.links[row].response_id,
            complaint_id=data.links[row].experience.complaint_id,
            answer=int(given.labels[given.codes[row]]),
        )
        for row in rows
    ]
    return sorted(listed, key=lambda each: each.response_id)
