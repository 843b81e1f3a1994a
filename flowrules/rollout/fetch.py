"""Asks a server for the bundle: any HTTP server or object store, by a conditional GET.

What comes is bounded, in bytes and in time, however slowly it drips. No redirect is followed, no proxy of the
environment is asked and nothing is unpacked: the address that was given is the one that is trusted to answer.
"""

import asyncio
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr

from flowrules.control.address import checked_base_url
from flowrules.control.errors import UnsafeAddress

MAX_BYTES = 64 * 1024 * 1024
"""Of a bundle."""
TIME = 60.0
"""Seconds for one request in all."""
_SILENCE = 10.0
"""Seconds that the server may be silent."""
_MAX_ETAG = 1_000


class NotFetched(Exception):
    """Why no bundle came, as the end of a sentence."""


class Fetched(NamedTuple):
    """`data` is None where the server has nothing new."""

    data: bytes | None
    etag: str = ""


def checked_url(text: str) -> str:
    """The address of a bundle. Raises ValueError: it is https, or http on this machine, without a user's name."""
    try:
        parts = urlsplit(text)
        checked_base_url(f"{parts.scheme}://{parts.netloc}")
    except (UnsafeAddress, ValueError) as error:
        raise ValueError(str(error).replace("base URL", "bundle's URL").replace("tokens", "it")) from None
    if parts.fragment:
        raise ValueError("the bundle's URL may hold no fragment")
    return text


def shown(url: str) -> str:
    """An address for logs: without its query, which may hold a signature that opens the store."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


class Fetcher:
    """`token` is shown to the server as a bearer. `authorities` are certificates (PEM) that are trusted beside the
    usual ones. Raises OSError and ValueError where these can't be used."""

    def __init__(
        self,
        url: str,
        *,
        token: SecretStr | None = None,
        authorities: Path | None = None,
        max_bytes: int = MAX_BYTES,
        time: float = TIME,
    ) -> None:
        self.url = checked_url(url)
        self._token = token
        self._max_bytes, self._time = max_bytes, time
        verify: ssl.SSLContext | bool = True
        if url.startswith("https:"):
            verify = httpx.create_ssl_context(trust_env=False)
            verify.load_default_certs()
            if authorities is not None:
                verify.load_verify_locations(cafile=authorities)
        self._verify = verify

    async def fetch(self, etag: str = "") -> Fetched:
        """What the server has, unless it is what it gave with this ETag. Raises NotFetched."""
        headers = {"Accept": "application/octet-stream", "Accept-Encoding": "identity"}
        if etag:
            headers["If-None-Match"] = etag
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token.get_secret_value()}"
        try:
            async with asyncio.timeout(self._time):
                return await self._fetch(headers)
        except TimeoutError:
            raise NotFetched(f"it did not come whole within {self._time:g} seconds") from None
        except httpx.TimeoutException:
            raise NotFetched("the server gave no answer in time") from None
        except (httpx.HTTPError, httpx.StreamError, OSError, ssl.SSLError) as error:
            # The error's own text may quote the address with its query.
            raise NotFetched(_why(error)) from None

    async def _fetch(self, headers: Mapping[str, str]) -> Fetched:
        # A connection for each request: one that is kept for minutes is one that a firewall has forgotten.
        async with (
            httpx.AsyncClient(
                verify=self._verify, trust_env=False, follow_redirects=False, timeout=_SILENCE
            ) as client,
            client.stream("GET", self.url, headers=headers) as response,
        ):
            status = response.status_code
            if status == httpx.codes.NOT_MODIFIED and "If-None-Match" in headers:
                return Fetched(None, headers["If-None-Match"])
            if response.is_redirect:
                raise NotFetched(f"the server sends elsewhere ({status}), and no redirect is followed")
            if status != httpx.codes.OK:
                raise NotFetched(f"the server answered {status}")
            if response.headers.get("content-encoding", "identity").lower() != "identity":
                raise NotFetched("the server packed it, though nobody asked for that")
            length = response.headers.get("content-length", "")
            if length.isdecimal() and int(length) > self._max_bytes:
                raise NotFetched(f"it has more than {self._max_bytes:,} bytes")
            data = bytearray()
            async for chunk in response.aiter_raw():
                data += chunk
                if len(data) > self._max_bytes:
                    raise NotFetched(f"it has more than {self._max_bytes:,} bytes")
            etag = response.headers.get("etag", "")
            return Fetched(bytes(data), etag if len(etag) <= _MAX_ETAG else "")


def _why(error: Exception) -> str:
    if isinstance(error, httpx.ConnectError):
        cause = error.__cause__.__cause__ if error.__cause__ is not None else None
        return (
            "the server's certificate is not trusted"
            if isinstance(cause, ssl.SSLCertVerificationError)
            else "no connection to the server"
        )
    if isinstance(error, httpx.RemoteProtocolError):
        return "the answer broke off"
    return f"the connection broke ({type(error).__name__})"
