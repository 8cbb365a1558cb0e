"""How a pause of the past is told."""

from heed_common.fields import Body, LongText, Moment


class PauseIn(Body):
    """From when until when the customer was waited for, and for what."""

    since: Moment
    until: Moment
    reason: LongText
