"""Requests and responses of follow-up policies."""

from typing import Annotated, Any

from pydantic import Field, StrictBool, StrictInt, StringConstraints

from heed_common.fields import RequestModel, ResponseModel, ShortText
from heed_survey.actions.policies.rules import FollowUpAction, Matter, PolicyTerms

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Condition = Annotated[Any, Field(json_schema_extra={"type": "object"})]
"""Parsed by `heed_common.conditions`, whose errors point to the invalid part."""
DEFAULT_WITHIN_DAYS = 90


class ActionPolicyIn(RequestModel):
    """What follows from a response for which the condition on its answers and its customer is true."""

    when: Condition
    """Condition on the answers, by item code, and on the customer."""
    action: FollowUpAction
    """What is opened: a `complaint`, or a `care_task` for an employee."""
    matter: Matter = Matter.OTHER
    """Category of what is opened; it is opened once for each customer and matter in `within_days`."""
    within_days: Annotated[StrictInt, Field(ge=1, le=3650)] = DEFAULT_WITHIN_DAYS
    """Days in which a second such response of the customer leads to nothing."""
    owner: ShortText | None = None
    """Who gets the care task."""
    due_in_days: Annotated[StrictInt, Field(ge=0, le=365)] | None = None
    """Days until the care task is due; default 7."""
    enabled: StrictBool = True

    def to_domain(self) -> PolicyTerms:
        return PolicyTerms(**{name: getattr(self, name) for name in type(self).model_fields})


class ActionPolicyOut(ResponseModel):
    name: str
    """Name in the path."""
    when: dict[str, Any]
    action: FollowUpAction
    matter: Matter
    within_days: int
    """Days in which a second such response of the customer leads to nothing."""
    owner: str | None
    """Who gets the care task; null: no one is named."""
    due_in_days: int | None
    """Days until a care task is due; null for complaints, and where the default of 7 holds."""
    enabled: bool
