"""How the responses came in: how many, by which modes, with how many doubts about their quality."""

import numpy as np

from heed_survey.analysis.errors import NoResponses, TooFewResponses, WouldDisclose
from heed_survey.analysis.query import FLAGS
from heed_survey.analysis.results.documents import SUPPRESSED, CountCell
from heed_survey.analysis.results.subject import Subject
from heed_survey.analysis.table.columns import Booleans
from heed_survey.reporting.content.attempts import HIDING
from heed_survey.reporting.content.document import CollectionPart

MODE = "mode"


def collection(subject: Subject) -> CollectionPart:
    """Return the collection. Raises `NoResponses`, `TooFewResponses`, and `WouldDisclose` of a small wave.

    Each number is one of people, so that small ones are withheld like those of options.
    """
    inside = subject.selection.inside
    (is_visible,) = subject.guard.permits_counts(subject.fields, [inside], subject.data)
    if not is_visible:
        raise WouldDisclose if subject.is_filtered else TooFewResponses
    if not inside.any():
        raise NoResponses
    flagged = subject.data.flagged
    return CollectionPart(
        responses=int(inside.sum()),
        modes=_modes(subject),
        flagged=_counts(subject, FLAGS, [flagged, ~flagged])[0],
        design=subject.data.design.description,
    )


def _modes(subject: Subject) -> dict[str, CountCell]:
    mode = subject.data.context.get("mode")
    if mode is None:
        return {}
    counts = _counts(subject, MODE, [mode.codes == code for code in range(len(mode.labels))])
    return {label: count for label, count in zip(mode.labels, counts, strict=True) if count != 0}


def _counts(subject: Subject, name: str, cells: list[Booleans]) -> list[CountCell]:
    everyone = np.ones(subject.data.n, dtype=np.bool_)
    known = np.ones((1, len(cells)))
    try:
        visible = subject.visible_cells(name, cells, group=0, present=everyone, known=known)
    except HIDING:
        visible = [False] * len(cells)
    inside = subject.selection.inside
    return [
        int((cell & inside).sum()) if is_visible else SUPPRESSED
        for cell, is_visible in zip(cells, visible, strict=True)
    ]
