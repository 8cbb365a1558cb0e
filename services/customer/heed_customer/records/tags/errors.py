"""Errors of tags."""

from heed_common.errors import Conflict, NotFound


class TagNotFound(NotFound):
    code, title = "tag_not_found", "This customer does not have this tag."


class TooManyTags(Conflict):
    code, title = "too_many_tags", "A customer has at most 100 tags."
    advice = "Remove tags that are no longer in use."
