from heed_common.errors import Forbidden, Gone, NotFound


class LinkUnknown(NotFound):
    code, title = "link_unknown", "This link leads nowhere. Please look whether all of it was copied."
    advice = "Copy the whole link, or ask for a new one."


class LinkExpired(Gone):
    code, title = "link_expired", "This link has expired. Please ask for a new one."
    advice = "Ask for a new link."


class NotOverThisLink(Forbidden):
    code, title = "not_over_this_link", "About this matter nothing can be written here. Please speak with us in person."
    advice = "Call or write by another way: this matter is confidential."
