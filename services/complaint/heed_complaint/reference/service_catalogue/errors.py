"""What is in no catalogue."""

from heed_common.errors import NotFound


class NotInCatalogue(NotFound):
    code, title = "not_in_catalogue", "The service catalogue says nothing of this category."
