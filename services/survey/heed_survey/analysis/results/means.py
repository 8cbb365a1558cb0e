"""Means of an item, of all or by groups."""

from collections.abc import Sequence

from heed_common.fields import ResponseModel
from heed_measures.surveys.domains import means_by
from heed_survey.analysis.results.cells import Detail
from heed_survey.analysis.results.documents import By, Cell, ResultOut, cell, warnings_of
from heed_survey.analysis.results.subject import Subject
from heed_survey.surveys.questionnaire.items import ItemType

TYPES = (ItemType.SCALE, ItemType.IMPORTANCE, ItemType.NUMBER, ItemType.WILLINGNESS_TO_PAY)


class MeanGroupOut(ResponseModel):
    by: By
    """Value of the grouping item or field, by its name; empty: all."""
    mean: Cell
    """Mean answer, on the item's scale."""


class MeanLine(ResponseModel):
    by: str
    mean: Cell


class MeansOut(ResultOut):
    line = MeanLine

    item: str
    """Code of the item."""
    reversed: bool = False
    """Whether the values count from the other end: those of a reversed item do."""
    groups: list[MeanGroupOut]
    """One without `by` for all; by a field, one for each of its values."""

    def lines(self) -> Sequence[ResponseModel]:
        return [MeanLine(by=" ".join(group.by.values()), mean=group.mean) for group in self.groups]


def means(subject: Subject, *, item: str) -> MeansOut:
    """Return the means of an item. Raises `UnknownItem`, `WrongItemType`."""
    found = subject.data.item(item, *TYPES)
    details = subject.visible_means(item)
    selection = subject.selection
    values = subject.data.values(item)[:, None]
    table = means_by(values, subject.data.design, selection.groups, group_count=len(selection.labels))
    estimates = [table.estimate(group, 0) for group in range(len(details))]
    groups = [
        MeanGroupOut(
            by=selection.document(group),
            mean=cell(estimate, is_visible=detail > Detail.NONE, has_error=detail is Detail.ALL),
        )
        for group, (estimate, detail) in enumerate(zip(estimates, details, strict=True))
    ]
    return MeansOut(item=item, reversed=found.is_reversed, groups=groups, warnings=warnings_of(estimates))
