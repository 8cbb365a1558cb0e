"""Callers are identified by an API key, a service's token or a JWT, and limited to their scopes."""

import asyncio
from datetime import timedelta

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from heed_common.auth import tokens
from heed_common.auth.api_keys import Token
from heed_common.auth.bearer import Bearer
from heed_common.auth.jwks import IdentityProviderUnavailable, KeyCache
from heed_common.auth.jwt import JWTs
from heed_common.auth.scopes import TokenInvalid, requires
from heed_common.clock import FakeClock
from tests.common import sample_app

pytestmark = pytest.mark.asyncio

ISSUER, AUDIENCE = "https://login.example", "heed"
KEYS = {
    "RS256": RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"}),
    "ES256": ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"}),
    "EdDSA": OKPKey.generate_key("Ed25519", {"kid": "ed", "use": "sig"}),
}


def bearer(token: object) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def status(client, token, path="/v1/samples"):
    response = await client.get(path, headers=bearer(token))
    return response.status_code, response.json().get("code")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "heed_a_b"])
async def test_without_a_token_the_response_is_401_and_names_the_scheme(untouched, header):
    del untouched.headers["Authorization"]
    response = await untouched.get("/v1/samples", headers={} if header is None else {"Authorization": header})
    assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "token", ["x", "heed_", "heed_abc_short", f"heed_abc_{'s' * 43}", "a.b.c", "heed_a\x00b_c", "x" * 20_000]
)
async def test_a_wrong_token_is_401(untouched, token):
    assert await status(untouched, token) == (401, "token_invalid")


async def test_a_body_without_a_token_is_not_read(app):
    async with sample_app.make_client(app) as client:
        response = await client.post("/v1/samples", content="{", headers={"Content-Type": "application/json"})
    assert response.status_code == 401


async def test_the_id_of_a_key_with_another_secret_opens_nothing(app, database, clock):
    token = await sample_app.make_token(database, now=clock.now())
    async with sample_app.make_client(app) as client:
        assert await status(client, token) == (200, None)
        assert await status(client, Token.new(token.id)) == (401, "token_invalid")


async def test_a_missing_scope_is_403_and_named(app, database, clock):
    token = await sample_app.make_token(database, now=clock.now(), scopes=frozenset({"customers:read"}))
    async with sample_app.make_client(app, token) as client:
        assert (await client.get("/v1/samples")).status_code == 200
        response = await client.post("/v1/samples", json={"name": "bear"})
    assert (response.status_code, response.json()["scope"]) == (403, "customers:write")
    assert 'scope="customers:write"' in response.headers["www-authenticate"]


async def test_a_revocation_holds_after_five_seconds(app, database, clock):
    token = await sample_app.make_token(database, now=clock.now())
    async with sample_app.make_client(app) as client:
        assert await status(client, token) == (200, None)
        await tokens.revoke({"samples": database}, token.id, now=clock.now())
        clock.advance(timedelta(seconds=5))
        assert await status(client, token) == (401, "token_invalid")


async def test_a_rotation_invalidates_the_old_secret_and_preserves_the_scopes(app, database, clock):
    token = await sample_app.make_token(database, now=clock.now(), scopes=frozenset({"customers:read"}))
    new = await tokens.rotate({"samples": database}, token.id, now=clock.now())
    async with sample_app.make_client(app) as client:
        assert await status(client, token) == (401, "token_invalid")
        assert await status(client, new) == (200, None)
        assert await status(client, new, "/v1/samples/secret/addresses") == (403, "scope_missing")


async def test_the_services_token_grants_contact_addresses_and_nothing_else(app):
    async with sample_app.make_client(app) as client:
        assert await status(client, sample_app.SERVICE_TOKEN, "/v1/samples/secret/addresses") == (200, None)
        assert await status(client, sample_app.SERVICE_TOKEN) == (403, "scope_missing")


async def test_public_operations_need_no_token(app):
    async with sample_app.make_client(app) as client:
        assert (await client.post("/v1/wishes", json={"name": "bear"})).status_code == 201
        for path in ("/livez", "/readyz", "/metrics", "/openapi.json", "/docs"):
            assert (await client.get(path)).status_code == 200, path


async def test_a_scope_that_does_not_exist_cannot_be_required():
    with pytest.raises(ValueError, match="no such scope"):
        requires("samples:read")


class Provider:
    """An identity provider of a few lines."""

    def __init__(self):
        self.keys = dict(KEYS)
        self.fetches = 0
        self.broken = False
        self.document = None
        """What it answers in the place of its keys."""

    def transport(self):
        return httpx.MockTransport(self._answer)

    def _answer(self, request):
        self.fetches += 1
        if self.broken:
            return httpx.Response(500)
        if request.url.path == "/.well-known/openid-configuration":
            return httpx.Response(200, json={"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys"})
        if self.document is not None:
            return httpx.Response(200, json=self.document)
        return httpx.Response(200, json={"keys": [key.as_dict(private=False) for key in self.keys.values()]})


@pytest.fixture
def provider():
    return Provider()


@pytest.fixture
def jwts(provider, clock):
    return JWTs(
        issuer=ISSUER,
        audience=AUDIENCE,
        keys=KeyCache(ISSUER, clock, transport=provider.transport()),
        clock=clock,
    )


def make_jwt(clock: FakeClock, *, algorithm="RS256", key=None, header=(), **claims):
    key = key or KEYS[algorithm]
    now = int(clock.now().timestamp())
    body = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ann", "exp": now + 60, "iat": now, "scope": "scores:read"}
    named = {name: value for name, value in (body | claims).items() if value is not None}
    return jwt.encode({"alg": algorithm, "kid": key.kid, **dict(header)}, named, key, algorithms=[algorithm])


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
@pytest.mark.parametrize("algorithm", list(KEYS))
async def test_a_jwt_of_the_issuer_is_known(jwts, clock, algorithm):
    caller = await jwts.authenticate(make_jwt(clock, algorithm=algorithm, scope="scores:read admin:write openid"))
    assert caller.id == "jwt:ann"
    assert caller.scopes == {"scores:read", "admin:write"}


async def test_a_jwt_allows_the_operations_of_its_scopes(app, database, clock, provider):
    settings = sample_app.make_settings(oidc_issuer=ISSUER, oidc_audience=AUDIENCE)
    app.state.authenticator = Bearer(settings, app.state.resources, transport=provider.transport())
    async with sample_app.make_client(app) as client:
        assert await status(client, make_jwt(clock, scope="customers:read")) == (200, None)
        assert await status(client, make_jwt(clock, scope="scores:read")) == (403, "scope_missing")
        assert await status(client, make_jwt(clock, aud="other")) == (401, "token_invalid")
        assert await status(client, await sample_app.make_token(database, now=clock.now())) == (200, None)


async def test_an_audience_among_several_is_enough(jwts, clock):
    assert await jwts.authenticate(make_jwt(clock, aud=["other", AUDIENCE]))


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "other"},
        {"aud": None},
        {"exp": 1},
        {"exp": None},
        {"exp": float("inf")},
        {"sub": None},
        {"nbf": 9_999_999_999},
        {"scope": ["scores:read"]},
    ],
)
async def test_a_jwt_with_a_wrong_claim_opens_nothing(jwts, clock, wrong):
    with pytest.raises(TokenInvalid):
        await jwts.authenticate(make_jwt(clock, **wrong))


async def test_a_jwt_ends_at_its_second(jwts, clock):
    token = make_jwt(clock)
    clock.advance(timedelta(seconds=59))
    assert await jwts.authenticate(token)
    clock.advance(timedelta(seconds=1))
    with pytest.raises(TokenInvalid):
        await jwts.authenticate(token)


async def test_a_jwt_signed_otherwise_opens_nothing(jwts, clock):
    public_bytes = KEYS["RS256"].as_pem(private=False)
    confused = OctKey.import_key(public_bytes.replace(b"BEGIN", b"B"), {"kid": "rsa"})
    for token in (
        make_jwt(clock, algorithm="HS256", key=confused),
        make_jwt(clock, key=RSAKey.generate_key(2048, {"kid": "rsa"})),
        make_jwt(clock, algorithm="RS512", key=KEYS["RS256"]),
        make_jwt(clock).rsplit(".", 1)[0] + ".",
        make_jwt(clock)[:-6] + "AAAAAA",
        "eyJhbGciOiJub25lIn0.e30.",
        "...",
        "!.!.!",
    ):
        with pytest.raises(TokenInvalid):
            await jwts.authenticate(token)


async def test_the_providers_keys_are_fetched_once(jwts, provider, clock):
    await asyncio.gather(*(jwts.authenticate(make_jwt(clock)) for _ in range(10)))
    assert provider.fetches == 2


async def test_a_new_key_is_found_but_invented_ones_do_not_make_us_ask_each_time(jwts, provider, clock):
    await jwts.authenticate(make_jwt(clock))
    invented = RSAKey.generate_key(2048, {"kid": "invented"})
    clock.advance(timedelta(seconds=10))
    for _ in range(20):
        with pytest.raises(TokenInvalid):
            await jwts.authenticate(make_jwt(clock, key=invented))
    assert provider.fetches == 4
    provider.keys["new"] = invented
    clock.advance(timedelta(seconds=10))
    assert await jwts.authenticate(make_jwt(clock, key=invented))


async def test_a_provider_that_fails_does_not_cost_the_keys_that_we_have(jwts, provider, clock):
    await jwts.authenticate(make_jwt(clock))
    provider.broken = True
    clock.advance(timedelta(hours=5))
    assert await jwts.authenticate(make_jwt(clock))


@pytest.mark.parametrize("document", [{"keys": ["x"]}, {"keys": None}, {"keys": [{"kty": "RSA"}]}, [], "x", {}])
async def test_a_provider_that_answers_nonsense_does_not_cost_them_either(jwts, provider, clock, document):
    await jwts.authenticate(make_jwt(clock))
    provider.document = document
    clock.advance(timedelta(hours=5))
    assert await jwts.authenticate(make_jwt(clock))


async def test_a_provider_that_never_answered_is_a_503(jwts, provider, clock):
    provider.broken = True
    with pytest.raises(IdentityProviderUnavailable):
        await jwts.authenticate(make_jwt(clock))
    fetches = provider.fetches
    with pytest.raises(IdentityProviderUnavailable):
        await jwts.authenticate(make_jwt(clock))
    assert provider.fetches == fetches
