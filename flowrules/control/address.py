"""Where a token may go: one base URL, https unless it is this machine."""

import ipaddress
from urllib.parse import urlsplit

from flowrules.control.errors import UnsafeAddress


def checked_base_url(text: str) -> str:
    """The base URL without a slash at its end. Raises UnsafeAddress."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise UnsafeAddress("the base URL can't be read") from None
    if parts.scheme not in ("http", "https") or not host:
        raise UnsafeAddress("the base URL must begin with https:// and name a host")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise UnsafeAddress("the base URL may hold scheme, host, port and path, nothing else")
    if parts.scheme == "http" and not _is_loopback(host):
        raise UnsafeAddress(
            f"http://{host} would send tokens in the clear; only loopback may do without https"
        )
    return text.rstrip("/")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
