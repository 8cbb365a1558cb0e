"""Webhooks that Heed signs verify, others do not; scores become a table with exact amounts."""

from base64 import b64encode
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from standardwebhooks import Webhook

from heed_client import InvalidSignature, verify
from heed_client.arrow import SCHEMA, scores

SECRET = f"whsec_{b64encode(b'of a webhook').decode()}"
OTHER = f"whsec_{b64encode(b'another one').decode()}"
BODY = b'{"id": "1", "type": "heed.complaint.opened.v1"}'


def signed(at: datetime, secret: str = SECRET) -> dict[str, str]:
    signature = Webhook(secret).sign("1", at, BODY.decode())
    return {"Webhook-Id": "1", "Webhook-Timestamp": str(int(at.timestamp())), "Webhook-Signature": signature}


def test_a_webhook_verifies_by_either_secret_while_it_is_rotated():
    now = datetime.now(UTC)
    headers = signed(now)
    headers["Webhook-Signature"] += f" {signed(now, OTHER)['Webhook-Signature']}"
    assert verify(BODY, headers, SECRET)["type"] == verify(BODY, headers, OTHER)["type"] == "heed.complaint.opened.v1"


def test_a_changed_an_old_and_a_foreign_request_do_not_verify():
    now = datetime.now(UTC)
    for body, headers in (
        (BODY.replace(b"1", b"2"), signed(now)),
        (BODY, signed(now - timedelta(minutes=6))),
        (BODY, signed(now, OTHER)),
        (BODY, {}),
    ):
        with pytest.raises(InvalidSignature):
            verify(body, headers, SECRET)


def row(customer_id: str, amount: str) -> dict[str, object]:
    return {
        "customer_id": customer_id,
        "scored_day": "2026-11-30",
        "model_version": "prior-1",
        "value": {"amount": amount, "currency": "USD", "current": "0.10", "potential": "0.20", "tier": "C"},
        "loyalty": {"index": None, "class": None},
        "churn_risk": {"probability": 0.25, "horizon_days": 90, "band": "elevated"},
        "value_at_risk": {"amount": "0.05", "currency": "USD"},
        "lifecycle": {"stage": "formation"},
    }


def test_scores_are_a_table_of_exact_amounts():
    table = scores([row("a", "9007199254740993.01"), row("b", "-0.01")])
    assert table.schema == SCHEMA
    assert table["value"].to_pylist() == [Decimal("9007199254740993.0100"), Decimal("-0.0100")]
    assert table["scored_day"].to_pylist() == [date(2026, 11, 30)] * 2
    assert table["loyalty"].null_count == 2


def test_no_scores_are_an_empty_table_with_the_same_columns():
    assert scores([]).schema == SCHEMA
