"""Catalogue of the templates: texts and parameters by name. Pure."""

from collections.abc import Mapping
from typing import Any

from heed_common.messages.rendering import TemplateText
from heed_common.messages.templates import Catalogue, ShippedTemplate
from heed_complaint.correspondence.templates import decisions, updates
from heed_complaint.correspondence.templates.parts import COMMON_PARAMETERS

DEADLINES = {
    "contact_by": "2 March 2026, 13:00",
    "resolve_by": "9 March 2026, 12:00",
    "update_by": "5 March 2026, 12:00",
}
PROMISES = {"missed": False, "promise": "A new one by Friday", "promised_by": "6 March 2026, 18:00"}
DECIDED = {
    "outcome": "completed",
    "reason": "We have sent you a new one.",
    "remedies": ["Refund: 25.00 EUR"],
    "recourse": "The consumer centre, telephone 12315",
}


def _shipped(
    titles: tuple[str, str], texts: tuple[TemplateText, TemplateText], own_parameters: Mapping[str, Any]
) -> ShippedTemplate:
    """Return a template with its titles and texts, each in English and Chinese."""
    english, chinese = texts
    return ShippedTemplate(
        titles={"en": titles[0], "zh": titles[1]},
        texts={"en": english, "zh": chinese},
        sample=COMMON_PARAMETERS | dict(own_parameters),
    )


TEMPLATES: Catalogue = {
    "complaint.acknowledgement": _shipped(
        ("Acknowledgement of receipt", "收到确认"), (updates.ACKNOWLEDGEMENT_EN, updates.ACKNOWLEDGEMENT_ZH), DEADLINES
    ),
    "complaint.progress": _shipped(
        ("Progress report", "进展告知"), (updates.PROGRESS_EN, updates.PROGRESS_ZH), DEADLINES | PROMISES
    ),
    "complaint.decision": _shipped(
        ("Decision with its reasons", "处理决定及理由"), (decisions.DECISION_EN, decisions.DECISION_ZH), DECIDED
    ),
    "complaint.remedy": _shipped(
        ("Remedies granted", "补救措施"),
        (decisions.REMEDY_EN, decisions.REMEDY_ZH),
        {"remedies": DECIDED["remedies"]},
    ),
    "complaint.call_back": _shipped(
        ("Request to answer whether it is solved", "回访"), (updates.CALL_BACK_EN, updates.CALL_BACK_ZH), {}
    ),
    "complaint.closed": _shipped(("Closing", "结案"), (updates.CLOSED_EN, updates.CLOSED_ZH), {"reopen_days": 30}),
    "complaint.reply": _shipped(
        ("Message of an agent", "客服回复"), (decisions.REPLY_EN, decisions.REPLY_ZH), {"text": "It is on its way."}
    ),
}
