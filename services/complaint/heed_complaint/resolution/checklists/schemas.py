"""Schemas of the facts of a case and its checklist."""

from typing import Annotated, Any

from pydantic import Field, StrictBool

from heed_common.fields import LongText, Moment, RequestModel, ResponseModel, at_most
from heed_common.languages import Language, preferred_language
from heed_complaint.resolution.checklists.service import Checklist
from heed_complaint.resolution.playbooks.rules import CASE_PREFIX, Step
from heed_complaint.resolution.playbooks.schemas import Authorisers, Code, PermittedRemedy, StepKind

MAX_FACTS = 200


class CaseFactsIn(RequestModel):
    """All facts of the case; a fact that is left out is removed."""

    facts: Annotated[dict[Code, Any], Field(max_length=MAX_FACTS), at_most(MAX_FACTS)]
    """Values by the name of the fact; conditions read them as `case.<name>`."""


class CaseFactsOut(ResponseModel):
    facts: dict[str, Any]


class StepCompletionIn(RequestModel):
    done: StrictBool = True
    """False takes the completion back."""
    note: LongText | None = None
    """For the desk only; replaces an earlier note."""


STEP_DONE = StepCompletionIn()


class ChecklistFactOut(ResponseModel):
    """A fact that the playbook declares; without a value it is still to be found out."""

    name: str
    """Name of the fact; conditions read it as `case.<name>`."""
    kind: str
    """Type of its value; `moment` is a text of RFC 3339."""
    label: str
    """The question, in the language that `Accept-Language` prefers."""
    value: Any
    """As stored; null while it is to be found out."""


class ChecklistStepOut(ResponseModel):
    code: str
    """Code of the step in its playbook."""
    kind: StepKind
    """`handle` the complaint, `follow_up` later, `batch` with others, or a `referral`."""
    applies: bool
    """Whether the facts of the case make it necessary."""
    do: str
    """The instruction, in the language that `Accept-Language` prefers."""
    say: str | None
    """In the customer's language, if that is known."""
    remedy: str | None
    """Kind of the remedy that the step grants; null for none."""
    after: str | None
    """Code of the step that must be done before; null: at any time."""
    refer_to: str | None
    """To whom the customer is referred; null unless it is a referral."""
    done: bool
    """Whether an agent marked it as done."""
    note: str | None
    """What the agent noted; null if nothing."""
    done_by: str | None
    """Who marked it as done; null while it is not."""
    done_at: Moment | None


class ChecklistOut(ResponseModel):
    """The matching playbook with the completed steps."""

    playbook: str
    """Name of the first playbook whose condition holds."""
    title: str
    """Title of the playbook, in the language that `Accept-Language` prefers."""
    facts: list[ChecklistFactOut]
    """What the playbook asks agents to find out."""
    steps: list[ChecklistStepOut]
    """In their order; those that do not apply are among them."""
    remedies: list[PermittedRemedy] | None
    """Kinds permitted without approval, with their limits; null: the general limits apply."""
    total: str | None
    """Limit of all remedies together without approval, in `currency`; null: the general one."""
    currency: str | None
    """ISO 4217 code of the limits; null: the organization's."""
    authorisers: Authorisers
    """Callers who may approve more, beside those who may change the settings."""

    @classmethod
    def of(cls, checklist: Checklist, *, language: Language) -> "ChecklistOut":
        content = checklist.playbook.content
        spoken = preferred_language(checklist.customer_language) if checklist.customer_language else language
        return cls(
            playbook=checklist.playbook.name,
            title=content["title"][language],
            facts=[_fact(fact, checklist, language) for fact in content["facts"]],
            steps=[_step(step, checklist, language, spoken) for step in checklist.playbook.steps],
            remedies=content["remedies"],
            total=content["total"],
            currency=content["currency"],
            authorisers=content["authorisers"],
        )


def _fact(fact: dict[str, Any], checklist: Checklist, language: Language) -> ChecklistFactOut:
    value = checklist.facts.get(f"{CASE_PREFIX}{fact['name']}")
    return ChecklistFactOut(name=fact["name"], kind=fact["kind"], label=fact["label"][language], value=value)


def _step(step: Step, checklist: Checklist, language: Language, spoken: Language) -> ChecklistStepOut:
    content = step.content
    completion = checklist.completions.get(step.code)
    done = completion is not None and completion.done
    return ChecklistStepOut(
        code=step.code,
        kind=content["kind"],
        applies=step.when.matches(checklist.facts),
        do=content["do"][language],
        say=content["say"][spoken] if content["say"] else None,
        remedy=content["remedy"],
        after=step.after,
        refer_to=content["refer_to"][spoken] if content["refer_to"] else None,
        done=done,
        note=completion.note if completion else None,
        done_by=completion.by if completion and done else None,
        done_at=completion.at if completion and done else None,
    )
