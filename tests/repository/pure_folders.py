"""Folders of pure calculation, whose files are named by their subject."""

PURE = {
    "heed_complaint/correspondence/templates": "texts of messages in both languages",
    "heed_complaint/sla/clock": "working time, milestones and alerts of one complaint, tested minute by minute",
    "heed_complaint/intake/email/parsing": "a message becomes text, addresses and attachments",
    "heed_complaint/intake/email/classification": "whether a person wrote a mail",
    "heed_complaint/intake/imports/lines": "rows and documents of a file become complaints of the past",
    "heed_complaint/intake/imports/past": "the life of a complaint up to now, by the rules of handling",
    "heed_customer/accounts/profiles/groups": "fields of profiles with their titles and schemas",
    "heed_customer/imports/formats": "encodings, delimiters and lines of files",
    "heed_customer/timeline/titles": "titles of entries in both languages",
    "heed_survey/analysis/results": "one analysis a file, from the data set to the result",
    "heed_survey/analysis/table": "responses as arrays, and conditions on them",
    "heed_survey/collection/pages": "what a page of the form shows and receives, without a request or a database",
    "heed_survey/reporting/content": "from the responses to the document of a report",
    "heed_survey/reporting/pages": "from the document to the page, without a request or a database",
    "heed_scoring/engine": "from facts to the score",
    "heed_scoring/explain": "texts of explanations",
    "heed_scoring/ledger": "events become rows, rows fold into facts",
    "heed_survey/surveys/questionnaire": "items, skip logic, indicator tree, validation of questionnaires",
}
"""Folders whose modules are named by their subject, with the reason: they compute, and do no input or output."""


def is_pure(folder: str) -> bool:
    return any(folder == pure or folder.startswith(f"{pure}/") for pure in PURE)
