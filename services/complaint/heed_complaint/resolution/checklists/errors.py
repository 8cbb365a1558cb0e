"""Errors of checklists and of the facts of a case."""

from heed_common.errors import Conflict, NotFound, Unprocessable


class NoPlaybook(NotFound):
    code, title = "no_playbook", "No playbook matches this complaint; it is handled freely."
    advice = "Handle it freely, or write a playbook whose condition holds for it."


class StepNotFound(NotFound):
    code, title = "step_not_found", "The playbook has no such step."


class StepNotApplicable(Conflict):
    code, title = "step_not_applicable", "The step does not apply to the facts of this case."
    advice = "Record the facts on which the step depends."


class StepTooEarly(Conflict):
    code, title = "step_too_early", "Another step comes before this one."
    advice = "Complete or skip the steps before it."


class UnknownFact(Unprocessable):
    code, title = "unknown_fact", "No playbook declares this fact."
    advice = "Declare the fact in a playbook first."


class FactInvalid(Unprocessable):
    code, title = "fact_invalid", "The fact is of another kind."
    advice = "Send a value of the declared kind."
