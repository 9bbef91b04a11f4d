"""Which form of an answer a client asks for."""

from __future__ import annotations

from http import HTTPStatus

from serving.problems import of_status

_JSON = ("application/json", "application/*", "*/*")
_CSV = ("text/csv", "text/*", "*/*")


def prefers_csv(accept: str) -> bool:
    """Whether an `Accept` header prefers CSV to JSON (RFC 9110, section 12.5.1); JSON where both are as good.

    Raises:
        ProblemError: 406, neither is acceptable.
    """
    weights = dict(_weight(part) for part in accept.split(","))
    as_json, as_csv = _best(weights, _JSON), _best(weights, _CSV)
    if as_json <= 0 and as_csv <= 0:
        raise of_status(HTTPStatus.NOT_ACCEPTABLE, "answers are application/json or text/csv")
    return as_csv > as_json


def _best(weights: dict[str, float], from_specific_to_any: tuple[str, ...]) -> float:
    return next((weights[name] for name in from_specific_to_any if name in weights), 0.0)


def _weight(part: str) -> tuple[str, float]:
    name, *parameters = (text.strip().lower() for text in part.split(";"))
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return name, float(parameter[2:])
            except ValueError:
                return name, 0.0
    return name, 1.0
