"""The only HTTP client: requests of the control API, their credentials, their pace, and what became of them."""

from flowrules.call.receipt import Reason, Receipt, Status
from flowrules.call.request import VerbRequest, idempotency_key, verb_request
from flowrules.control.client import ControlClient, Revoked
from flowrules.control.clock import Clock, SystemClock, WoundClock
from flowrules.control.credentials import CallbackToken, CallCredentials, TenantKey, TokenLifetime
from flowrules.control.errors import (
    ControlError,
    FlowrulesError,
    RequestFailed,
    UnsafeAddress,
    WrongCall,
)

__all__ = [
    "CallCredentials", "CallbackToken", "Clock", "ControlClient", "ControlError", "FlowrulesError", "Reason",
    "Receipt", "RequestFailed", "Revoked", "Status", "SystemClock", "TenantKey", "TokenLifetime", "UnsafeAddress",
    "VerbRequest", "WoundClock", "WrongCall", "idempotency_key", "verb_request",
]  # fmt: skip
