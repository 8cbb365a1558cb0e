from heed_common.errors import NotFound


class CatalogueEntryNotFound(NotFound):
    code, title = "not_in_catalogue", "The service catalogue has no entry for this category."
    advice = "Add the category to the service catalogue."
