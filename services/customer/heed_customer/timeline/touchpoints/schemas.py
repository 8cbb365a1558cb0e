"""Responses of touchpoints."""

from heed_common.fields import Amount, ResponseModel
from heed_customer.timeline.touchpoints.rules import Dimension


class TouchpointCountOut(ResponseModel):
    month: str
    kind: str
    value: str | None
    """Of the dimension: channel, article or service point; null for a channel that is not recorded."""
    count: int
    cost: Amount | None
    """Of the touchpoints whose cost is recorded; null if none is."""
    currency: str | None


class TouchpointsOut(ResponseModel):
    """Counts by month, kind and dimension, the latest month first."""

    by: Dimension
    items: list[TouchpointCountOut]
    truncated: bool
    """Whether earlier months were left out, because there are too many counts: request a shorter period."""
