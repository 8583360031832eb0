"""Where a link may lead: out into the world, and not to what only this machine or its network can reach."""

import asyncio
import socket
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

_NAT64 = IPv6Network("64:ff9b::/96")
_WEB_PORTS = {"http": 80, "https": 443}
# Where clouds tell a machine its own credentials: never a server of anybody's, whatever networks are allowed.
_METADATA = frozenset(map(ip_address, ("169.254.169.254", "169.254.170.2", "100.100.100.200", "fd00:ec2::254")))

Networks = tuple[IPv4Network | IPv6Network, ...]


class ForbiddenAddressError(OSError):
    """A link leads to where no link may."""


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """Hosts that may be private: `host` with any port, or `host:port`; and networks, by whatever name one gets there."""

    names: frozenset[str]
    networks: Networks = ()

    def allow(self, host: str, port: int) -> bool:
        """Whether this host was named."""
        return bool({host.lower(), f"{host.lower()}:{port}"} & self.names)

    def allow_address(self, address: str) -> bool:
        """Whether an address is public or in one of the networks."""
        return is_public(address) or (bool(self.networks) and is_in(address, self.networks))


def allowed_hosts(names: Collection[str], servers: Collection[str], networks: Networks = ()) -> AllowedHosts:
    """The hosts that a setting names, and those of our own servers, at their own ports only; and networks."""
    own = {f"{url.host}:{url.port}" for url in map(URL, servers) if url.host}
    return AllowedHosts(frozenset(name.lower() for name in names) | own, networks)


def parse_networks(text: str) -> Networks:
    """The networks of a setting, separated by commas. Raises ValueError."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def checked_networks(text: str) -> str:
    """The setting itself, once it is known to name networks. Raises ValueError."""
    parse_networks(text)
    return text


def is_in(address: str, networks: Networks) -> bool:
    """Whether an address is in one of the networks; where a cloud tells a machine its credentials never is."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return ip not in _METADATA and any(ip in network for network in networks)


def is_public(address: str) -> bool:
    """Whether an address is one of the public internet; what it carries inside it counts as well."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        return _is_public_v4(ip.ipv4_mapped)
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and all(map(_is_public_v4, _inside(ip)))


def _is_public_v4(ip: IPv4Address) -> bool:
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _inside(ip: IPv4Address | IPv6Address) -> list[IPv4Address]:
    """IPv4 addresses to which a gateway would take this one apart."""
    if isinstance(ip, IPv4Address):
        return []
    teredo = ip.teredo
    carried = [ip.sixtofour, *(teredo or ())]
    if ip in _NAT64:
        carried.append(IPv4Address(int(ip) & 0xFFFFFFFF))
    return [address for address in carried if address is not None]


def check_link(url: URL, allowed: AllowedHosts) -> None:
    """Refuse what needs no look-up to be refused: other schemes, no host, addresses as they are written.

    Raises ForbiddenAddressError. Names are judged by what they resolve to, in `GuardedResolver`.
    """
    if url.scheme not in _WEB_PORTS or not url.host or url.port is None:
        raise ForbiddenAddressError("a link must be http or https and name a host")
    if is_literal(url.host) and not (allowed.allow(url.host, url.port) or allowed.allow_address(url.host)):
        raise ForbiddenAddressError("the link leads to an address that is not public")


def check_destination(url: URL, allowed: AllowedHosts) -> None:
    """Refuse what webhooks are not sent to, as `check_link` does; and plain http, unless the host was named.

    Raises ForbiddenAddressError.
    """
    check_link(url, allowed)
    if url.user is not None or url.password is not None:
        raise ForbiddenAddressError("an address must not have a user or a password in it")
    if url.scheme == "http" and not allowed.allow(url.host or "", url.port or 0):
        raise ForbiddenAddressError("the address must be https")


def is_literal(host: str) -> bool:
    """Whether it is an address, and no name."""
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


class GuardedResolver(AbstractResolver):
    """Resolves names, and refuses those that lead inside. The connection is made to what was judged here."""

    def __init__(self, allowed: AllowedHosts) -> None:
        self._allowed = allowed

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Every address of a name. Raises ForbiddenAddressError where one of them is not public."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family)
        addresses = [(kind, protocol, str(address[0])) for kind, _, protocol, _, address in found]
        if not self._allowed.allow(host, port) and not all(
            self._allowed.allow_address(address) for *_, address in addresses
        ):
            raise ForbiddenAddressError("the link leads to an address that is not public")
        return [
            ResolveResult(
                hostname=host, host=address, port=port, family=kind, proto=protocol, flags=socket.AI_NUMERICHOST
            )
            for kind, protocol, address in addresses
        ]

    async def close(self) -> None:
        """Nothing is held."""
