"""Means of an item, of all or by groups."""

from collections.abc import Sequence

from heed_common.fields import ResponseModel
from heed_measures.surveys.domains import means_by
from heed_survey.analysis.results.cells import exposes, moments_of
from heed_survey.analysis.results.documents import By, Cell, ResultOut, cell, warnings_of
from heed_survey.analysis.results.subject import Subject
from heed_survey.analysis.table.columns import Codes
from heed_survey.surveys.questionnaire.items import Item, ItemType

TYPES = (ItemType.SCALE, ItemType.IMPORTANCE, ItemType.NUMBER, ItemType.WILLINGNESS_TO_PAY)


class MeanGroupOut(ResponseModel):
    by: By
    mean: Cell


class MeanLine(ResponseModel):
    by: str
    mean: Cell


class MeansOut(ResultOut):
    line = MeanLine

    item: str
    reversed: bool = False
    """Whether the values count from the other end: those of a reversed item do."""
    groups: list[MeanGroupOut]
    """One without `by` for all; by a field, one for each of its values."""

    def lines(self) -> Sequence[ResponseModel]:
        return [MeanLine(by=" ".join(group.by.values()), mean=group.mean) for group in self.groups]


def means(subject: Subject, *, item: str) -> MeansOut:
    """Return the means of an item. Raises `UnknownItem`, `WrongItemType`."""
    found = subject.data.item(item, *TYPES)
    column = subject.data.column(item)
    visible = subject.visible_groups(item, column.present)
    hidden = [hides_distribution(subject, found, group) for group in range(len(visible))]
    selection = subject.selection
    values = subject.data.values(item)[:, None]
    table = means_by(values, subject.data.design, selection.groups, group_count=len(selection.labels))
    estimates = [table.estimate(group, 0) for group in range(len(visible))]
    groups = [
        MeanGroupOut(by=selection.document(group), mean=cell(estimate, is_visible=visible[group] and not hidden[group]))
        for group, estimate in enumerate(estimates)
    ]
    return MeansOut(item=item, reversed=found.is_reversed, groups=groups, warnings=warnings_of(estimates))


def hides_distribution(subject: Subject, item: Item, group: int) -> bool:
    """Return whether the mean and its error would give back how few chose an option: on a scale of two or three."""
    if not subject.guard.k or item.scale is None:
        return False
    codes = subject.data.column(item.code).codes
    members = subject.selection.members(group)
    counts = _counts(codes[members], item.scale.size)
    return exposes(counts, subject.guard.k, moments_of(item))


def _counts(codes: Codes, size: int) -> list[int]:
    return [int((codes == index).sum()) for index in range(size)]
