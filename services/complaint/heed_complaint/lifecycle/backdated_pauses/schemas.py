"""Request bodies of backdated pauses."""

from heed_common.fields import LongText, Moment, RequestModel


class PauseIn(RequestModel):
    """A period of waiting for the customer, and its reason."""

    since: Moment
    until: Moment
    reason: LongText
