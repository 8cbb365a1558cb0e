"""Catalogue of the templates: texts and parameters by name. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from heed_common.messages.rendering import TemplateText

from heed_common.languages import Language
from heed_complaint.correspondence.templates import decisions, updates
from heed_complaint.correspondence.templates.parts import COMMON_PARAMETERS

DEADLINES = {
    "contact_by": "2 March 2026, 13:00",
    "resolve_by": "9 March 2026, 12:00",
    "news_by": "5 March 2026, 12:00",
}
PROMISES = {"missed": False, "promise": "A new one by Friday", "promised_by": "6 March 2026, 18:00"}
DECIDED = {
    "outcome": "completed",
    "reason": "We have sent you a new one.",
    "remedies": ["Refund: 25.00 EUR"],
    "recourse": "The consumer centre, telephone 12315",
}


@dataclass(frozen=True, slots=True)
class MessageTemplate:
    """A template as shipped, with its parameters and an example of each."""

    texts: Mapping[Language, TemplateText]
    own_parameters: Mapping[str, Any]

    @property
    def parameters(self) -> Mapping[str, Any]:
        return COMMON_PARAMETERS | dict(self.own_parameters)


TEMPLATES: Mapping[str, MessageTemplate] = {
    "complaint.acknowledgement": MessageTemplate(
        {"en": updates.ACKNOWLEDGEMENT_EN, "zh": updates.ACKNOWLEDGEMENT_ZH}, DEADLINES
    ),
    "complaint.progress": MessageTemplate({"en": updates.PROGRESS_EN, "zh": updates.PROGRESS_ZH}, DEADLINES | PROMISES),
    "complaint.decision": MessageTemplate({"en": decisions.DECISION_EN, "zh": decisions.DECISION_ZH}, DECIDED),
    "complaint.remedy": MessageTemplate(
        {"en": decisions.REMEDY_EN, "zh": decisions.REMEDY_ZH}, {"remedies": DECIDED["remedies"]}
    ),
    "complaint.call_back": MessageTemplate({"en": updates.CALL_BACK_EN, "zh": updates.CALL_BACK_ZH}, {}),
    "complaint.closed": MessageTemplate({"en": updates.CLOSED_EN, "zh": updates.CLOSED_ZH}, {"reopen_days": 30}),
    "complaint.reply": MessageTemplate(
        {"en": decisions.REPLY_EN, "zh": decisions.REPLY_ZH}, {"text": "It is on its way."}
    ),
}
