"""What all reports say: `finding` in a sentence, how it was counted in `note`, both in the caller's language."""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

from pydantic import Field

from heed_common.fields import ResponseModel


class Share(ResponseModel):
    """So many of so many, with the interval of Wilson at 95 %; nothing is a share of nothing."""

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
    """How many of them are confidential; said to those only who may see them, and to others they do not count."""

    line: ClassVar[type[ResponseModel]]
    """What a row of the report's table is."""

    def lines(self) -> Sequence[ResponseModel]:
        """The rows of the report's table."""
        raise NotImplementedError
