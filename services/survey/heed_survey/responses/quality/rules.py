"""Quality flags from the answers themselves. Pure."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from heed_measures.surveys import quality_flags
from heed_survey.responses.encoding import KANO_CODES, NOT_SHOWN, decode, item_columns
from heed_survey.responses.rules import CheckedResponse
from heed_survey.surveys.questionnaire.items import SCALED, ItemType, KanoAnswer
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire

MIN_ANSWERS_OF_A_DUPLICATE = 10
"""Fewer equal answers of two people are likely."""
DAY = timedelta(days=1)

Columns = Mapping[str, NDArray[np.float64]]


class Flag(StrEnum):
    STRAIGHT_LINING = "straight_lining"
    """The same value for all items of a page that have the same scale."""
    SPEEDING = "speeding"
    """Sent sooner than the questions can be read."""
    CONTRADICTION = "contradiction"
    """Answers that cannot both be meant."""
    DUPLICATE = "duplicate"
    """The customer answered on the same day before, or an earlier response has the same answers to many items."""
    LATE = "late"
    """Long after what the survey is about."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What another response may have in common with this one."""

    customer_id: UUID | None
    answered_on: date | None
    answers_hash: bytes | None


def flag_answers(responses: Sequence[CheckedResponse]) -> list[list[Flag]]:
    """Return the flags of responses, all but duplicates."""
    found: dict[int, list[Flag]] = {}
    for version in sorted({response.survey_version for response in responses}):
        rows = [row for row, response in enumerate(responses) if response.survey_version == version]
        found |= zip(rows, _flag_version([responses[row] for row in rows]), strict=True)
    return [found[row] for row in range(len(responses))]


def _flag_version(responses: Sequence[CheckedResponse]) -> list[list[Flag]]:
    questionnaire, n = responses[0].questionnaire, len(responses)
    columns = _as_floats(questionnaire, [response.encoded for response in responses])
    found = {
        Flag.STRAIGHT_LINING: _straight_lining(columns, questionnaire, n=n),
        Flag.SPEEDING: quality_flags.speeding(
            [_or_nan(response.new.seconds) for response in responses], _answer_counts(columns, questionnaire, n=n)
        ),
        Flag.CONTRADICTION: _contradictions(columns, questionnaire, n=n),
        Flag.LATE: quality_flags.late([_delay_days(response) for response in responses]),
    }
    return [[flag for flag, rows in found.items() if rows[row]] for row in range(n)]


def answers_hash(answers: Mapping[str, Any]) -> bytes | None:
    """Return a hash that is equal for equal answers; None for too few of them."""
    if len(answers) < MIN_ANSWERS_OF_A_DUPLICATE:
        return None
    content = json.dumps(answers, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.blake2b(content.encode(), digest_size=16).digest()


def identity_of(response: CheckedResponse) -> Identity:
    """Return the identity of a new response. One to a call-back has no customer: another call-back is no repetition."""
    customer_id = response.new.customer_id if response.new.complaint_id is None else None
    return Identity(customer_id, response.answered_at.date(), response.answers_hash)


def with_duplicates(
    flags: Sequence[list[Flag]], identities: Sequence[Identity], *, seen: frozenset[object]
) -> list[list[Flag]]:
    """Return the flags of the responses with those of repeated ones; `seen` has the keys of earlier responses.

    Straight-lined answers are equal to others by their nature, so only the customer makes them duplicates.
    """
    earlier, result = set(seen), []
    for own, identity in zip(flags, identities, strict=True):
        keys = identity_keys(identity, with_answers=Flag.STRAIGHT_LINING not in own)
        repeated = not earlier.isdisjoint(keys)
        earlier.update(keys)
        result.append(sorted({*own, Flag.DUPLICATE}, key=list(Flag).index) if repeated else own)
    return result


def identity_keys(identity: Identity, *, with_answers: bool = True) -> list[object]:
    """Return the keys of which no two responses to a survey should have the same."""
    keys: list[object] = [] if identity.customer_id is None else [(identity.customer_id, identity.answered_on)]
    return [*keys, identity.answers_hash] if with_answers and identity.answers_hash is not None else keys


def _straight_lining(columns: Columns, questionnaire: Questionnaire, *, n: int) -> NDArray[np.bool_]:
    found = np.zeros(n, dtype=np.bool_)
    for names in _batteries(questionnaire):
        found |= quality_flags.straight_lining(np.column_stack([columns[name] for name in names]))
    return found


def _batteries(questionnaire: Questionnaire) -> list[list[str]]:
    """Return the columns of items with one type and one scale on one page, each part of a pair for itself."""
    batteries: dict[object, list[str]] = {}
    for page, section in enumerate(questionnaire.sections):
        for item in section.items:
            if item.type in SCALED and item.scale is not None:
                for index, name in enumerate(item.fields):
                    key = (page, item.type, item.scale.lowest, item.scale.highest, index)
                    batteries.setdefault(key, []).append(name)
    return [names for names in batteries.values() if len(names) >= quality_flags.MIN_BATTERY]


def _answer_counts(columns: Columns, questionnaire: Questionnaire, *, n: int) -> NDArray[np.float64]:
    """Return the number of items that each response answers."""
    counts = np.zeros(n)
    for item in questionnaire.items:
        counts += ~np.isnan(columns[item_columns(item)[0]])
    return counts


def _contradictions(columns: Columns, questionnaire: Questionnaire, *, n: int) -> NDArray[np.bool_]:
    found = np.zeros(n, dtype=np.bool_)
    like, dislike = KANO_CODES[KanoAnswer.LIKE], KANO_CODES[KanoAnswer.DISLIKE]
    for item in questionnaire.items:
        if item.type is ItemType.KANO:
            functional, dysfunctional = (columns[name] for name in item.fields)
            found |= quality_flags.questionable_pairs(functional, dysfunctional, like=like, dislike=dislike)
        if item.reverse_of is not None and item.scale is not None:
            pair = columns[item.reverse_of], columns[item.code]
            found |= quality_flags.contradictions(*pair, lowest=item.scale.lowest, highest=item.scale.highest)
    return found


def _as_floats(questionnaire: Questionnaire, records: Sequence[bytes]) -> Columns:
    """Return the columns with nan for what was not answered."""
    columns = {}
    for name, codes in decode(records, questionnaire).items():
        values = codes.astype(np.float64)
        values[np.isinf(values) if codes.dtype.kind == "f" else codes <= NOT_SHOWN] = np.nan
        columns[name] = values
    return columns


def _delay_days(response: CheckedResponse) -> float:
    touchpoint_at = response.new.touchpoint_at
    return np.nan if touchpoint_at is None else (response.answered_at - touchpoint_at) / DAY


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value
