"""The customer service decides about each message; without its answer nothing is sent."""

import json
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr

from heed_common.contracts.message import ContactChannel, ContactPurpose
from heed_common.messages.permits import HTTPPermits, PermitRequest, PermitsUnavailable, Refused

pytestmark = pytest.mark.asyncio
TOKEN = SecretStr("t" * 40)
REQUEST = PermitRequest(
    message_id=uuid4(), customer_id=uuid4(), purpose=ContactPurpose.SERVICE, channels=[ContactChannel.MAIL]
)


async def ask(answer):
    seen = []

    def respond(request):
        seen.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    permits = HTTPPermits("http://customer.example", TOKEN, transport=httpx.MockTransport(respond))
    try:
        return await permits.ask(REQUEST), seen
    finally:
        await permits.close()


async def test_a_grant_has_the_address(caplog):
    answer = {"allowed": True, "channel": "mail", "address": "li@example.com", "new_field": 1}
    granted, (request,) = await ask(httpx.Response(200, json=answer))
    assert granted.address == "li@example.com"
    assert "li@example.com" not in repr(granted)
    assert request.url.path == "/v1/contacts:permit"
    assert request.headers["Authorization"] == f"Bearer {'t' * 40}"
    assert json.loads(request.content)["message_id"] == str(REQUEST.message_id)


async def test_a_refusal_has_its_reason():
    refused, _ = await ask(httpx.Response(200, json={"allowed": False, "reason": "budget", "retry_at": None}))
    assert refused == Refused(allowed=False, reason="budget")


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [(422, "customer_unknown", "customer_unknown"), (410, "customer_erased", "erased")],
)
async def test_a_customer_who_does_not_exist_gets_nothing(status, code, reason):
    refused, _ = await ask(httpx.Response(status, json={"code": code}))
    assert refused.reason == reason


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(503),
        httpx.Response(401, json={"code": "unauthenticated"}),
        httpx.Response(403),
        httpx.Response(429),
        httpx.Response(302),
        httpx.Response(200, text="<html>a proxy</html>"),
        httpx.Response(200, json={"allowed": True}),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
    ],
)
async def test_without_a_decision_the_message_waits(answer):
    with pytest.raises(PermitsUnavailable):
        await ask(answer)


async def test_a_request_that_is_refused_is_a_matter_of_this_message():
    with pytest.raises(ValueError, match="HTTP 409"):
        await ask(httpx.Response(409, json={"code": "message_of_another"}))


@pytest.mark.parametrize(("url", "token"), [(None, TOKEN), ("http://customer.example", None)])
async def test_without_an_address_or_a_token_messages_wait(url, token):
    with pytest.raises(PermitsUnavailable, match="HEED_CUSTOMER_URL"):
        await HTTPPermits(url, token).ask(REQUEST)
