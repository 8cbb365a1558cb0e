"""Request bodies of backdated pauses."""

from heed_common.fields import LongText, Moment, RequestModel


class PauseIn(RequestModel):
    """A period of waiting for the customer, and its reason."""

    since: Moment
    """Beginning of the wait, in the past."""
    until: Moment
    """End of the wait, not in the future."""
    reason: LongText
    """Why the customer had to be waited for; stored in the history."""
