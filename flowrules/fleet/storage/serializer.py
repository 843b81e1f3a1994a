"""How DBOS writes down inputs and outcomes: as JSON, without tokens.

DBOS pickles unless told otherwise. What is pickled can hold anything, a token in the request of an HTTP error too, and
whoever may write into the database could run code in every host that reads it.
"""

import json
from typing import Any

from dbos import Serializer

from flowrules.redaction import redact_data

_ERROR = "flowrules_error"


class JsonSerializer(Serializer):
    """JSON data, and errors by the names of their types."""

    def serialize(self, data: Any) -> str:
        if isinstance(data, BaseException):
            data = {_ERROR: type(data).__name__}
        return json.dumps(redact_data(data), ensure_ascii=False, allow_nan=False)

    def deserialize(self, serialized_data: str) -> Any:
        data = json.loads(serialized_data)
        if isinstance(data, dict) and data.keys() == {_ERROR}:
            return RuntimeError(data[_ERROR])
        return data

    def name(self) -> str:
        return "flowrules_json"
