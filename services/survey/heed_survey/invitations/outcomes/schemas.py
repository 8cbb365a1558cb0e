"""Responses of invitations and their dispositions."""

from typing import Any
from uuid import UUID

from heed_common.contracts.message import ContactChannel
from heed_common.contracts.survey import InvitationKind
from heed_common.fields import Moment, ResponseModel
from heed_survey.invitations.outcomes.rules import AAPOR_CODES, Disposition, disposition
from heed_survey.invitations.records.rules import InvitationState


class InvitationOut(ResponseModel):
    """An invitation and what became of it."""

    id: UUID
    customer_id: UUID
    wave: str | None
    kind: InvitationKind
    """`call_back` asks about a completed complaint; `survey` is any other."""
    state: InvitationState
    """How far it has got."""
    disposition: Disposition
    """The same in the classes of AAPOR's Standard Definitions."""
    aapor_code: str
    """Of AAPOR's Standard Definitions, internet surveys of specifically named persons."""
    reason: str | None
    """Why it was not sent, was refused or is ineligible; null otherwise."""
    channels: list[ContactChannel]
    complaint_id: UUID | None
    sample_id: UUID | None
    batch_id: UUID | None
    trigger_id: UUID | None
    created_at: Moment
    sent_at: Moment | None
    """When a transport accepted the message; null before."""
    expires_at: Moment
    reminders_sent: int
    """Reminders that were sent so far."""
    remind_at: Moment | None
    """When the next reminder is due; null if there is none."""

    @classmethod
    def from_row(cls, row: Any) -> "InvitationOut":  # noqa: ANN401 - a row of the table
        found = disposition(InvitationState(row.state), row.reason)
        names = cls.model_fields.keys() - {"disposition", "aapor_code", "wave"}
        values = {name: getattr(row, name) for name in names}
        return cls.model_validate(
            values | {"disposition": found, "aapor_code": AAPOR_CODES[found], "wave": row.wave or None}
        )


class DispositionsOut(ResponseModel):
    """Number of invitations by disposition."""

    total: int
    """All invitations."""
    counts: dict[Disposition, int]
    """Number of invitations by disposition."""
    aapor_codes: dict[Disposition, str]
    """Code of each disposition, internet surveys of specifically named persons."""
