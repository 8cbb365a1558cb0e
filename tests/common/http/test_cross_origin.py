"""Pages of other origins call the API where a setting names them."""

import pytest

from heed_common.settings import SettingsError
from tests.common import sample_app
from tests.common.sample_app import make_client, make_settings, make_token

pytestmark = pytest.mark.asyncio

DESK = "https://desk.example"
PREFLIGHT = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "if-match"}


@pytest.fixture
def open_app(database, clock):
    """The sample app for pages of these origins."""

    def create(origins):
        return sample_app.create_app(make_settings(cors_origins=origins), sample_app.make_resources(database, clock))

    return create


async def test_a_page_of_a_named_origin_may_ask_and_read(open_app, database, clock):
    token = await make_token(database, now=clock.now())
    async with make_client(open_app(f"{DESK}, http://localhost:3000"), token) as client:
        preflight = await client.options("/v1/samples/x", headers={"Origin": DESK, **PREFLIGHT})
        assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (204, DESK)
        assert "PATCH" in preflight.headers["access-control-allow-methods"]
        assert "If-Match" in preflight.headers["access-control-allow-headers"]
        for path, status in (("/v1/samples", 200), ("/v1/samples?unknown=1", 422)):
            response = await client.get(path, headers={"Origin": DESK})
            assert (response.status_code, response.headers["access-control-allow-origin"]) == (status, DESK)
            assert "ETag" in response.headers["access-control-expose-headers"]
            assert "Origin" in response.headers["vary"]
            assert "access-control-allow-credentials" not in response.headers


@pytest.mark.parametrize(
    ("allowed", "other"),
    [(DESK, "https://desk.example.org"), (DESK, "http://desk.example"), (DESK, "null"), (None, DESK)],
)
async def test_a_page_of_another_origin_may_not(open_app, database, clock, allowed, other):
    resources = sample_app.make_resources(database, clock)
    app = open_app(allowed) if allowed else sample_app.create_app(make_settings(), resources)
    async with make_client(app, await make_token(database, now=clock.now())) as client:
        preflight = await client.options("/v1/samples", headers={"Origin": other, **PREFLIGHT})
        read = await client.get("/v1/samples", headers={"Origin": other})
    assert (preflight.status_code, read.status_code) == (405, 200)
    assert "access-control-allow-origin" not in {*preflight.headers, *read.headers}


async def test_all_pages_may_call_but_none_reads_what_needs_no_token(open_app, database, clock):
    async with make_client(open_app("*"), await make_token(database, now=clock.now())) as client:
        read = await client.get("/v1/samples", headers={"Origin": "https://any.example"})
        assert read.headers["access-control-allow-origin"] == "*"
        for path in ("/livez", "/docs"):
            shown = await client.get(path, headers={"Origin": DESK})
            assert "access-control-allow-origin" not in shown.headers


@pytest.mark.parametrize(
    "wrong",
    [
        "desk.example", "https://desk.example/", "https://desk.example/path", "https://*.example", "*, https://a.example",
        "https://a.example,", "https://a.example:99999", "ftp://a.example", "https://user@a.example", "null", ",",
        "https://a.example https://b.example", "https://DESK.example",
    ],
)  # fmt: skip
async def test_a_wrong_origin_is_refused_at_the_start(monkeypatch, wrong):
    monkeypatch.setenv("HEED_CORS_ORIGINS", wrong)
    monkeypatch.setenv("HEED_SAMPLES_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(SettingsError, match=r"^HEED_CORS_ORIGINS: must be origins such as https://desk\.example\.com"):
        sample_app.Settings.load()
