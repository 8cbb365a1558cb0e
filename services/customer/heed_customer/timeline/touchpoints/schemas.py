"""Responses of touchpoints."""

from heed_common.fields import Amount, ResponseModel
from heed_customer.timeline.touchpoints.rules import Dimension


class TouchpointCountOut(ResponseModel):
    month: str
    """`YYYY-MM`, in the time zone of the organisation."""
    kind: str
    """Kind of touchpoint, such as a purchase or an interaction."""
    value: str | None
    """Of the dimension: channel, article or service point; null for a channel that is not recorded."""
    count: int
    """Touchpoints of that kind and value in the month."""
    cost: Amount | None
    """Of the touchpoints whose cost is recorded; null if none is."""
    currency: str | None


class TouchpointsOut(ResponseModel):
    """Counts by month, kind and dimension, the latest month first."""

    by: Dimension
    """The dimension that the request asked for."""
    items: list[TouchpointCountOut]
    truncated: bool
    """Whether earlier months were left out, because there are too many counts: request a shorter period."""
