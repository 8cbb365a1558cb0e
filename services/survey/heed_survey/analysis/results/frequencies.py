"""Frequencies: how often each option was chosen, of an item with one or several choices, or a scale."""

from collections.abc import Sequence

import numpy as np
from pydantic import Field

from heed_common.fields import ResponseModel
from heed_measures.surveys.domains import means_by
from heed_measures.surveys.frequencies import FrequencyTable, multiple_frequencies, single_frequencies
from heed_survey.analysis.results.cells import sums_of
from heed_survey.analysis.results.documents import SUPPRESSED, By, Cell, CountCell, ResultOut, cell
from heed_survey.analysis.results.subject import Subject
from heed_survey.analysis.table.columns import Booleans
from heed_survey.surveys.questionnaire.items import Item, ItemType

TYPES = (ItemType.SCALE, ItemType.SINGLE, ItemType.MULTIPLE, ItemType.IMPORTANCE)


class OptionFrequencyOut(ResponseModel):
    """An option: how many chose it, and its estimated shares. Ranks begin with the most frequent."""

    code: str
    """Code of the option, or value on the scale."""
    count: CountCell
    """Respondents who chose it, without weights."""
    share_of_answers: Cell
    """Estimated share of all chosen options, 0 to 1."""
    share_of_respondents: Cell
    """Estimated share of the respondents, 0 to 1; with several choices above 1 in sum."""
    rank: CountCell
    """1 for the most frequent."""


class FrequencyGroupOut(ResponseModel):
    by: By
    """Value of the grouping item or field, by its name."""
    n: CountCell
    options: list[OptionFrequencyOut]
    """In the order of the questionnaire."""


class FrequencyLine(ResponseModel):
    by: str
    code: str
    count: CountCell
    share_of_answers: Cell
    share_of_respondents: Cell
    rank: CountCell


class FrequenciesOut(ResultOut):
    line = FrequencyLine

    item: str
    """Code of the item."""
    n: int
    """Responses to the item."""
    answers: CountCell
    """Options chosen; more than `n` where several may be."""
    options: list[OptionFrequencyOut]
    """Of all responses, in the order of the questionnaire."""
    groups: list[FrequencyGroupOut] = Field(default_factory=list)
    """One for each value of `by`; empty without it."""

    def lines(self) -> Sequence[ResponseModel]:
        rows = [FrequencyLine(by="", **dict(option)) for option in self.options]
        for group in self.groups:
            rows += [FrequencyLine(by=" ".join(group.by.values()), **dict(option)) for option in group.options]
        return rows


def frequencies(subject: Subject, *, item: str) -> FrequenciesOut:
    """Return the frequencies of an item. Raises `UnknownItem`, `WrongItemType`."""
    found = subject.data.item(item, *TYPES)
    overall = _groups(subject.overall, found)[0]
    return FrequenciesOut(
        item=item,
        n=overall.n if isinstance(overall.n, int) else 0,
        answers=_total(overall.options),
        options=overall.options,
        groups=_groups(subject, found) if subject.is_grouped else [],
    )


def _groups(subject: Subject, item: Item) -> list[FrequencyGroupOut]:
    present = subject.data.column(item.code).present
    visible = subject.visible_groups(item.code, present=present)
    tables = _tables(subject, item)
    codes = codes_of(item)
    cells = option_cells(subject, item) if subject.guard.k else []
    groups = []
    for group, table in enumerate(tables):
        shown = [not subject.guard.k] * len(codes)
        if subject.guard.k and visible[group]:
            shown = subject.visible_cells(item.code, cells, group=group, present=present, known=sums_of(item))
        options = _options(table, codes, shown)
        groups.append(
            FrequencyGroupOut(
                by=subject.selection.document(group), n=table.n if visible[group] else SUPPRESSED, options=options
            )
        )
    return groups


def codes_of(item: Item) -> list[str]:
    """Return the codes of the options, of a scale its values."""
    if item.scale is not None:
        return [str(value) for value in range(item.scale.lowest, item.scale.highest + 1)]
    return [option.code for option in item.options]


def option_cells(subject: Subject, item: Item) -> list[Booleans]:
    """Return who chose each option."""
    if item.type is ItemType.MULTIPLE:
        return list((subject.data.chosen(item) == 1).T)
    codes = subject.data.column(item.code).codes
    return [codes == index for index in range(len(codes_of(item)))]


def _tables(subject: Subject, item: Item) -> list[FrequencyTable]:
    data, selection = subject.data, subject.selection
    count = len(selection.labels)
    if item.type is ItemType.MULTIPLE:
        means = means_by(data.chosen(item), data.design, selection.groups, group_count=count)
        return [multiple_frequencies(means, group) for group in range(count)]
    shares = subject.categories.shares(data.column(item.code).codes, len(codes_of(item)))
    return [single_frequencies(shares, group) for group in range(count)]


def _options(table: FrequencyTable, codes: Sequence[str], shown: Sequence[bool]) -> list[OptionFrequencyOut]:
    # Ranks of some cells bound the others between them.
    are_ranked = all(shown)
    return [
        OptionFrequencyOut(
            code=code,
            count=row.count if is_shown else SUPPRESSED,
            share_of_answers=cell(row.share_of_answers, is_visible=is_shown),
            share_of_respondents=cell(row.share_of_respondents, is_visible=is_shown),
            rank=row.rank if are_ranked else SUPPRESSED,
        )
        for row, code, is_shown in zip(table.rows, codes, shown, strict=True)
    ]


def _total(options: Sequence[OptionFrequencyOut]) -> CountCell:
    counts = [option.count for option in options]
    if all(isinstance(count, int) for count in counts):
        return int(np.sum([count for count in counts if isinstance(count, int)]))
    return SUPPRESSED
