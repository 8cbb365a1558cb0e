"""Schemas that all reports share: the `finding` in a sentence and the method in `note`, in the caller's language."""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

from pydantic import Field

from heed_common.fields import ResponseModel


class Share(ResponseModel):
    """A share with its 95 % interval by Wilson; empty if there is nothing to count."""

    count: int
    """Those to which it applies."""
    of: int
    """Those that could be asked or decided: the denominator."""
    share: float | None
    """`count` divided by `of`, 0 to 1; null if there is nothing to count."""
    low: float | None
    """Lower end of the 95 % interval, from 0; null if there is nothing to count."""
    high: float | None
    """Upper end of the 95 % interval, up to 1; null if there is nothing to count."""


class Report(ResponseModel):
    """On complaints received on the days from `from` to `until`; other kinds of cases and duplicates do not count."""

    finding: str
    """The result in one sentence, in the language that `Accept-Language` prefers."""
    note: str
    """What is and is not counted, in the same language."""
    since: date = Field(alias="from", serialization_alias="from")
    """First day of receipt, in the time zone of the organisation."""
    until: date
    """Last day of receipt, inclusive."""
    complaints: int
    """Complaints received in the period that the filters select."""
    confidential: int | None
    """Confidential ones among them; empty for callers who may not see them, for whom they do not count."""

    line: ClassVar[type[ResponseModel]]
    """Type of the rows of the report's table."""

    def lines(self) -> Sequence[ResponseModel]:
        """Return the rows of the report's table."""
        raise NotImplementedError
