"""Which URLs and addresses requests may be sent to."""

from collections.abc import Sequence

import pytest

from heed_common.outgoing_http.addresses import AddressPolicy, URLRefused, parse_networks
from heed_common.outgoing_http.names import permits_url

pytestmark = pytest.mark.asyncio
PUBLIC = AddressPolicy()
LOCAL = AddressPolicy(allow_http=True, allowed_networks=parse_networks("127.0.0.0/8"))
TABLE = {
    **dict.fromkeys(("8.8.8.8", "93.184.215.14", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"), True),
    **dict.fromkeys(("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"), False),
    **dict.fromkeys(("0.0.0.0", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1"), False),  # noqa: S104
    **dict.fromkeys(("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1"), False),
    **dict.fromkeys(("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "::127.0.0.1"), False),
    # What clouds serve metadata and keys on, also where the registry does not call it private.
    **dict.fromkeys(
        ("168.63.129.16", "192.0.0.192", "100.100.100.200", "fd00:ec2::254", "::ffff:168.63.129.16"), False
    ),
    **dict.fromkeys(("3fff::1", "5f00::1", "2001::1", "4000::1", "64:ff9b:1::a00:1", "::ffff:0:127.0.0.1"), False),
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
    # Names that the resolver's codec fails on, or that it might decode to others.
    *("https://a..b.example/", "https://.example/", f"https://{'a' * 64}.example/", f"https://{'a.' * 127}example/"),
    *("https://%6c%6f%63alhost/", "https://a%00b.example/", "https://１２７.0.0.1/", "https://[fe80::1%25eth0]/"),
    *("https://example.com\\@127.0.0.1/", "https://127.0.0.1%2f@example.com/", "https://a.example:0/"),
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


@pytest.mark.parametrize("host", ["xn--", "-a.example", "a_b.example", "a.example."])
async def test_an_unusual_name_is_parsed(host):
    assert PUBLIC.parse(f"https://{host}/").raw_host == host.encode()


async def test_a_name_with_one_private_address_is_refused():
    async def resolve(_: str, __: int) -> Sequence[str]:
        return ["8.8.8.8", "10.0.0.1"]

    assert await permits_url(PUBLIC, PUBLIC.parse("https://both.example/"), resolve=resolve) is False


async def test_a_name_without_an_address_may_get_one_later():
    async def resolve(_: str, __: int) -> Sequence[str]:
        raise OSError

    assert await permits_url(PUBLIC, PUBLIC.parse("https://new.example/"), resolve=resolve) is True
