from heed_common.errors import Conflict, NotFound, Unprocessable


class UnknownCategory(Unprocessable):
    code, title = "unknown_category", "The category is not in the taxonomy."
    advice = "Use a code of the taxonomy `categories`, or add the term."


class UnknownCause(Unprocessable):
    code, title = "unknown_cause", "The cause is not in the taxonomy."
    advice = "Use a code of the taxonomy `causes`, or add the term."


class UnknownResponsibility(Unprocessable):
    code, title = "unknown_responsibility", "The responsibility is not in the taxonomy."
    advice = "Use a code of the taxonomy, or add the term."


class UnknownQualitySide(Unprocessable):
    code, title = "unknown_quality_side", "The quality side is not in the taxonomy."
    advice = "Use a code of the taxonomy, or add the term."


class TaxonomyNotFound(NotFound):
    code, title = "taxonomy_not_found", "There is no such taxonomy."


class DuplicateTerm(Unprocessable):
    code, title = "term_twice", "The taxonomy has this code already."
    advice = "Give each term a code of its own."


class InvalidTermParent(Unprocessable):
    code, title = "term_misplaced", "A second level needs its first level in the list; only categories have two levels."
    advice = "Put the first level before its second levels."


class CodesLocked(Unprocessable):
    code, title = "codes_are_fixed", "The codes of this taxonomy are locked: only their labels may change."
    advice = "Change labels only: the code has a meaning of its own."


class TermInUse(Conflict):
    code, title = "term_in_use", "Complaints use these terms. Retire them instead."
    advice = "Retire the term: it stays on what has it and is not offered again."

    def __init__(self, terms: list[str]) -> None:
        super().__init__(terms=terms)
