"""Claims about the one error shape."""

import json
from http import HTTPStatus

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from serving.problems import ProblemDetails, ProblemError, of_status, of_validation, translated


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    count: int


def _errors(text):
    with pytest.raises(ValidationError, match="error") as caught:
        _Asked.model_validate_json(text)
    return caught.value.errors()


def test_a_problem_has_the_members_of_rfc_9457():
    answer = ProblemError(
        HTTPStatus.GONE, "cursor-gone", "start again", [("query.cursor", "is gone")]
    ).response()
    assert answer.media_type == "application/problem+json"
    assert json.loads(answer.body) == {
        "type": "urn:problem-type:regulars:cursor-gone",
        "title": "Gone",
        "status": 410,
        "detail": "start again",
        "errors": [{"field": "query.cursor", "detail": "is gone"}],
    }
    ProblemDetails.model_validate_json(answer.body)


@pytest.mark.parametrize(
    ("text", "status"), [("{", 400), ('{"count": "x"}', 422), ("[]", 422), ('{"c": 1}', 422)]
)
def test_what_is_no_json_is_400_and_json_of_another_form_is_422(text, status):
    assert of_validation(_errors(text)).status == status


def test_a_problem_never_repeats_what_was_sent():
    body = of_validation(_errors('{"count": "a-person@example.org"}'), "body").response().body
    assert b"a-person" not in body


def test_many_wrong_fields_are_all_listed_and_the_first_three_told():
    errors = [{"type": "missing", "loc": ("body", name), "msg": "Field required"} for name in "abcde"]
    found = of_validation(errors)
    assert found.detail.endswith("(and 2 more)")
    assert [field for field, _ in found.errors] == ["body.a", "body.b", "body.c", "body.d", "body.e"]


@pytest.mark.parametrize(
    ("status", "body", "expected", "detail"),
    [
        (400, {"error": "E", "detail": [{"type": "missing", "loc": ["ids"], "msg": "M"}]}, 422, "body.ids: M"),
        (400, {"error": "E", "detail": [{"type": "json_invalid", "loc": [], "msg": "M"}]}, 400, "not valid JSON"),
        (404, [{"error": "no such thing"}], 404, "no such thing"),
        (500, {"error": "a secret of the server"}, 500, "Server got itself in trouble"),
        (405, "Method Not Allowed", 405, "invalid for this resource"),
        (504, {"error": "Not able to process the request in 60 seconds"}, 504, "did not receive a timely response"),
    ],
)  # fmt: skip
def test_errors_of_other_shapes_are_translated(status, body, expected, detail):
    found = translated(status, json.dumps(body).encode())
    assert found.status == expected
    assert detail in found.detail


def test_plain_text_of_a_router_is_translated():
    assert translated(404, b"Not Found").status == HTTPStatus.NOT_FOUND


def test_a_status_without_words_still_says_something():
    assert of_status(418).detail
