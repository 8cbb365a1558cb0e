from heed_common.errors import Gone, NotFound


class LinkNotFound(NotFound):
    code, title = "link_not_found", "There is no such link. Please check that all of it was copied."


class LinkExpired(Gone):
    code, title = "link_expired", "This link has expired."
    advice = "Ask for a new link."


class LinkUsed(Gone):
    code, title = "link_used", "This link was used already: each link accepts one response."
    advice = "Nothing is to be done: this person has responded."
