"""Columns of a CSV file of complaints: those of a complaint, and the usual moments of its handling. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from heed_common.fields import Moment
from heed_common.imports.headers import Columns
from heed_complaint.intake.imports.lines.schemas import PastComplaintIn
from heed_complaint.lifecycle.transitions.rules import Action

YES, NO = frozenset(("yes", "y", "true", "1", "是")), frozenset(("no", "n", "false", "0", "否"))
BOOLEANS = frozenset(("confidential", "regulator", "answered_live", "accepted", "solved", "pleasant"))
MOMENT = TypeAdapter[datetime](Moment)


@dataclass(frozen=True, slots=True)
class MomentColumn:
    """The move that a column has the moment of, and the columns with its fields."""

    action: Action
    fields: Mapping[str, str]
    """Columns by the fields of the move."""
    fixed: Mapping[str, Any]


def _column(action: Action, *, fixed: Mapping[str, Any] | None = None, **fields: str) -> MomentColumn:
    return MomentColumn(action, fields, fixed or {})


MOMENTS: Mapping[str, MomentColumn] = {
    "accepted_at": _column(Action.ACCEPT),
    "declined_at": _column(Action.DECLINE, reason="reason"),
    "referred_at": _column(Action.REFER, reason="reason"),
    "contacted_at": _column(Action.CONTACT, answered_live="answered_live"),
    "committed_at": _column(Action.COMMIT, promise="promise", promised_by="promised_by"),
    "waiting_since": _column(Action.WAIT_FOR_CUSTOMER, reason="waiting_reason"),
    "resumed_at": _column(Action.RESUME),
    "completed_at": _column(Action.COMPLETE, resolution="resolution", cause="cause", responsibility="responsibility"),
    "confirmed_at": _column(Action.CONFIRM, fixed={"accepted": True}),
    "called_back_at": _column(Action.CALL_BACK, fixed={"solved": None}, solved="solved", pleasant="pleasant"),
    "closed_at": _column(Action.CLOSE),
    "withdrawn_at": _column(Action.WITHDRAW, reason="reason"),
}
"""In the order of the flow, which decides where two moments are equal."""
MOVE_COLUMNS = frozenset(column for moment in MOMENTS.values() for column in moment.fields.values())
NOT_IN_CSV = frozenset(("transitions", "attachments", "messages"))
COMPLAINT_COLUMNS = frozenset(PastComplaintIn.model_fields) - NOT_IN_CSV
COLUMNS = Columns(
    allowed=COMPLAINT_COLUMNS.union(MOMENTS, MOVE_COLUMNS),
    required=frozenset(("external_id", "channel", "category", "severity", "description", "occurred_at", "received_at")),
)


@dataclass(frozen=True, slots=True)
class Row:
    """The document of a row, and the column with the moment of each move."""

    document: Mapping[str, Any]
    moments: tuple[str, ...] = ()


def row_of(cells: Mapping[str, str]) -> Row:
    """Return the document of a row as a line of NDJSON would have it; an empty cell is no member."""
    values: dict[str, Any] = {name: _boolean(cell) if name in BOOLEANS else cell for name, cell in cells.items()}
    moments = tuple(sorted((name for name in MOMENTS if name in values), key=lambda name: _moment(values[name])))
    moves = [_move(MOMENTS[name], values[name], values) for name in moments]
    complaint = {name: value for name, value in values.items() if name in COMPLAINT_COLUMNS}
    return Row(complaint | ({"transitions": moves} if moves else {}), moments)


def column_of(pointer: str, moments: tuple[str, ...]) -> str | None:
    """Return the column of the row that the pointer into its document leads to."""
    parts = pointer.split("/")[1:]
    if len(parts) > 1 and parts[0] == "transitions" and int(parts[1]) < len(moments):
        name = moments[int(parts[1])]
        field = parts[2] if len(parts) > 2 else "at"
        return MOMENTS[name].fields.get(field, name)
    return ".".join(parts) or None


def _move(moment: MomentColumn, at: str, values: Mapping[str, Any]) -> dict[str, Any]:
    fields = {field: values[column] for field, column in moment.fields.items() if column in values}
    return {"action": moment.action.value, "at": at, **moment.fixed, **fields}


def _moment(cell: str) -> float:
    """Return the position of a moment; an invalid one is rejected with its line later."""
    try:
        return MOMENT.validate_python(cell).timestamp()
    except ValidationError:
        return 0.0


def _boolean(cell: str) -> bool | str:
    word = cell.strip().lower()
    return word in YES if word in YES | NO else cell
