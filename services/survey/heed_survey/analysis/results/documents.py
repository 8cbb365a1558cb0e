"""Parts that all results share: estimates, suppressed cells, and the head of a result."""

from collections.abc import Iterable, Sequence
from math import isfinite
from typing import ClassVar, Literal, TypeVar
from uuid import UUID

from pydantic import Field

from heed_common.fields import ResponseModel
from heed_measures.surveys.design import Estimate


class SuppressedOut(ResponseModel):
    """In place of a cell about fewer people than the smallest group, or one that would give such a cell back."""

    suppressed: Literal[True] = True
    """Always true."""


class EstimateOut(ResponseModel):
    """An estimate with its standard error and 95 % interval by the sampling design.

    `n` counts responses, `effective_n` is the size of a simple random sample with the same error. Error and interval
    are null where they, with the mean, would give back how few chose an option.
    """

    estimate: float | None
    """Point estimate; null where it does not exist."""
    se: float | None
    """Standard error by the design; null where it would give back a small count."""
    low: float | None
    """Lower end of the 95 % interval; null with the standard error."""
    high: float | None
    """Upper end of the 95 % interval; null with the standard error."""
    n: int
    effective_n: float | None
    design: str
    """The design that errors follow from, in words."""

    @classmethod
    def from_domain(cls, estimate: Estimate) -> "EstimateOut":
        return cls(
            estimate=finite(estimate.estimate),
            se=finite(estimate.se),
            low=finite(estimate.low),
            high=finite(estimate.high),
            n=estimate.n,
            effective_n=finite(estimate.effective_n),
            design=estimate.design,
        )


Cell = EstimateOut | SuppressedOut
CountCell = int | SuppressedOut
SUPPRESSED = SuppressedOut()
Part = TypeVar("Part", bound=ResponseModel)
By = dict[str, str]
"""The value by which a group was chosen; empty for all."""


class ResultOut(ResponseModel):
    """Head of every result."""

    line: ClassVar[type[ResponseModel]]
    """Model of a row of the file."""

    survey_id: UUID | None = None
    as_of_responses: int | None = None
    """Responses that existed for this result; with disclosure control the newest ones may be missing."""
    flags: Literal["include", "exclude"] = "include"
    """Whether responses with doubts about their quality count."""
    warnings: list[str] = Field(default_factory=list)
    """What to bear in mind about the intervals."""

    def lines(self) -> Sequence[ResponseModel]:
        """Return the rows of the file."""
        raise NotImplementedError


def part_of(result: ResultOut, part: type[Part]) -> Part:
    """Return the fields of a result that are those of one group, for the first row of its file."""
    return part(**{name: getattr(result, name) for name in part.model_fields})


def finite(number: float) -> float | None:
    """Return the number; None where there is none."""
    return float(number) if isfinite(number) else None


def cell(estimate: Estimate, *, is_visible: bool, has_error: bool = True) -> Cell:
    """Return the estimate if it may be shown; without its error where that would give back a small count."""
    if not is_visible:
        return SUPPRESSED
    found = EstimateOut.from_domain(estimate)
    return found if has_error else found.model_copy(update=dict.fromkeys(("se", "low", "high", "effective_n")))


def warnings_of(estimates: Iterable[Estimate]) -> list[str]:
    return sorted({warning for estimate in estimates for warning in estimate.warnings})
