"""Facts of a case against their declarations, and which steps can be completed. Pure: no clock, no tables."""

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
    """Raise `UnknownFact` or `FactInvalid` unless each fact is declared by a playbook and of the declared kind."""
    for name, value in given.items():
        if name not in declared:
            raise UnknownFact(pointer=f"/facts/{name}")
        try:
            declared[name].parse(value)
        except ConditionValueError as error:
            raise FactInvalid(str(error), pointer=f"/facts/{name}") from None


def known_facts(stored: Mapping[str, object], declared: Mapping[str, FieldType]) -> dict[str, object]:
    """Return the facts under their names in conditions, without those that are not declared so any more."""
    known: dict[str, object] = {}
    for name in stored.keys() & declared.keys():
        try:
            known[f"{CASE_PREFIX}{name}"] = declared[name].parse(stored[name])
        except ConditionValueError:
            continue
    return known


def check_step(
    playbook: Playbook, code: str, *, facts: Mapping[str, object], completed: Collection[str], done: bool
) -> Step:
    """Return the step if it can be completed or undone. Raises `StepNotFound`, `StepNotApplicable`, `StepTooEarly`."""
    step = next((step for step in playbook.steps if step.code == code), None)
    if step is None:
        raise StepNotFound
    if not done:
        return step
    if not step.when.matches(facts):
        raise StepNotApplicable
    if step.after is not None and step.after not in completed:
        raise StepTooEarly(after=step.after)
    return step
