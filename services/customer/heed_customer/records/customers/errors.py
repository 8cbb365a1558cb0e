from heed_common.errors import Conflict, NotFound, Unprocessable


class CustomerNotFound(NotFound):
    code, title = "customer_not_found", "There is no customer with this id."
    advice = "Check the id; look the customer up by `POST /v1/customers:lookup`. An erased customer is gone."


class CustomerUnknown(Unprocessable):
    code, title = "customer_unknown", "There is no customer with the id that is given here."
    advice = "Register the customer first, or send `customer_external_id` of one that exists."


class CustomerIsMerged(Conflict):
    code = "customer_merged"
    title = "This customer is merged into another one, which `survivor_id` names: change that one."
    advice = "Send the change to the customer that `survivor_id` names."
