from heed_common.errors import Conflict, Unprocessable


class CallBackNotOpen(Conflict):
    code, title = "call_back_not_open", "There is no open call-back about this complaint."
    advice = "Record the response without the call-back."


class AnotherCustomer(Unprocessable):
    code, title = "another_customer", "The complaint is another customer's; the customer may be omitted."
    advice = "Omit `customer_id`: the complaint names the customer."
