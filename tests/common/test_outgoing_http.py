"""Requests to addresses that callers supply: which are allowed, and what a connection goes to."""

import asyncio
from collections.abc import Sequence

import pytest

from heed_common.outgoing_http import AddressPolicy, GuardedClient, PostFailed, URLRefused, parse_networks, permits_url
from tests.webhook_receiver import Received, receiver

pytestmark = pytest.mark.asyncio
PUBLIC = AddressPolicy()
LOCAL = AddressPolicy(allow_http=True, allowed_networks=parse_networks("127.0.0.0/8"))
TABLE = {
    **dict.fromkeys(("8.8.8.8", "93.184.215.14", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"), True),
    **dict.fromkeys(("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"), False),
    **dict.fromkeys(("0.0.0.0", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1"), False),  # noqa: S104
    **dict.fromkeys(("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1"), False),
    **dict.fromkeys(("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "::127.0.0.1"), False),
}
REFUSED = (
    *("http://public.example/", "ftp://public.example/", "public.example", "", "https:///path", "https://[::1"),
    *("https://user:pw@public.example/", "https://public.example/#part", "https://public.example:99999/"),
    *(
        "https://public.example/" + "x" * 2000,
        "javascript:alert(1)",
        "file:///etc/passwd",
        "//public.example/",
        "https://0177.0.0.1/",
    ),
)


@pytest.mark.parametrize(("address", "allowed"), TABLE.items())
async def test_only_public_addresses_are_allowed(address, allowed):
    assert PUBLIC.permits(address) is allowed


async def test_a_setting_allows_networks_that_are_not_public():
    assert [LOCAL.permits(address) for address in ("127.0.0.1", "::ffff:127.0.0.1", "10.0.0.1")] == [True, True, False]


@pytest.mark.parametrize("url", REFUSED)
async def test_other_urls_are_refused_without_repeating_them(url):
    with pytest.raises(URLRefused) as refused:
        PUBLIC.parse(url)
    assert len(url) < 3 or url not in str(refused.value)


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.1", "localhost"])
async def test_other_spellings_of_an_address_are_resolved_before_they_are_checked(host):
    async def resolve(_: str, __: int) -> Sequence[str]:
        return ["127.0.0.1"]

    assert await permits_url(PUBLIC, PUBLIC.parse(f"https://{host}/"), resolve=resolve) is False


async def test_a_name_with_one_private_address_is_refused():
    async def resolve(_: str, __: int) -> Sequence[str]:
        return ["8.8.8.8", "10.0.0.1"]

    assert await permits_url(PUBLIC, PUBLIC.parse("https://both.example/"), resolve=resolve) is False


async def test_a_name_without_an_address_may_get_one_later():
    async def resolve(_: str, __: int) -> Sequence[str]:
        raise OSError

    assert await permits_url(PUBLIC, PUBLIC.parse("https://new.example/"), resolve=resolve) is True


async def post(url: str, *, policy: AddressPolicy = LOCAL, address: str = "127.0.0.1", seconds: float = 30.0) -> int:
    async def resolve(_: str, __: int) -> Sequence[str]:
        return [address]

    client = GuardedClient(policy, seconds=seconds, connections=1, resolve=resolve)
    try:
        return (await client.post(url, b"{}", {"content-type": "application/json"})).status
    finally:
        await client.close()


async def test_the_connection_goes_to_the_checked_address_and_names_the_host():
    async with receiver() as shop:
        assert await post(f"http://shop.example:{shop.port}/hook?x=1") == 200
        assert shop.requests[0].headers["host"] == f"shop.example:{shop.port}"
        with pytest.raises(PostFailed, match="address_refused"):
            await post(f"http://shop.example:{shop.port}/", address="10.0.0.1")
        with pytest.raises(PostFailed, match="address_refused"):
            await post(f"http://shop.example:{shop.port}/", policy=PUBLIC)
    assert len(shop.requests) == 1


async def test_a_redirect_is_a_response_and_is_not_followed():
    async def redirect(_: Received) -> tuple[int, dict[str, str]]:
        return 302, {"location": "http://127.0.0.1:1/"}

    async with receiver(redirect) as shop:
        assert await post(shop.url) == 302
        assert len(shop.requests) == 1


async def test_a_receiver_that_does_not_respond_or_is_down_has_an_error_code():
    silent = asyncio.Event()

    async def hang(_: Received) -> tuple[int, dict[str, str]]:
        await silent.wait()
        return 200, {}

    async with receiver(hang) as shop:
        with pytest.raises(PostFailed, match="timeout"):
            await post(shop.url, seconds=0.2)
        silent.set()
    with pytest.raises(PostFailed, match="connection_refused"):
        await post("http://127.0.0.1:1/")
