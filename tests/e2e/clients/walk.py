"""The README's walk with the generated Python client. Prints the churn risk after each step, one JSON list."""

import json
import os
import sys
from typing import Any
from uuid import UUID

from heed_api import AuthenticatedClient
from heed_api.api.complaints import move_complaint, open_complaint
from heed_api.api.customers import register_customer
from heed_api.api.purchases import record_purchase, return_purchase
from heed_api.api.scores import get_score
from heed_api.models import ComplaintIn, Complete, CustomerIn, PlainMove, PlainMoveAction, PurchaseIn, ReturnIn
from heed_api.types import Response

RUN = sys.argv[1]
client = AuthenticatedClient(base_url=os.environ["HEED_URL"], token=os.environ["HEED_TOKEN"], timeout=60)
WAIT = "wait=30"  # seconds at most that a read waits for its event
scores: list[Any] = []


def done(response: Response[Any]) -> Any:
    """Return the result of a write, and remember the score that knows it."""
    assert response.status_code < 300, response.content
    event = UUID(response.headers["heed-event"])
    customer_id = UUID(str(getattr(response.parsed, "customer_id", None) or response.parsed.id))
    scores.append(get_score.sync(customer_id, client=client, after=event, prefer=WAIT))
    return response.parsed


buyer = CustomerIn.from_dict({"kind": "individual", "name": "Li Na", "external_id": f"py-{RUN}"})
customer = done(register_customer.sync_detailed(client=client, body=buyer))
assert done(register_customer.sync_detailed(client=client, body=buyer)).id == customer.id  # 200: it exists already
line = {"sku": "kettle", "category": "kitchen", "quantity": "1", "unit_price": "120.00", "unit_cost": "70.00"}
for day in ("2026-08-20", "2026-10-01", "2026-11-10"):
    order = {"external_id": f"py-{RUN}-{day}", "occurred_at": f"{day}T10:00:00Z", "currency": "USD", "lines": [line]}
    body = PurchaseIn.from_dict({"customer_external_id": f"py-{RUN}", **order})
    purchase = done(record_purchase.sync_detailed(client=client, body=body))
leak = {"channel": "phone", "category": "service", "severity": "major", "occurred_at": "2026-11-21T09:00:00Z"}
body = ComplaintIn.from_dict(
    {"customer_id": str(customer.id), "description": "It leaks and nobody calls back.", **leak}
)
complaint = done(open_complaint.sync_detailed(client=client, body=body))
accept = PlainMove(action=PlainMoveAction.ACCEPT)
done(move_complaint.sync_detailed(complaint.id, client=client, body=accept))
complete = Complete(action="complete", resolution="A new kettle, brought by hand")
done(move_complaint.sync_detailed(complaint.id, client=client, body=complete))
faulty = {"external_id": f"py-{RUN}-return", "occurred_at": "2026-11-22T06:00:00Z", "reason": "faulty"}
body = ReturnIn.from_dict({**faulty, "lines": [{"sku": "kettle", "quantity": "1"}]})
returned = return_purchase.sync_detailed(purchase.id, client=client, body=body)
assert returned.status_code == 201, returned.content
event = UUID(returned.headers["heed-event"])
scores.append(get_score.sync(customer.id, client=client, after=event, prefer=WAIT))
print(json.dumps([score.to_dict() for score in scores]))
