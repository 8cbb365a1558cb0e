"""Errors of checklists and of the facts of a case."""

from heed_common.errors import Conflict, NotFound, Unprocessable


class NoPlaybook(NotFound):
    code, title = "no_playbook", "No playbook matches this complaint; it is handled freely."


class StepNotFound(NotFound):
    code, title = "step_not_found", "The playbook has no such step."


class StepNotApplicable(Conflict):
    code, title = "step_not_applicable", "The step does not apply to the facts of this case."


class StepTooEarly(Conflict):
    code, title = "step_too_early", "Another step comes before this one."


class UnknownFact(Unprocessable):
    code, title = "unknown_fact", "No playbook declares this fact."


class FactInvalid(Unprocessable):
    code, title = "fact_invalid", "The fact is of another kind."
