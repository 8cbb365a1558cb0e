from heed_common.errors import Conflict, Unprocessable


class LinesGivenUp(Unprocessable):
    code, title = "lines_given_up", "These lines could not be processed and were dropped; send them again."


class ConsentConflict(Conflict):
    code = "consent_conflict"
    title = "The customer has decided otherwise, perhaps after the file was written."
