from heed_common.errors import Conflict, NotFound, Unprocessable


class UnknownCategory(Unprocessable):
    code, title = "unknown_category", "The category is not in the taxonomy."


class UnknownCause(Unprocessable):
    code, title = "unknown_cause", "The cause is not in the taxonomy."


class UnknownResponsibility(Unprocessable):
    code, title = "unknown_responsibility", "The responsibility is not in the taxonomy."


class UnknownQualitySide(Unprocessable):
    code, title = "unknown_quality_side", "The quality side is not in the taxonomy."


class TaxonomyNotFound(NotFound):
    code, title = "taxonomy_not_found", "There is no such taxonomy."


class DuplicateTerm(Unprocessable):
    code, title = "term_twice", "The taxonomy has this code already."


class InvalidTermParent(Unprocessable):
    code, title = "term_misplaced", "A second level stands under a first one that is listed; only categories have one."


class CodesLocked(Unprocessable):
    code, title = "codes_are_fixed", "The program goes by these codes: their labels may change, nothing else."


class TermInUse(Conflict):
    code, title = "term_in_use", "Complaints are described with these terms. Retire them instead."

    def __init__(self, terms: list[str]) -> None:
        super().__init__(terms=terms)
