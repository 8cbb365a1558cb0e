from heed_common.errors import BadRequest, Conflict, NotFound, Unprocessable


class ImportNotFound(NotFound):
    code, title = "import_not_found", "There is no import with this id."


class ImportInterrupted(BadRequest):
    code, title = "import_interrupted", "The file did not arrive completely; nothing of it will be imported."


class LinesGivenUp(Unprocessable):
    code, title = "lines_given_up", "These lines could not be processed and were dropped; send them again."


class ConsentConflict(Conflict):
    code = "consent_conflict"
    title = "The customer has decided otherwise, perhaps after the file was written."
