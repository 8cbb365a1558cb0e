from heed_common.errors import BadRequest, NotFound


class ImportNotFound(NotFound):
    code, title = "import_not_found", "There is no import with this id."


class ImportInterrupted(BadRequest):
    code, title = "import_interrupted", "The file did not arrive completely; nothing of it will be imported."
