from heed_common.errors import Conflict, Unprocessable


class LinesGivenUp(Unprocessable):
    code, title = "lines_given_up", "These lines could not be processed and were dropped; send them again."
    advice = "Send the lines that `errors` names in a new file."


class ConsentConflict(Conflict):
    code = "consent_conflict"
    title = "The customer has decided otherwise, perhaps after the file was written."
    advice = "Keep the customer's own decision, or send the line with `on_conflict=update` if the file is newer."
