from heed_common.errors import Conflict, NotFound, Unprocessable


class CustomerNotFound(NotFound):
    code, title = "customer_not_found", "There is no customer with this id."


class CustomerUnknown(Unprocessable):
    code, title = "customer_unknown", "There is no customer with the id that is given here."


class CustomerIsMerged(Conflict):
    code = "customer_merged"
    title = "This customer is merged into another one, which `survivor_id` names: change that one."
