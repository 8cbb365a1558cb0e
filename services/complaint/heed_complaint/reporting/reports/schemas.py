"""Schemas that all reports share: the `finding` in a sentence and the method in `note`, in the caller's language."""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

from pydantic import Field

from heed_common.fields import ResponseModel


class Share(ResponseModel):
    """A share with its 95 % interval by Wilson; empty if there is nothing to count."""

    count: int
    of: int
    share: float | None
    low: float | None
    high: float | None


class Report(ResponseModel):
    """On complaints received on the days from `from` to `until`; other kinds of cases and duplicates do not count."""

    finding: str
    note: str
    since: date = Field(alias="from", serialization_alias="from")
    until: date
    complaints: int
    confidential: int | None
    """Confidential ones among them; empty for callers who may not see them, for whom they do not count."""

    line: ClassVar[type[ResponseModel]]
    """Type of the rows of the report's table."""

    def lines(self) -> Sequence[ResponseModel]:
        """Return the rows of the report's table."""
        raise NotImplementedError
