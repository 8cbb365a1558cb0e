"""What is left of a score for a reader who may not see some complaints. Pure.

The effect stays, so that the numbers and their sum hold; the cause is not told: no id, no event, no day, no severity,
no name of a factor, no reason that comes from it.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple, NewType

from heed_common.contracts.survey import DefectionReason
from heed_scoring.said import Said

Visible = NewType("Visible", dict[str, Any])
"""A score that its reader may see. Only these are put into words, so that no reply can forget to ask."""
Line = dict[str, Any]
OTHER = "other"
PATTERN = "purchase_pattern"


class Ids(NamedTuple):
    """Complaints, and events that told of them or of something else."""

    complaints: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()


def mentioned(documents: Iterable[Said]) -> Ids:
    """Return all that these scores name."""
    complaints, events = set[str](), set[str]()
    for document in documents:
        complaints.update(outlook["complaint_id"] for outlook in document["complaints"])
        events.update(event for line in document["explanation"] for event in line["evidence"])
        events.update(_cause(document))
    return Ids(frozenset(complaints), frozenset(events))


def hide(document: Said, hidden: Ids) -> Visible:
    """Return the score without anything that tells of these complaints."""
    lines: list[Line] = document["explanation"]
    told_of = [line for line in lines if hidden.events.intersection(line["evidence"])]
    shown = dict(document)
    shown["complaints"] = [one for one in document["complaints"] if one["complaint_id"] not in hidden.complaints]
    if told_of:
        shown["explanation"] = _gathered(lines, told_of)
        shown["churn_risk"] = _without_reason(document["churn_risk"], lines, told_of)
    if hidden.events.issuperset(_cause(document)) and _cause(document):
        shown["caused_by"] = {"type": OTHER}
    return Visible(shown)


def _cause(document: Said) -> list[str]:
    event_id = document["caused_by"].get("event_id")
    return [] if event_id is None else [event_id]


def _gathered(lines: Sequence[Line], hidden: Sequence[Line]) -> list[Line]:
    """Each score's hidden lines as one, at its end: where it stood would say what it was."""
    gathered: list[Line] = []
    for score in dict.fromkeys(line["score"] for line in lines):
        gathered += [line for line in lines if line["score"] == score and line not in hidden]
        parts = [line["contribution"] for line in hidden if line["score"] == score]
        # As printed decimals, so that what adds up still does so exactly.
        if total := sum((Decimal(str(part)) for part in parts), Decimal(0)):
            contribution = f"{total:f}" if isinstance(parts[0], str) else float(total)
            gathered.append({"score": score, "factor": OTHER, "seen": [], "contribution": contribution, "evidence": []})
    return gathered


def _without_reason(risk: Said, lines: Sequence[Line], hidden: Sequence[Line]) -> Said:
    """The reason may be the category of the complaint that raises the risk most; then it is not known to the reader."""
    raising = [line for line in lines if line["score"] == "churn_risk" and line["factor"] != PATTERN]
    most = max((line["contribution"] for line in raising), default=0.0)
    if any(line["contribution"] == most for line in raising if line in hidden):
        return risk | {"reason": DefectionReason.UNKNOWN.value}
    return risk
