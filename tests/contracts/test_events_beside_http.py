"""A field that an event and a response of the HTTP API both have is typed alike, or its difference has a reason here.

docs/events.md has the differences: the HTTP API and version 1 of the events are fixed, others are built against both.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

DECIMAL = re.compile(r"\^(-\?)?\[0-9\].*\\\.")
"""Begin of the patterns of decimals: digits, a point, digits."""
Schemas = dict[str, dict[str, Any]]

INTERFACES = Path(__file__).resolve().parents[2] / "docs" / "interfaces"
EVENTS: Schemas = json.loads((INTERFACES / "asyncapi.json").read_text())["components"]["schemas"]
HTTP: Schemas = json.loads((INTERFACES / "openapi.json").read_text())["components"]["schemas"]

RESOURCES = {
    "AnalysisPublished": ("SurveyReportOut",),
    "Answer": ("ScaleOut",),
    "ChurnRisk": ("ChurnRiskOut",),
    "ComplaintAssigned": ("ComplaintAssignmentOut",),
    "ComplaintForecast": ("ComplaintOutlookOut",),
    "ConsentChanged": ("DecisionOut", "ConsentOut"),
    "ContactChanged": ("ContactOut",),
    "CustomerRegistered": ("CustomerOut",),
    "CustomerUpdated": ("CustomerOut",),
    "DetractorFound": ("ScaleOut",),
    "DissatisfactionFound": ("CareTaskOut",),
    "Envelope": ("EnvelopeOut", "TimelineEntryOut"),
    "Factor": ("FactorOut",),
    "GuaranteeTriggered": ("GuaranteeClaimOut", "GuaranteeOut"),
    "InteractionRecorded": ("InteractionOut",),
    "InvitationIssued": ("InvitationOut", "TriggerOut"),
    "Lifecycle": ("LifecycleOut",),
    "Loyalty": ("LoyaltyOut",),
    "MessageFailed": ("LoggedContactOut",),
    "MessageSent": ("LoggedContactOut",),
    "MessageSubject": ("LoggedAboutOut",),
    "ModelPublished": ("ModelOut", "FitOut"),
    "PastMove": ("HistoryEntryOut",),
    "PromiseBroken": ("ComplaintPromiseOut",),
    "PromiseKept": ("ComplaintPromiseOut",),
    "PromiseRecorded": ("PromiseOut",),
    "PromiseSettled": ("PromiseOut",),
    "PurchaseRecorded": ("PurchaseOut",),
    "PurchaseReturned": ("ReturnOut",),
    "ReferralRecorded": ("ReferralOut",),
    "RemedyGranted": ("RemedyOut",),
    "ResponseReceived": ("ResponseOut",),
    "RhythmBroken": ("RhythmOut",),
    "SLABreachWithdrawn": ("ClockOut",),
    "SLABreached": ("ClockOut",),
    "SLAEscalated": ("EscalationStepOut",),
    "SLAWarned": ("ClockOut",),
    "ScoreChanged": ("ScoreOut", "ScoreSummary"),
    "SurveyPublished": ("SurveyOut",),
    "Value": ("ValueOut",),
}
"""What the HTTP API shows of the same thing; events of complaints have the fields of `ComplaintOut` besides."""
WITHOUT_RESOURCE = {"CustomerMerged", "CustomerUnmerged", "ThresholdCrossed"}

EXACT = "decimal in events, where contributions add up exactly; number over HTTP, with the same digits"
WITH_CURRENCY = "events have the currency once, in `value`; over HTTP each amount stands with its own"
LABELLED = "events have codes; over HTTP each has its label in the language of the request"
CLOUDEVENTS = "CloudEvents has texts; Heed writes ids"
DIFFERENCES = {
    ("ChurnRisk", "probability"): EXACT,
    ("ComplaintForecast", "risk_if_resolved_quickly"): EXACT,
    ("ComplaintForecast", "risk_if_unresolved"): EXACT,
    ("Factor", "contribution"): EXACT + "; money is a decimal in both",
    ("Loyalty", "coverage"): EXACT,
    ("Loyalty", "index"): EXACT,
    ("ComplaintForecast", "expected_value_saved"): WITH_CURRENCY,
    ("ScoreChanged", "value_at_risk"): WITH_CURRENCY,
    ("ChurnRisk", "barriers"): LABELLED,
    ("ChurnRisk", "motives"): LABELLED,
    ("Envelope", "partitionkey"): CLOUDEVENTS,
    ("Envelope", "subject"): CLOUDEVENTS,
    ("InvitationIssued", "reminders"): "events count the reminders; over HTTP they have a distance as well",
    ("ModelPublished", "observed_until"): "a moment in events, the end of the day that was asked for over HTTP",
    ("ResponseReceived", "answers"): "events have answers on scales with their ends; over HTTP there are all, by item",
}


def shape(described: dict[str, Any], schemas: Schemas) -> frozenset[str]:
    """Return the JSON type with its format, without null; codes are texts, whether or not they are listed."""
    if "$ref" in described:
        return shape(schemas[described["$ref"].rpartition("/")[2]], schemas)
    if "anyOf" in described:
        return frozenset().union(*(shape(one, schemas) for one in described["anyOf"] if one.get("type") != "null"))
    kind = described.get("type", "any")
    if kind == "array":
        return frozenset(f"list of {one}" for one in shape(described["items"], schemas))
    is_decimal = kind == "string" and DECIMAL.match(described.get("pattern", "")) is not None
    return frozenset({described.get("format") or ("decimal" if is_decimal else kind)})


def common_fields() -> Iterator[tuple[str, str, str]]:
    for event, schema in EVENTS.items():
        of_complaint = ("ComplaintOut",) if "opened_at" in schema.get("properties", {}) else ()
        for resource in (*RESOURCES.get(event, ()), *of_complaint):
            for name in schema["properties"].keys() & HTTP[resource]["properties"].keys():
                yield event, resource, name


def numbers(schemas: Schemas) -> set[tuple[str, str]]:
    return {
        (schema, name)
        for schema, content in schemas.items()
        for name, described in content.get("properties", {}).items()
        if any("number" in one for one in shape(described, schemas))
    }


def test_every_event_is_compared():
    with_fields = {name for name, schema in EVENTS.items() if "properties" in schema}
    of_complaints = {name for name in with_fields if "opened_at" in EVENTS[name]["properties"]}
    assert with_fields - of_complaints - RESOURCES.keys() == WITHOUT_RESOURCE


def test_what_events_and_the_http_api_both_have_is_typed_alike():
    fields = list(common_fields())
    assert len(fields) > 400
    different = {
        (event, name)
        for event, resource, name in fields
        if shape(EVENTS[event]["properties"][name], EVENTS) != shape(HTTP[resource]["properties"][name], HTTP)
    }
    assert different == DIFFERENCES.keys()


def test_events_have_no_floating_point_numbers():
    assert numbers(HTTP)
    assert numbers(EVENTS) == set()


@pytest.mark.parametrize("schemas", [EVENTS, HTTP], ids=["events", "http"])
def test_money_is_a_decimal(schemas):
    amounts = {"amount", "gross", "margin", "unit_price", "unit_cost", "price", "value_at_risk", "expected_value_saved"}
    found = {
        (schema, name): shape(described, schemas)
        for schema, content in schemas.items()
        for name, described in content.get("properties", {}).items()
        if name in amounts
    }
    assert found
    money = {frozenset({"decimal"}), frozenset({"object"})}
    assert {field for field, kinds in found.items() if kinds not in money} == NOT_MONEY[schemas is HTTP]


NOT_MONEY = (set(), {("RFMCutOffsOut", "margin"), ("SampleIn", "margin")})
"""Cut-offs, in the currency of the report, and the margin of error of a share."""
