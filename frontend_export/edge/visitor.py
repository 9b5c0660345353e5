"""Where a request comes from: its address, its network, and whether our own site sent it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from frontend_export.errors import SettingsError

IPNetwork = IPv4Network | IPv6Network

UNKNOWN_ADDRESS = "unknown"
NETWORK_BITS = {4: 24, 6: 48}  # about one household, school or office


def parse_networks(values: Sequence[str]) -> tuple[IPNetwork, ...]:
    """``("10.0.0.0/8", "::1")`` as networks. Raises ``SettingsError`` naming the wrong one."""
    networks = []
    for value in values:
        try:
            networks.append(ip_network(value))
        except ValueError as error:
            raise SettingsError(
                f"PLAINLEAF_TRUSTED_PROXIES: '{value}' is no network ({error}). "
                "Write addresses or networks by comma, such as 10.0.0.0/8."
            ) from error
    return tuple(networks)


def client_address(peer: str, forwarded_for: Sequence[str], trusted: Sequence[IPNetwork]) -> str:
    """The address of the reader: the socket's own, unless that is a proxy we trust.

    ``forwarded_for`` holds the X-Forwarded-For lines in order. Each trusted proxy appended the
    peer it saw, so the first untrusted address from the right is the reader; what stands left of
    it anybody may have written.
    """
    address = _canonical(peer)
    hops = [hop.strip() for line in forwarded_for for hop in line.split(",")]
    while hops and is_trusted(address, trusted):
        claimed = _canonical(hops.pop())
        if claimed == UNKNOWN_ADDRESS:
            break
        address = claimed
    return address


@lru_cache(maxsize=1024)
def network_of(address: str) -> str:
    """``"203.0.113.9"`` is in ``"203.0.113.0/24"``; IPv6 is cut at 48 bits."""
    if address == UNKNOWN_ADDRESS:
        return address
    version = ip_address(address).version
    return str(ip_network(f"{address}/{NETWORK_BITS[version]}", strict=False))


def is_from_elsewhere(headers: Mapping[str, str], site_origin: str) -> bool:
    """Whether a browser says that another site sent this. There are no cookies to protect.

    ``Sec-Fetch-Site`` cannot be set by a page, so it decides where it is clear; ``Origin: null``
    is what a browser sends for an honest form under ``Referrer-Policy: no-referrer``.
    """
    fetch_site = headers.get("sec-fetch-site")
    if fetch_site in {"same-origin", "none"}:
        return False
    if fetch_site == "cross-site":
        return True
    if origin := headers.get("origin"):
        return origin != site_origin
    if referer := headers.get("referer"):
        return origin_of(referer) != site_origin
    return False


def names_no_origin(headers: Mapping[str, str]) -> bool:
    """Whether nothing says where it was sent from, as with most scripts."""
    return not any(name in headers for name in ("sec-fetch-site", "origin", "referer"))


def origin_of(url: str) -> str:
    """``"https://example.org/health/"`` has the origin ``"https://example.org"``."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}"


@lru_cache(maxsize=1024)
def _canonical(address: str) -> str:
    """Without the port that some proxies write behind it: ``"[2001:db8::1]:443"``."""
    host = address.partition("%")[0]
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        parsed = ip_address(host)
    except ValueError:
        return UNKNOWN_ADDRESS
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return str(parsed)


def is_trusted(address: str, trusted: Sequence[IPNetwork]) -> bool:
    """Whether an address is of a proxy whose word on where a request came from is believed."""
    address = _canonical(address)
    return address != UNKNOWN_ADDRESS and any(ip_address(address) in network for network in trusted)
