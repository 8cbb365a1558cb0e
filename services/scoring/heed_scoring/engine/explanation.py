"""Explanation of a score: its addends as integers, printed when they are published or read."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache, partial
from typing import Any, NamedTuple

from heed_scoring.engine.decimal_text import INDEX_DIGITS, PROBABILITY_DIGITS, amount, index, probability

VALUE, LOYALTY, CHURN_RISK = "value", "loyalty", "churn_risk"
FACTORS: tuple[tuple[str, str], ...] = (
    (VALUE, "paid"),
    (VALUE, "production_cost"),
    (VALUE, "variable_marketing_cost"),
    (VALUE, "fixed_marketing_cost"),
    (VALUE, "service_cost"),
    (VALUE, "remedies"),
    (VALUE, "expected_purchases"),
    (VALUE, "indicator_gross_profit"),
    (VALUE, "indicator_purchase_volume"),
    (VALUE, "indicator_service_cost"),
    (VALUE, "indicator_loyalty"),
    (VALUE, "indicator_trust"),
    (VALUE, "indicator_referrals"),
    (LOYALTY, "repeat_purchases"),
    (LOYALTY, "relationship_weeks"),
    (LOYALTY, "recency"),
    (LOYALTY, "returned_share"),
    (LOYALTY, "referrals"),
    (LOYALTY, "cross_buying"),
    (LOYALTY, "satisfaction"),
    (LOYALTY, "recommendation"),
    (LOYALTY, "effort"),
    (CHURN_RISK, "purchase_pattern"),
    (CHURN_RISK, "open_complaint"),
    (CHURN_RISK, "complaint"),
    (CHURN_RISK, "satisfaction"),
    (CHURN_RISK, "satisfaction_trend"),
    (CHURN_RISK, "attitude"),
    (CHURN_RISK, "returns"),
    (CHURN_RISK, "rhythm"),
    (CHURN_RISK, "hand_overs"),
    (CHURN_RISK, "barriers"),
)
"""Score and name of each factor. Stored history names a factor by its position, so new ones are appended."""
EVENT_HEADS = tuple(f'{{"score":"{score}","factor":"{name}","contribution":"' for score, name in FACTORS)
"""JSON of each factor in events, up to its contribution."""
DIGITS: Mapping[str, int] = {LOYALTY: INDEX_DIGITS, CHURN_RISK: PROBABILITY_DIGITS}
"""Digits of the scores that are no amounts."""
MAX_EVIDENCE = 50

Printer = Callable[[int], str]
Evidence = tuple[str, ...]
"""Events that a factor comes from."""
Line = tuple[int, int, tuple[str, ...], Evidence]
"""One addend: number of the factor, contribution in units of the last printed digit, input values (codes and numbers,
which `explain` renders as text), and evidence. A plain tuple: a named one takes four times as long to make."""


class Factor(NamedTuple):
    """One addend as printed."""

    score: str
    factor: str
    seen: tuple[str, ...]
    contribution: str
    evidence: Evidence


class Explanation(NamedTuple):
    """The addends of each score of a customer; they add up to it exactly."""

    value: Sequence[Line]
    loyalty: Sequence[Line]
    churn_risk: Sequence[Line]
    digits: int
    """Of the minor unit of the currency."""

    def lines(self) -> list[Line]:
        return [*self.value, *self.loyalty, *self.churn_risk]

    def contributions(self) -> list[str]:
        """Return the contributions as printed, in the order of the lines."""
        of_scores = zip((self.value, self.loyalty, self.churn_risk), self._printers(), strict=True)
        return [printed(units) for lines, printed in of_scores for _, units, _, _ in lines]

    def factors(self) -> list[Factor]:
        """Return all addends as printed."""
        return [
            Factor(*FACTORS[number], seen, contribution, evidence)
            for (number, _, seen, evidence), contribution in zip(self.lines(), self.contributions(), strict=True)
        ]

    def to_history(self) -> str:
        """Return the fields that history stores: lists of evidence are written once and named by their index."""
        indices: dict[Evidence, int] = {}
        texts = []
        for number, units, seen, evidence in self.lines():
            found = indices.setdefault(evidence, len(indices))
            inputs = ',"' + '","'.join(seen) + '"' if seen else ""
            texts.append(f"[{number},{units},{found}{inputs}]")
        return f'"evidence":[{",".join(map(codes, indices))}],"explanation":[{",".join(texts)}]'

    def to_event(self) -> str:
        """Return the list of `ScoreChanged.explanation`."""
        previous: Evidence = ()
        events, texts = "[]", []
        for lines, printed in zip((self.value, self.loyalty, self.churn_risk), self._printers(), strict=True):
            for number, units, _, evidence in lines:
                if evidence is not previous:  # Most lines have the evidence of the one before.
                    previous, events = evidence, codes(evidence)
                texts.append(f'{EVENT_HEADS[number]}{printed(units)}","evidence":{events}}}')
        return f"[{','.join(texts)}]"

    def _printers(self) -> tuple[Printer, Printer, Printer]:
        """Return the functions that print the contributions to each score."""
        return _amount_printer(self.digits), index, probability


def from_history(stored: Sequence[Any], evidence: Sequence[Sequence[str]], *, digits: int) -> list[dict[str, Any]]:
    """Return the lines that callers read; `digits` are those of the amounts."""
    return [_from_stored(line, evidence, digits) for line in stored]


def numbers_of(score: str) -> Mapping[str, int]:
    """Return the numbers of the factors of one score, by name."""
    return {name: number for number, (of, name) in enumerate(FACTORS) if of == score}


def codes(values: Sequence[str]) -> str:
    """Return a JSON list of codes or event ids. Of many events the newest are named."""
    return '["' + '","'.join(values[-MAX_EVIDENCE:]) + '"]' if values else "[]"


@cache
def _amount_printer(digits: int) -> Printer:
    """Return the function that prints amounts; as most are small, and many are repeated, it remembers them."""
    return lru_cache(maxsize=4096)(partial(amount, digits=digits))


def _from_stored(line: Sequence[Any], evidence: Sequence[Sequence[str]], digits: int) -> dict[str, Any]:
    """Return a stored line; rows of earlier releases have texts in place of numbers."""
    if isinstance(line[0], str):
        score, name, seen, contribution, index_of_evidence = line
    else:
        number, units, index_of_evidence, *seen = line
        score, name = FACTORS[number]
        contribution = amount(units, digits) if score == VALUE else units / 10 ** DIGITS[score]
    return {
        "score": score,
        "factor": name,
        "seen": seen,
        "contribution": contribution if score == VALUE else float(contribution),
        "evidence": evidence[index_of_evidence],
    }
