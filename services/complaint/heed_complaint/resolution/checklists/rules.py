"""Which steps are to be taken in a case, and which may be ticked off now. Pure: no clock, no tables."""

from collections.abc import Collection, Mapping

from heed_common.condition_values import ConditionValueError, FieldType
from heed_complaint.resolution.checklists.errors import (
    FactInvalid,
    StepNotApplicable,
    StepNotFound,
    StepTooEarly,
    UnknownFact,
)
from heed_complaint.resolution.playbooks.rules import CASE_PREFIX, Playbook, Step


def check_facts(given: Mapping[str, object], declared: Mapping[str, FieldType]) -> None:
    """Each fact is one that a playbook asks for, and of its kind."""
    for name, value in given.items():
        if name not in declared:
            raise UnknownFact(pointer=f"/facts/{name}")
        try:
            declared[name].parse(value)
        except ConditionValueError as error:
            raise FactInvalid(str(error), pointer=f"/facts/{name}") from None


def known_facts(stored: Mapping[str, object], declared: Mapping[str, FieldType]) -> dict[str, object]:
    """As conditions ask for them. What no playbook declares any more, or declares otherwise, is not known."""
    known: dict[str, object] = {}
    for name in stored.keys() & declared.keys():
        try:
            known[f"{CASE_PREFIX}{name}"] = declared[name].parse(stored[name])
        except ConditionValueError:
            continue
    return known


def check_step(
    playbook: Playbook, code: str, *, facts: Mapping[str, object], done: Collection[str], ticked: bool
) -> Step:
    """The step, if it may be ticked off, or the tick taken back."""
    step = next((step for step in playbook.steps if step.code == code), None)
    if step is None:
        raise StepNotFound
    if not ticked:
        return step
    if not step.when.matches(facts):
        raise StepNotApplicable
    if step.after is not None and step.after not in done:
        raise StepTooEarly(after=step.after)
    return step
