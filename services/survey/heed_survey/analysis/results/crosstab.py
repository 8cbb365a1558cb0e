"""Cross-table of two fields, with the Rao–Scott test of their independence."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from heed_common.fields import ResponseModel
from heed_measures.surveys.crosstab import combined_codes, crosstab
from heed_survey.analysis.errors import ConstantItem, TooManyGroups
from heed_survey.analysis.results.documents import SUPPRESSED, Cell, CountCell, ResultOut, SuppressedOut, cell, finite
from heed_survey.analysis.results.subject import Subject
from heed_survey.analysis.table.columns import Booleans, Column
from heed_survey.analysis.table.values import shown_values
from heed_survey.customers.frame.rules import PREFIX

MAX_CELLS, MAX_CONTROLLED_CELLS = 2_500, 100
MIN_VALUES = 2


class CrosstabCellOut(ResponseModel):
    """A cell: its responses, and its estimated share of all."""

    row: str
    """Code of the row."""
    column: str
    """Code of the column."""
    count: CountCell
    """Responses in the cell, without weights."""
    share: Cell
    """Estimated share of all, 0 to 1."""


class TestOut(ResponseModel):
    """Second-order Rao–Scott test. `design_effect` is about how much the design inflates Pearson's X²."""

    test: Literal["rao_scott"] = "rao_scott"
    """Kind of the test of independence."""
    f: float | None
    """Test statistic; null if the table is too small."""
    df1: float | None
    """Degrees of freedom of the numerator; not whole after the correction."""
    df2: float | None
    """Degrees of freedom of the denominator."""
    p: float | None
    """Probability of such a table if rows and columns are independent."""
    design_effect: float | None
    """Factor by which the design inflates Pearson's statistic."""


class CrosstabOut(ResultOut):
    line = CrosstabCellOut

    row: str
    """Item or field of the rows."""
    column: str
    """Item or field of the columns."""
    rows: list[str]
    """Codes of the rows, in their order."""
    columns: list[str]
    """Codes of the columns, in their order."""
    n: int
    cells: list[CrosstabCellOut]
    """Row by row."""
    test: TestOut | SuppressedOut
    """Whether rows and columns depend on each other."""

    def lines(self) -> Sequence[ResponseModel]:
        return self.cells


def cross_table(subject: Subject, *, row: str, column: str) -> CrosstabOut:
    """Return the table of two fields among those who have both. Raises `ConstantItem`, `TooManyGroups`."""
    overall = subject.overall
    first, second = _without_unused(subject, row, "row"), _without_unused(subject, column, "column")
    shape = (len(first.facts), len(second.facts))
    if shape[0] * shape[1] > (MAX_CONTROLLED_CELLS if subject.guard.k else MAX_CELLS):
        raise TooManyGroups
    codes = combined_codes(first.codes, second.codes, shape[1])
    overall.visible_groups(*sorted({row, column}), present=codes >= 0)
    found = crosstab(overall.categories.shares(codes, shape[0] * shape[1]), shape)
    shown = visible_table(overall, (row, first), (column, second))
    cells = [
        CrosstabCellOut(
            row=first.labels[r],
            column=second.labels[c],
            count=int(found.counts[r, c]) if shown[r][c] else SUPPRESSED,
            share=cell(found.shares[r][c], is_visible=shown[r][c]),
        )
        for r in range(shape[0])
        for c in range(shape[1])
    ]
    numbers = {name: finite(getattr(found.test, name)) for name in ("f", "df1", "df2", "p", "design_effect")}
    return CrosstabOut(
        row=row,
        column=column,
        rows=list(first.labels),
        columns=list(second.labels),
        n=found.n,
        cells=cells,
        # With margins that are known, the statistic would give back a single cell that is withheld.
        test=TestOut(**numbers) if all(map(all, shown)) else SUPPRESSED,
    )


def _without_unused(subject: Subject, name: str, parameter: str) -> Column:
    """Return the column with the values that are shown only. Raises `ConstantItem` for a single one."""
    column = subject.data.column(name)
    used = shown_values(column, subject.selection.inside, k=subject.guard.k)
    if len(used) < MIN_VALUES:
        raise ConstantItem(f"All responses have the same value in the {parameter}.", pointer=parameter)
    position = np.full(len(column.facts) + 1, -1)
    position[used] = np.arange(len(used))
    return Column(position[column.codes], tuple(column.facts[code] for code in used), column.type)


def visible_table(subject: Subject, row: tuple[str, Column], column: tuple[str, Column]) -> list[list[bool]]:
    """Return which cells may be shown.

    The margins count as shown, because frequencies show them; those who lack the other field are a cell of their own,
    which the guard sees as the rest.
    """
    if not subject.guard.k:
        return [[True] * len(column[1].facts) for _ in row[1].facts]
    inside = subject.selection.inside
    cells = [
        inside & (row[1].codes == r) & (column[1].codes == c)
        for r in range(len(row[1].facts))
        for c in range(len(column[1].facts))
    ]
    names = frozenset(name.removeprefix(PREFIX) for name, _ in (row, column))
    for name, field in (row, column):
        margins: list[Booleans] = [inside & (field.codes == code) for code in range(len(field.facts))]
        own = name.removeprefix(PREFIX)
        sets = [inside & field.present, *margins]
        subject.guard.permits_counts(subject.fields | {own}, sets, subject.data, of=(own,))
    permitted = subject.guard.permits_counts(subject.fields | names, cells, subject.data, of=sorted(names))
    width = len(column[1].facts)
    return [permitted[start : start + width] for start in range(0, len(cells), width)]
