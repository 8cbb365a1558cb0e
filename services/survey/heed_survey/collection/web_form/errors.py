from heed_common.errors import Conflict, Gone


class FormSent(Gone):
    code, title = "form_sent", "This form was sent already: it is one response."
    advice = "Nothing is to be done: the response is stored."


class FormExpired(Conflict):
    code, title = "form_expired", "The form was open for too long; please load it again."
    advice = "Load the form again."
