"""The signatures of a bundle: a DSSE envelope (Dead Simple Signing Envelope, v1) with Ed25519, in front of the bundle.

    flowrules signed 1 <the envelope, JSON on one line>
    <a built rule set, built.py>

What is signed is a statement: the digest of the built rule set, its revision, when it was issued, by whom, and why. The
signatures are made and verified by `cryptography`; keys are PEM files, as `openssl genpkey -algorithm ed25519` makes
them. It takes the extra `bundle`.
"""

import base64
import binascii
import hashlib
import os
import stat
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from flowrules import built

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PAYLOAD_TYPE = "application/vnd.flowrules.bundle+json"
MAX_HEAD = 64 * 1024
"""Bytes of the envelope."""
MAX_SIGNATURES = 16
MAX_TEXT = 1_000
"""Characters of an author and of a reason."""


class NotTrusted(Exception):
    """Why a bundle is not used, as the end of a sentence."""


class BadKey(Exception):
    """Why a key can't be used, as a sentence. It quotes nothing of the key."""


class Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`digest` is the SHA-256 of the built rule set in hexadecimal, by which hosts know it; `issued` tells which of two
    bundles is the newer one."""

    digest: str
    revision: str
    issued: datetime
    author: str = ""
    reason: str = ""


class _Signature(msgspec.Struct, frozen=True):
    sig: str
    keyid: str = ""


class _Envelope(msgspec.Struct, frozen=True):
    payload: str
    payloadType: str
    signatures: list[_Signature]


def digest_of(bundle: bytes) -> str:
    return hashlib.sha256(bundle).hexdigest()


def sealed(bundle: bytes, statement: Statement, key: "Ed25519PrivateKey") -> bytes:
    """The bundle with its statement in front, signed."""
    payload = msgspec.json.encode(statement)
    signature = _Signature(_base64(key.sign(_signed_bytes(payload))), key_id(key.public_key()))
    envelope = _Envelope(_base64(payload), PAYLOAD_TYPE, [signature])
    return built.SIGNED + msgspec.json.encode(envelope) + b"\n" + bundle


def opened(data: bytes, keys: "Sequence[Ed25519PublicKey]") -> tuple[Statement, bytes]:
    """The statement and the built rule set, of a bundle that one of the keys has signed. Raises NotTrusted."""
    head, line_end, bundle = data.partition(b"\n")
    if not head.startswith(built.SIGNED):
        raise NotTrusted("it is not signed, or is no bundle")
    if not line_end or len(head) > MAX_HEAD:
        raise NotTrusted("its signatures are not whole")
    try:
        envelope = msgspec.json.decode(head.removeprefix(built.SIGNED), type=_Envelope)
        payload = base64.b64decode(envelope.payload, validate=True)
        signatures = [base64.b64decode(one.sig, validate=True) for one in envelope.signatures]
    except (msgspec.MsgspecError, binascii.Error, ValueError):
        raise NotTrusted("its signatures can't be read") from None
    if envelope.payloadType != PAYLOAD_TYPE:
        raise NotTrusted("what is signed is no bundle of rules")
    if not _is_signed(payload, signatures[:MAX_SIGNATURES], keys):
        raise NotTrusted("none of the keys has signed it")
    try:
        statement = msgspec.json.decode(payload, type=Statement)
    except (msgspec.MsgspecError, ValueError):
        raise NotTrusted("its statement was written by another version") from None
    if statement.issued.tzinfo is None or max(len(statement.author), len(statement.reason)) > MAX_TEXT:
        raise NotTrusted("its statement was written by another version")
    if digest_of(bundle) != statement.digest:
        raise NotTrusted("it is not what was signed: its digest is another one")
    return statement, bundle


def key_id(key: "Ed25519PublicKey") -> str:
    """The first 16 hexadecimal digits of the SHA-256 of the raw public key: for people to tell keys apart."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]


def private_key(path: Path) -> "Ed25519PrivateKey":
    """Raises BadKey where the file is no Ed25519 key in PEM, has a password, or may be read by others."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    data, mode = _read(path)
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise BadKey(f"{path} is a private key, and others may read it: chmod 600 {path}")
    try:
        key = load_pem_private_key(data, None)
    except TypeError:
        raise BadKey(f"{path} has a password: give one without, which only you can read") from None
    except ValueError:
        raise BadKey(f"{path} is no private key in PEM (openssl genpkey -algorithm ed25519)") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadKey(f"{path} is no Ed25519 key (openssl genpkey -algorithm ed25519)")
    return key


def public_keys(paths: Sequence[Path]) -> "tuple[Ed25519PublicKey, ...]":
    """The keys of files that hold one or more in PEM. Raises BadKey."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    keys: list[Ed25519PublicKey] = []
    for path in paths:
        data, _ = _read(path)
        if b"PRIVATE KEY" in data:
            raise BadKey(f"{path} is a private key: a host gets the public one (openssl pkey -pubout)")
        end = b"-----END PUBLIC KEY-----"
        parts = [part + end for part in data.split(end)[:-1]]
        if not parts:
            raise BadKey(f"{path} holds no public key in PEM (openssl pkey -pubout)")
        for part in parts:
            try:
                key = load_pem_public_key(part)
            except ValueError:
                raise BadKey(f"{path} holds a public key that can't be read") from None
            if not isinstance(key, Ed25519PublicKey):
                raise BadKey(f"{path} holds a key that is no Ed25519 key")
            keys.append(key)
    return tuple(keys)


def _is_signed(payload: bytes, signatures: Sequence[bytes], keys: "Sequence[Ed25519PublicKey]") -> bool:
    """The keys' names in the envelope are hints that anybody can write: each key is tried."""
    from cryptography.exceptions import InvalidSignature

    message = _signed_bytes(payload)
    for key in keys:
        for signature in signatures:
            try:
                key.verify(signature, message)
            except InvalidSignature:
                continue
            return True
    return False


def _signed_bytes(payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding: the type is signed with what is in it."""
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def _read(path: Path) -> tuple[bytes, int]:
    try:
        with path.open("rb") as file:
            return file.read(MAX_HEAD), os.fstat(file.fileno()).st_mode
    except OSError as error:
        raise BadKey(f"{path} can't be read: {error.strerror or error}") from None


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
