from heed_common.errors import Conflict, NotFound


class ContactNotFound(NotFound):
    code, title = "contact_not_found", "This customer has no contact with this id."


class ContactExists(Conflict):
    code = "contact_exists"
    title = "The customer has this contact with other details, under `contact_id`: change that one."
    advice = "Change the contact that `contact_id` names by PATCH."


class TooManyContacts(Conflict):
    code, title = "too_many_contacts", "The customer has the maximum number of contacts; delete one that is not in use."
    advice = "Delete contacts that are no longer in use."
