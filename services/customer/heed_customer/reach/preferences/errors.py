from heed_common.errors import Gone, NotFound, Unprocessable


class LinkUnknown(NotFound):
    code, title = "link_unknown", "This link leads nowhere. Please look whether all of it was copied."
    advice = "Copy the whole link, or ask for a new one."


class LinkExpired(Gone):
    code, title = "link_expired", "This link has expired. Please ask us for a new one."
    advice = "Ask for a new link."


class NotOneClick(Unprocessable):
    code, title = "not_one_click", "One-click unsubscribing sends the form field List-Unsubscribe=One-Click (RFC 8058)."
    advice = "Send the form field as RFC 8058 describes, without a session or redirect."
