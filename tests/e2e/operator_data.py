"""What an operator's product holds, so that generated requests get past 404: one of each thing, with its id."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

PAST, FUTURE = "2026-03-02T12:00:00Z", "2099-01-01T00:00:00Z"
WORDING = {"en": "Within a day", "zh": "一天之内"}
LINE = {"sku": "kettle", "category": "kitchen", "quantity": "2", "unit_price": "40.00"}
COMPLAINT = {
    "channel": "phone",
    "category": "product",
    "severity": "major",
    "description": "The kettle leaks",
    "occurred_at": PAST,
}


@dataclass(frozen=True, slots=True)
class OperatorData:
    """Ids by the name of the path parameter, and what some parameters mean on some paths only."""

    ids: Mapping[str, str]
    names: Mapping[str, str]
    """Values of `name`, `category`, `code` and `kind` by the beginning of the path."""

    def path_parameters(self, path: str) -> dict[str, str]:
        """Return the parameters of the path for which there is something."""
        special = [value for prefix, value in self.names.items() if path.startswith(prefix)]
        named = dict.fromkeys(("name", "category", "code", "kind"), special[-1]) if special else {}
        known = {**self.ids, **named}
        return {name: value for name, value in known.items() if f"{{{name}}}" in path}


def create(http_client: httpx.Client) -> OperatorData:
    """Create one of each thing through the API."""

    def post(path: str, body: Any, **options: Any) -> dict[str, Any]:
        response = http_client.post(path, json=body, **options)
        assert response.is_success, f"{path}: {response.text}"
        return dict(response.json())

    def put(path: str, body: Any) -> None:
        response = http_client.put(path, json=body)
        assert response.is_success, f"{path}: {response.text}"

    customer = post("/v1/customers", {"kind": "individual", "name": "Li Na"})["id"]
    purchase = {"customer_id": customer, "external_id": customer, "occurred_at": PAST, "currency": "USD"}
    complaint = post("/v1/complaints", COMPLAINT | {"customer_id": customer})["id"]
    post(f"/v1/complaints/{complaint}/transitions", {"action": "accept"})
    survey = post("/v1/surveys", {"template": "satisfaction"})["id"]
    post(f"/v1/surveys/{survey}/publish", {})
    put("/v1/complaints/agents/ann", {})
    put("/v1/complaints/queues/first", {})
    steps = [{"code": "ask", "do": WORDING}]
    put("/v1/playbooks/leak", {"order": 10, "title": WORDING, "steps": steps})
    guarantee = {
        "reach": "internal",
        "scope": "unconditional_satisfaction",
        "promise": WORDING,
        "promised_by": "The board",
        "valid_from": PAST,
    }
    put("/v1/guarantees/quick", guarantee)
    texts = {"title": {"en": "Leaks", "zh": "漏水"}, "text": {"en": "Close the lid.", "zh": "请盖上盖子。"}}
    put("/v1/intake/articles/lid", {"category": "product", **texts})
    put("/v1/complaints/catalogue/product", {"risk": 1, "difficulty": 1, "duration_seconds": 60, "moments_of_truth": 1})
    promise = {"what": "A new kettle", "promised_by": FUTURE}
    agreement = {"customer_id": customer, "needs": "Kettles", "quality_plan": "None leaks", "valid_from": PAST}
    correction = {"category": "product", "measure": "Tighter lids", "owner": "ann", "due_at": FUTURE}
    csv = {"content": b"external_id,kind,name\nc-1,individual,Ann\n", "headers": {"Content-Type": "text/csv"}}
    ids = {
        "customer_id": customer,
        "purchase_id": post("/v1/purchases", purchase | {"lines": [LINE]})["id"],
        "complaint_id": complaint,
        "survey_id": survey,
        "agent_id": "ann",
        "incident_id": post("/v1/complaints/incidents", {"title": "Leaking lids"})["id"],
        "correction_id": post("/v1/complaints/corrections", correction)["id"],
        "agreement_id": post("/v1/agreements", agreement)["id"],
        "promise_id": post(f"/v1/complaints/{complaint}/promises", promise)["id"],
        "remedy_id": post(f"/v1/complaints/{complaint}/remedies", {"kind": "apology"})["id"],
        "holdout_id": post("/v1/portfolio/holdouts", {"name": "calls", "share": "0.1"})["id"],
        "fit_id": post("/v1/models:fit", {"observed_until": "1990-01-01"})["id"],
        "import_id": http_client.post("/v1/imports/customers", **csv).raise_for_status().json()["id"],
        "token": post(f"/v1/complaints/{complaint}/links", {})["status_link"].rpartition("/")[2],
        "step": "ask",
        "kind": "csv",
    }
    return OperatorData(ids, NAMES)


NAMES = {
    "/v1/complaints/queues": "first",
    "/v1/complaints/catalogue": "product",
    "/v1/complaints/{complaint_id}/guarantees": "quick",
    "/v1/guarantees": "quick",
    "/v1/intake/articles": "lid",
    "/v1/playbooks": "leak",
    "/v1/sla/calendars": "office",
    "/v1/sla/policies": "default",
    "/v1/taxonomies": "category",
}
