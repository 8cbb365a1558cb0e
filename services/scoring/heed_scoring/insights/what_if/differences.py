"""What lies between two scores of a customer, number by number and line by line, exact as printed."""

from decimal import Decimal
from typing import Any

Document = dict[str, Any]
Line = tuple[str, str]


def difference(now: Document, then: Document) -> Document:
    """Of the four numbers; None where one of the two is not known."""
    risks = (now["churn_risk"]["probability"], then["churn_risk"]["probability"])
    indices = (now["loyalty"]["index"], then["loyalty"]["index"])
    return {
        "value": _between(now["value"]["amount"], then["value"]["amount"]),
        "loyalty": None if None in indices else _between(*indices),
        "churn_risk": _between(*risks),
        "value_at_risk": _between(now["value_at_risk"]["amount"], then["value_at_risk"]["amount"]),
    }


def factors(now: Document, then: Document) -> list[Document]:
    """Every line of either explanation with what it brings now and then, 0 where it is missing."""
    before, after = _lines(now), _lines(then)
    return [
        {
            "score": score,
            "factor": factor,
            "now": before.get((score, factor), _nothing(score)),
            "then": after.get((score, factor), _nothing(score)),
            "difference": _between(
                before.get((score, factor), _nothing(score)), after.get((score, factor), _nothing(score))
            ),
        }
        for score, factor in dict.fromkeys([*before, *after])
    ]


def _lines(document: Document) -> dict[Line, float | str]:
    return {(line["score"], line["factor"]): line["contribution"] for line in document["explanation"]}


def _nothing(score: str) -> float | str:
    return "0" if score == "value" else 0.0


def _between(now: float | str, then: float | str) -> float | str:
    """Money stays a decimal string, the others are numbers."""
    exact = Decimal(str(then)) - Decimal(str(now))
    return f"{exact:f}" if isinstance(then, str) else float(exact)
