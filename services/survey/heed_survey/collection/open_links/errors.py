from heed_common.errors import NotFound


class OpenLinkNotFound(NotFound):
    code, title = "open_link_not_found", "The survey has no such open link."
