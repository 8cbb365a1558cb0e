"""What a complaint is called in messages, by its kind."""

from collections.abc import Mapping

from heed_common.contracts.complaint import CaseKind
from heed_common.languages import Language

CASES: Mapping[CaseKind, Mapping[Language, str]] = {
    CaseKind.COMPLAINT: {"en": "complaint", "zh": "投诉"},
    CaseKind.SERVICE_REQUEST: {"en": "request", "zh": "服务请求"},
    CaseKind.ENQUIRY: {"en": "enquiry", "zh": "咨询"},
    CaseKind.SUGGESTION: {"en": "suggestion", "zh": "建议"},
    CaseKind.PRAISE: {"en": "feedback", "zh": "反馈"},
    CaseKind.UNVOICED_GRIEVANCE: {"en": "matter", "zh": "问题"},
}
