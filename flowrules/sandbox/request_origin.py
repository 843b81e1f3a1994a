"""Who may not steer the sandbox: a web page that a browser on this machine has open.

A browser says from which page a request comes (`Origin`, `Sec-Fetch-Site`), and under which name it believes to have
reached this server (`Host`): a page whose own name has been pointed at this machine is of its own origin, but bears a
name that is not ours.
"""

import ipaddress

from starlette.requests import Request

from flowrules.sandbox import replies
from flowrules.sandbox.replies import Reply

_FORMS = ("text/plain", "multipart/form-data")
"""What a page may send anywhere without being asked, and programs do not."""


def refusal_of_page(request: Request) -> Reply | None:
    """Why a request is refused; None where it comes from no page."""
    headers = request.headers
    if "origin" in headers or headers.get("sec-fetch-site", "none") != "none":
        return replies.plain(403, "Requests of web pages are refused here")
    if not _is_ours(headers.get("host", ""), request):
        return replies.plain(
            403, "This host name is none of the sandbox's: use the address that it listens on"
        )
    if headers.get("content-type", "").partition(";")[0].strip().lower() in _FORMS:
        return replies.plain(415, "The body is JSON: send it as Content-Type: application/json")
    return None


def _is_ours(host: str, request: Request) -> bool:
    """Whether a browser could not have been led here by a name: an address is no name, and `localhost` is nobody
    else's."""
    name = _without_port(host)
    server = request.scope.get("server")
    if name.lower().rstrip(".") in ("localhost", str(server[0]).lower() if server else "localhost"):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]
