"""An operator edits templates safely: previewed, versioned, and restored."""

import httpx
import pytest
import pytest_asyncio

from heed_common.contracts.message import ContactChannel
from heed_common.messages.api import template_router
from heed_common.messages.rendering import check, render
from heed_common.messages.templates import COMMON_PARAMETERS
from heed_complaint.correspondence.templates.catalogue import TEMPLATES as OF_COMPLAINTS
from heed_customer.reach.verification.texts import TEMPLATES as OF_CUSTOMERS
from tests.common import sample_app
from tests.common.messages.factories import CATALOGUE

PATH = "/v1/templates"
ONE = f"{PATH}/acknowledgement/zh"
EDITED = {"subject": "收到：{{ name }}", "text": "{{ name }}，您好。", "short": "{{ name }} 收到"}
SHIPPED = [
    pytest.param(shipped, language, id=f"{name} {language}")
    for catalogue in (OF_COMPLAINTS, OF_CUSTOMERS, CATALOGUE)
    for name, shipped in sorted(catalogue.items())
    for language in ("en", "zh")
]


@pytest_asyncio.fixture
async def client(platform_database, clock):
    async with platform_database.transaction() as session:
        await session.execute(sample_app.TABLE)
    app = sample_app.create_app(sample_app.make_settings(), sample_app.make_resources(platform_database, clock))
    app.include_router(template_router(PATH, CATALOGUE))
    token = await sample_app.make_token(platform_database, now=clock.now())
    async with sample_app.make_client(app, token) as client:
        yield client


async def put(client: httpx.AsyncClient, body, *, version="0"):
    return await client.put(ONE, json=body, headers={"If-Match": f'"{version}"'})


@pytest.mark.parametrize(("shipped", "language"), SHIPPED)
def test_every_shipped_template_renders_with_its_examples(shipped, language):
    text = shipped.texts[language]
    check(text, parameters=shipped.parameters)
    for channel in (ContactChannel.MAIL, ContactChannel.SMS):
        rendered = render(text, {**COMMON_PARAMETERS, **shipped.sample}, channel=channel)
        assert rendered.subject
        assert rendered.text.strip()


@pytest.mark.asyncio
async def test_an_edited_template_is_in_force_until_it_is_restored(client):
    changed = await put(client, EDITED)
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"1"')
    response = await client.get(PATH)
    assert response.status_code == 200, response.text
    listed = response.json()["items"]
    assert [(item["language"], item["version"], item["is_shipped"]) for item in listed] == [
        ("en", 0, True),
        ("zh", 1, False),
    ]
    assert (await client.delete(ONE)).status_code == 204
    restored = (await client.get(ONE)).json()
    assert (restored["version"], restored["is_shipped"]) == (2, True)
    assert restored["subject"] == CATALOGUE["acknowledgement"].texts["zh"].subject


@pytest.mark.asyncio
async def test_a_template_is_not_overwritten_unseen(client):
    assert (await client.put(ONE, json=EDITED)).status_code == 428
    await put(client, EDITED)
    assert (await put(client, EDITED)).status_code == 412


@pytest.mark.asyncio
async def test_a_preview_stores_nothing(client):
    shown = (await client.post(f"{ONE}:preview", json=EDITED)).json()
    assert (shown["subject"], shown["text"], shown["short"]) == ("收到：李伟", "李伟，您好。\n", "李伟 收到")
    assert (await client.get(ONE)).json()["version"] == 0


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"text": "{{ planted"}, "/text"),
        ({"subject": "{{ planted }}"}, "/subject"),
        ({"short": "{{ name.upper() }}"}, "/short"),
        ({"html": "{{ name.planted }}"}, "/html"),
        ({"text": ""}, "/text"),
    ],
)
async def test_a_template_that_does_not_render_is_refused_and_nothing_is_stored(client, change, pointer):
    for response in (await put(client, EDITED | change), await client.post(f"{ONE}:preview", json=EDITED | change)):
        assert response.status_code == 422
        assert pointer in response.text
        assert "planted" not in response.text
    assert (await client.get(ONE)).json()["version"] == 0


@pytest.mark.asyncio
async def test_only_templates_that_the_service_sends_can_be_edited(client):
    path = f"{PATH}/unheard_of/zh"
    assert (await client.get(path)).json()["code"] == "template_unknown"
    assert (await client.put(path, json=EDITED, headers={"If-Match": '"0"'})).status_code == 404
    assert (await client.get(f"{PATH}/acknowledgement/fr")).status_code == 422
