"""The claim that bad input is always a 4xx in the one error shape, never a 500."""

import pytest

EVENTS = f"/v1/offers/{32 * '0'}/events"
BAD = [
    ("GET", "/v1/at-risk?limit=0", None),
    ("GET", "/v1/at-risk?limit=-1", None),
    ("GET", "/v1/at-risk?limit=1001", None),
    ("GET", "/v1/at-risk?limit=many", None),
    ("GET", "/v1/at-risk?limit=1e3", None),
    ("GET", "/v1/at-risk?min_risk=nan", None),
    ("GET", "/v1/at-risk?min_risk=-inf", None),
    ("GET", "/v1/at-risk?min_risk=1.1", None),
    ("GET", "/v1/at-risk?loyalty_type=platinum", None),
    ("GET", "/v1/at-risk?cursor=abc", None),
    ("GET", "/v1/at-risk?cursor=%00", None),
    ("GET", "/v1/at-risk?cursor=", None),
    ("GET", "/v1/at-risk?limt=5", None),
    ("GET", "/v1/customers/", None),
    ("GET", "/v1/customers/nobody", None),
    ("GET", "/v1/customers/anna%00", None),
    ("GET", "/v1/customers/%ff%fe", None),
    ("GET", "/v1/customers/" + "x" * 5000, None),
    ("DELETE", "/v1/customers/anna", None),
    ("PUT", "/v1/offers", "{}"),
    ("GET", "/v1/offers", None),
    ("GET", "/predict", None),
    ("GET", "/v1", None),
    ("GET", "/nowhere", None),
    ("POST", "/v1/offers", None),
    ("POST", "/v1/offers", ""),
    ("POST", "/v1/offers", "{"),
    ("POST", "/v1/offers", "null"),
    ("POST", "/v1/offers", "[]"),
    ("POST", "/v1/offers", '"anna"'),
    ("POST", "/v1/offers", "{}"),
    ("POST", "/v1/offers", '{"customer_id": "nobody"}'),
    ("POST", "/v1/offers", '{"customer_id": ""}'),
    ("POST", "/v1/offers", '{"customer_id": null}'),
    ("POST", "/v1/offers", '{"customer_id": ["anna"]}'),
    ("POST", "/v1/offers", '{"customer_id": "anna\\u0000"}'),
    ("POST", "/v1/offers", '{"customer_id": "\\ud800"}'),
    ("POST", "/v1/offers", '{"customer_id": "' + "x" * 5000 + '"}'),
    ("POST", "/v1/offers", '{"customer_id": "anna", "count": 0}'),
    ("POST", "/v1/offers", '{"customer_id": "anna", "count": -1}'),
    ("POST", "/v1/offers", '{"customer_id": "anna", "count": 21}'),
    ("POST", "/v1/offers", '{"customer_id": "anna", "count": 1.5}'),
    ("POST", "/v1/offers", '{"customer_id": "anna", "count": NaN}'),
    ("POST", "/v1/offers", '{"customer_id": "anna", "count": 1e999}'),
    ("POST", "/v1/offers", '{"customer_id": "anna", "count": ' + "9" * 6000 + "}"),
    ("POST", "/v1/offers", '{"customer_id": "anna", "colour": "red"}'),
    ("POST", "/v1/offers", '{"customer_id": "anna", "channel": ""}'),
    ("POST", "/v1/offers", '{"customer_id": "anna", "request_id": "a\\nb"}'),
    ("POST", "/v1/offers", '{"customer_id": "anna"} trailing'),
    ("POST", "/v1/offers", "[" * 100_000),
    ("POST", "/v1/offers", b"\xff\xfe{"),
    ("POST", EVENTS, '{"offer_id": "o", "event": "shown"}'),
    ("POST", EVENTS, '{"offer_id": "o", "event": "eaten"}'),
    ("POST", EVENTS, '{"event": "shown"}'),
    ("POST", EVENTS, '{"offer_id": "o", "event": "shown", "value": NaN}'),
    ("POST", EVENTS, '{"offer_id": "o", "event": "shown", "value": 1e300}'),
    ("POST", EVENTS, '{"offer_id": "o", "event": "shown", "occurred_at": "yesterday"}'),
    ("POST", EVENTS, '{"offer_id": "o", "event": "shown", "occurred_at": "2026-03-01T00:00"}'),
    ("POST", EVENTS, '{"offer_id": "o", "event": "shown", "occurred_at": 1e30}'),
    ("POST", "/v1/offers/nothing/events", '{"offer_id": "o", "event": "shown"}'),
    ("POST", "/v1/offers/%00/events", '{"offer_id": "o", "event": "shown"}'),
    ("POST", "/v1/offers/" + "x" * 5000 + "/events", '{"offer_id": "o", "event": "shown"}'),
    ("POST", "/predict", None),
    ("POST", "/predict", "{"),
    ("POST", "/predict", "null"),
    ("POST", "/predict", "[]"),
    ("POST", "/predict", "{}"),
    ("POST", "/predict", '{"ids": []}'),
    ("POST", "/predict", '{"ids": ["nobody"]}'),
    ("POST", "/predict", '{"ids": ["anna"], "rows": [{"order_count_90d": 1}]}'),
    ("POST", "/predict", '{"ids": ["anna"], "colour": "red"}'),
    ("POST", "/predict", '{"ids": "anna"}'),
    ("POST", "/predict", '{"ids": ["\\ud800"]}'),
    ("POST", "/predict", '{"rows": []}'),
    ("POST", "/predict", '{"rows": [{}]}'),
    ("POST", "/predict", '{"rows": [{"age": 3}]}'),
    ("POST", "/predict", '{"rows": [{"order_count_90d": "three"}]}'),
    ("POST", "/predict", '{"rows": [{"order_count_90d": NaN}]}'),
    ("POST", "/predict", '{"rows": [{"order_count_90d": 1e999}]}'),
    ("POST", "/predict", '{"rows": [{"order_count_90d": 1e300}]}'),
    ("POST", "/predict", '{"rows": [[1, 2, 3]]}'),
    ("POST", "/predict", '{"ids": [' + '"anna",' * 1000 + '"anna"]}'),
    ("POST", "/predict", "[" * 100_000),
    ("POST", "/predict", b"\xff\xfe{"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "body"), BAD, ids=[f"{m} {p[:40]} {str(b)[:60]}" for m, p, b in BAD]
)
def test_bad_input_is_always_a_4xx_in_the_one_error_shape(client, problem, method, path, body):
    headers = {"content-type": "application/json"} if body is not None else {}
    answer = client.request(method, path, content=body, headers=headers)
    assert 400 <= answer.status_code < 500, answer.text
    details = problem(answer, answer.status_code)
    assert details["type"].startswith("urn:problem-type:regulars:")
    assert details["detail"]


@pytest.mark.parametrize("path", ["/v1/offers", "/predict"])
@pytest.mark.parametrize(
    "media_type",
    ["text/plain", "multipart/form-data; boundary=x", "application/vnd.bentoml+pickle", "application/xml"],
)
def test_only_json_is_read(client, problem, path, media_type):
    answer = client.post(path, content=b"{}", headers={"content-type": media_type})
    problem(answer, 415, "unsupported-media-type")


@pytest.mark.parametrize("path", ["/v1/offers", "/predict"])
@pytest.mark.parametrize("told", [True, False])
def test_a_body_beyond_the_limit_is_refused_whether_its_length_is_told_or_not(client, problem, path, told):
    body = b'{"customer_id": "' + b"x" * 5_000_000 + b'"}'
    content = body if told else iter([body])
    answer = client.post(path, content=content, headers={"content-type": "application/json"})
    problem(answer, 413)
