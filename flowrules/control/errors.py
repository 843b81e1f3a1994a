"""What can be raised. A verb never raises: whatever became of it is in its receipt.

    FlowrulesError
    ├── ControlError
    │   ├── UnsafeAddress    the base URL is not one that a token may be sent to
    │   ├── WireUnusable     the HTTP library that the host wants, or its certificates, can't be used
    │   ├── WrongCall        a token of one call was about to be used for another; nothing was sent
    │   └── RequestFailed    a read or a revocation did not succeed
    └── RunError             (flowrules/runtime/errors.py)

No message, repr or chained exception of these holds a token.
"""


class FlowrulesError(Exception):
    """The root of everything that flowrules raises on purpose while it runs."""


class ControlError(FlowrulesError):
    """A request of the control API could not be made, or a read of it failed."""


class UnsafeAddress(ControlError):
    """The base URL is not https (plain http is for loopback only), or carries more than scheme, host and path."""


class WireUnusable(ControlError):
    """The HTTP library that the host wants is not there, or can't be used; or the certificates that it gives can't."""


class WrongCall(ControlError):
    """A credential of one call was about to be used for another. Nothing was sent."""

    def __init__(self, token_call: str, request_call: str) -> None:
        super().__init__(f"a token of call {token_call!r} can't be used for call {request_call!r}")
        self.token_call = token_call
        self.request_call = request_call


class RequestFailed(ControlError):
    """A read or a revocation got no 2xx. `status` is None where no answer came; `code` is the platform's, or ''."""

    def __init__(self, message: str, status: int | None = None, code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
