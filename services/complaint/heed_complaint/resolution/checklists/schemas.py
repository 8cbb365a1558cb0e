"""How the handling of one complaint is shown."""

from typing import Annotated, Any

from pydantic import Field, StrictBool

from heed_common.fields import LongText, Moment, RequestModel, ResponseModel, at_most
from heed_common.languages import Language, preferred_language
from heed_complaint.resolution.checklists.service import Checklist
from heed_complaint.resolution.playbooks.rules import CASE_PREFIX, Step
from heed_complaint.resolution.playbooks.schemas import Authorisers, Code, PermittedRemedy, StepKind

MAX_FACTS = 200


class CaseFactsIn(RequestModel):
    """All that is known; what is not named is not known."""

    facts: Annotated[dict[Code, Any], Field(max_length=MAX_FACTS), at_most(MAX_FACTS)]


class CaseFactsOut(ResponseModel):
    facts: dict[str, Any]


class StepCompletionIn(RequestModel):
    done: StrictBool = True
    note: LongText | None = None


STEP_DONE = StepCompletionIn()


class FactOut(ResponseModel):
    """A fact that the playbook asks for; without a value it is to be found out."""

    name: str
    kind: str
    label: str
    value: Any


class StepOut(ResponseModel):
    code: str
    kind: StepKind
    applies: bool
    """Whether it is to be taken, by what is known of this case."""
    do: str
    say: str | None
    """In the customer's language, where that is known."""
    remedy: str | None
    after: str | None
    refer_to: str | None
    done: bool
    note: str | None
    done_by: str | None
    done_at: Moment | None


class ChecklistOut(ResponseModel):
    """The playbook that fits, with the steps that are done."""

    playbook: str
    title: str
    facts: list[FactOut]
    steps: list[StepOut]
    remedies: list[PermittedRemedy] | None
    total: str | None
    currency: str | None
    authorisers: Authorisers
    """Who may agree to more, beside those who may change the settings."""

    @classmethod
    def of(cls, handling: Checklist, *, language: Language) -> "ChecklistOut":
        content = handling.playbook.content
        spoken = preferred_language(handling.customer_language) if handling.customer_language else language
        return cls(
            playbook=handling.playbook.name,
            title=content["title"][language],
            facts=[_fact(fact, handling, language) for fact in content["facts"]],
            steps=[_step(step, handling, language, spoken) for step in handling.playbook.steps],
            remedies=content["remedies"],
            total=content["total"],
            currency=content["currency"],
            authorisers=content["authorisers"],
        )


def _fact(fact: dict[str, Any], handling: Checklist, language: Language) -> FactOut:
    value = handling.facts.get(f"{CASE_PREFIX}{fact['name']}")
    return FactOut(name=fact["name"], kind=fact["kind"], label=fact["label"][language], value=value)


def _step(step: Step, handling: Checklist, language: Language, spoken: Language) -> StepOut:
    said = step.content
    tick = handling.ticks.get(step.code)
    done = tick is not None and tick.done
    return StepOut(
        code=step.code,
        kind=said["kind"],
        applies=step.when.matches(handling.facts),
        do=said["do"][language],
        say=said["say"][spoken] if said["say"] else None,
        remedy=said["remedy"],
        after=step.after,
        refer_to=said["refer_to"][spoken] if said["refer_to"] else None,
        done=done,
        note=tick.note if tick else None,
        done_by=tick.by if tick and done else None,
        done_at=tick.at if tick and done else None,
    )
