"""Redaction of a score for a reader who may not see some complaints. Pure.

The effect stays, so that the numbers and their sum hold; the cause is removed: id, event, day, severity, factor name
and any reason that comes from it.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from heed_common.contracts.survey import DefectionReason
from heed_scoring.explain.visible import OTHER, Visible
from heed_scoring.scores.score_document import ScoreDocument

Line = dict[str, Any]
PATTERN = "purchase_pattern"


class Ids(NamedTuple):
    """Ids of complaints, and of events about them or about other things."""

    complaints: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()


def referenced_ids(documents: Iterable[ScoreDocument]) -> Ids:
    """Return all complaints and events that these scores name."""
    complaints, events = set[str](), set[str]()
    for document in documents:
        complaints.update(outlook["complaint_id"] for outlook in document["complaints"])
        events.update(event for line in document["explanation"] for event in line["evidence"])
        events.update(_cause(document))
    return Ids(frozenset(complaints), frozenset(events))


def redact(document: ScoreDocument, hidden: Ids) -> Visible:
    """Return the score without anything that reveals these complaints."""
    lines: list[Line] = document["explanation"]
    hidden_lines = [line for line in lines if hidden.events.intersection(line["evidence"])]
    shown = dict(document)
    shown["complaints"] = [one for one in document["complaints"] if one["complaint_id"] not in hidden.complaints]
    if hidden_lines:
        shown["explanation"] = _gathered(lines, hidden_lines)
        shown["churn_risk"] = _without_reason(document["churn_risk"], lines, hidden_lines)
    if hidden.events.issuperset(_cause(document)) and _cause(document):
        shown["caused_by"] = {"type": OTHER}
    return Visible(shown)


def _cause(document: ScoreDocument) -> list[str]:
    event_id = document["caused_by"].get("event_id")
    return [] if event_id is None else [event_id]


def _gathered(lines: Sequence[Line], hidden: Sequence[Line]) -> list[Line]:
    """Combine the hidden lines of each score into one at its end: their position would reveal the factor."""
    gathered: list[Line] = []
    for score in dict.fromkeys(line["score"] for line in lines):
        gathered += [line for line in lines if line["score"] == score and line not in hidden]
        parts = [line["contribution"] for line in hidden if line["score"] == score]
        # Summed as printed decimals, so that the contributions still add up exactly.
        if total := sum((Decimal(str(part)) for part in parts), Decimal(0)):
            contribution = f"{total:f}" if isinstance(parts[0], str) else float(total)
            gathered.append({"score": score, "factor": OTHER, "seen": [], "contribution": contribution, "evidence": []})
    return gathered


def _without_reason(risk: ScoreDocument, lines: Sequence[Line], hidden: Sequence[Line]) -> ScoreDocument:
    """Remove the reason if a hidden line raises the risk most, because it may be the category of that complaint."""
    raising = [line for line in lines if line["score"] == "churn_risk" and line["factor"] != PATTERN]
    most = max((line["contribution"] for line in raising), default=0.0)
    if any(line["contribution"] == most for line in raising if line in hidden):
        return risk | {"reason": DefectionReason.UNKNOWN.value}
    return risk
