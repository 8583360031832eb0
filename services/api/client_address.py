"""From which address a client comes. Pure."""

from collections.abc import Sequence

from shared.net.addresses import Networks, is_in, is_literal


def client_address(peer: str, forwarded_for: Sequence[str], proxies: Networks) -> str:
    """The connection's address; where that is a proxy's that we trust, the last one in `X-Forwarded-For`: the proxy wrote
    that one, and whatever stands before it is the client's word.
    """
    named = forwarded_for[-1].rpartition(",")[2].strip() if forwarded_for else ""
    return named if is_in(peer, proxies) and is_literal(named) else peer
