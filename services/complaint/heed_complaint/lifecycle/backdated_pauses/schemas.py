"""How a pause of the past is told."""

from heed_common.fields import LongText, Moment, RequestModel


class PauseIn(RequestModel):
    """From when until when the customer was waited for, and for what."""

    since: Moment
    until: Moment
    reason: LongText
