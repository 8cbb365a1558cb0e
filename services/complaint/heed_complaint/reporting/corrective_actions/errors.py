"""What can be wrong with a corrective action."""

from heed_common.errors import Conflict, NotFound, Unprocessable


class CorrectiveActionNotFound(NotFound):
    code, title = "correction_not_found", "There is no such corrective action."


class ScopeMissing(Unprocessable):
    code, title = "about_nothing", "Say which cause, category or product it is about."


class NotDoneYet(Conflict):
    code, title = "not_done_yet", "Whether it helped, and that it is done, can be said once it is done."
