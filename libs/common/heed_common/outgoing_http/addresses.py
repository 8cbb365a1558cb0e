"""Which URLs and addresses requests may be sent to. Pure."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import httpx

MAX_URL = 2000
MAX_PORT = 65_535
MAX_NAME, MAX_LABEL = 253, 63
NAT64 = IPv6Network("64:ff9b::/96")

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

NOT_RECEIVERS: tuple[Network, ...] = (
    IPv4Network("168.63.129.16/32"),  # Azure: the host of a virtual machine.
    IPv4Network("192.0.0.0/24"),  # Protocol assignments; Oracle Cloud serves its metadata on one of them.
    IPv4Network("192.88.99.0/24"),  # 6to4 relays, withdrawn.
    IPv6Network("3fff::/20"),  # Documentation.
)
"""Networks that are not private by the registry, or by the Python that runs, and have no receiver of webhooks."""


class URLRefused(ValueError):
    """The URL is not allowed; the message names the rule and repeats nothing of the URL."""


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """Where requests may be sent: by default only to public addresses, by https."""

    allow_http: bool = False
    allowed_networks: tuple[Network, ...] = ()
    """Networks that are allowed although they are not public."""

    def parse(self, url: str) -> httpx.URL:
        """Return the parsed URL. Raises `URLRefused`. Its name is not resolved."""
        try:
            parsed = httpx.URL(url)
        except (httpx.InvalidURL, ValueError):
            raise URLRefused("must be a URL such as https://example.com/heed") from None
        port = 443 if parsed.port is None else parsed.port
        is_complete = parsed.scheme in ("https", "http") and 0 < port <= MAX_PORT and _is_host(parsed.raw_host)
        if len(url) > MAX_URL or not is_complete:
            raise URLRefused("must be a URL such as https://example.com/heed")
        if parsed.scheme == "http" and not self.allow_http:
            raise URLRefused("must be https")
        if parsed.userinfo or parsed.fragment:
            raise URLRefused("may have neither a user nor a fragment")
        return parsed

    def permits(self, text: str) -> bool:
        """Return whether requests may be sent to the address."""
        address = _effective(ip_address(text.partition("%")[0]))
        return _is_public(address) or any(address in network for network in self.allowed_networks)


def parse_networks(text: str) -> tuple[Network, ...]:
    """Return the networks that commas separate. Raises `ValueError`."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def _is_host(raw: bytes) -> bool:
    """Return whether the host is an address, or a name that can be resolved: others fail in the resolver's codec."""
    host = raw.decode("ascii")
    if ":" in host:
        return "%" not in host
    labels = host.removesuffix(".").split(".")
    return len(host) <= MAX_NAME and all(0 < len(label) <= MAX_LABEL and _is_label(label) for label in labels)


def _is_label(label: str) -> bool:
    return all(character.isalnum() or character in "-_" for character in label)


def _is_public(address: Address) -> bool:
    if any(address in network for network in NOT_RECEIVERS):
        return False
    site_local = isinstance(address, IPv6Address) and address.is_site_local
    return address.is_global and not (address.is_multicast or address.is_reserved or site_local)


def _effective(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address only wraps (Teredo is not public anyway)."""
    if isinstance(address, IPv6Address):
        if wrapped := address.ipv4_mapped or address.sixtofour:
            return wrapped
        if address in NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address
