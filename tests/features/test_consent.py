from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.consent import Consents
from features.contract import CONSENT_STATES


def day(number, month=5):
    return datetime(2024, month, number, tzinfo=UTC)


def consents(folder, *answers):
    """Consents from rows of customer, status, changed_at and, perhaps, expires_at, about profiling."""
    rows = [
        {
            "customer_id": who,
            "purpose": "profiling",
            "status": status,
            "changed_at": at,
            "expires_at": (*end, None)[0],
        }
        for who, status, at, *end in answers
    ]
    time = pa.timestamp("us", tz="UTC")
    schema = pa.schema(
        [(name, pa.string()) for name in ("customer_id", "purpose", "status")]
        + [("changed_at", time), ("expires_at", time)]
    )
    pq.write_table(pa.Table.from_pylist(rows, schema), folder / "consents.parquet")
    return Consents.load(folder, None)


def test_a_grant_allows_from_its_instant_on(tmp_path):
    found = consents(tmp_path, ("ann", "granted", day(2)))
    assert [found.allows("ann", "profiling", day(n)) for n in (1, 2, 3)] == [False, True, True]


def test_no_answer_about_a_purpose_is_a_refusal(tmp_path):
    found = consents(tmp_path, ("ann", "granted", day(1)))
    assert not found.allows("bob", "profiling", day(9))
    assert not found.allows("ann", "marketing", day(9))


@pytest.mark.parametrize("refusal", ["denied", "revoked"])
def test_the_latest_answer_wins(tmp_path, refusal):
    found = consents(
        tmp_path,
        ("ann", refusal, day(2)),
        ("ann", "granted", day(1)),
        ("bob", "granted", day(3)),
        ("bob", refusal, day(2)),
    )
    assert not found.allows("ann", "profiling", day(9))
    assert found.allows("bob", "profiling", day(9))


@pytest.mark.parametrize("answers", [["granted", "denied"], ["denied", "granted"]])
def test_on_a_tie_the_refusal_wins(tmp_path, answers):
    found = consents(tmp_path, *(("ann", status, day(1)) for status in answers))
    assert not found.allows("ann", "profiling", day(9))


def test_a_grant_ends_exactly_when_it_expires(tmp_path):
    found = consents(tmp_path, ("ann", "granted", day(1), day(5)))
    assert [found.allows("ann", "profiling", day(n)) for n in (4, 5)] == [True, False]


def test_a_renewed_grant_counts_from_its_own_instant(tmp_path):
    found = consents(tmp_path, ("ann", "granted", day(1), day(3)), ("ann", "granted", day(5), day(9)))
    assert [found.allows("ann", "profiling", day(n)) for n in (2, 4, 6)] == [True, False, True]


def test_a_refusal_on_file_counts_for_earlier_instants_too(tmp_path):
    found = consents(tmp_path, ("ann", "granted", day(1)), ("ann", "revoked", day(1, month=6)))
    assert not found.allows("ann", "profiling", day(9))


def test_a_table_without_expiry_is_read(tmp_path):
    consents(tmp_path, ("ann", "granted", day(1)))
    table = pq.read_table(tmp_path / "consents.parquet").drop_columns("expires_at")
    pq.write_table(table, tmp_path / "consents.parquet")
    assert Consents.load(tmp_path, None).allows("ann", "profiling", day(2))


def test_without_a_table_the_basis_allows_everybody(tmp_path):
    found = Consents.load(tmp_path, "contract")
    assert found.allows("ann", "profiling", day(1))
    assert found.allowed_mask(np.array(["ann"], object), "profiling", day(1)).tolist() == [True]


def test_with_a_table_the_basis_allows_nobody(tmp_path):
    consents(tmp_path, ("ann", "denied", day(1)))
    assert not Consents.load(tmp_path, "contract").allows("ann", "profiling", day(2))


def test_without_table_and_basis_nothing_is_read(tmp_path):
    with pytest.raises(ValueError, match=r"set \[consent\] basis"):
        Consents.load(tmp_path, None)


def test_an_unknown_purpose_is_an_error(tmp_path):
    with pytest.raises(ValueError, match=r"'spam' is not a purpose; the purposes are profiling"):
        Consents.load(tmp_path, "contract").allows("ann", "spam", day(1))


def test_an_instant_needs_a_zone(tmp_path):
    with pytest.raises(ValueError, match="has no time zone"):
        Consents.load(tmp_path, "contract").allows("ann", "profiling", datetime(2024, 5, 1))


def test_an_empty_table_allows_nobody(tmp_path):
    found = consents(tmp_path)
    assert not found.allows("ann", "profiling", day(1))
    assert found.allowed_mask(np.array(["ann"], object), "profiling", day(1)).tolist() == [False]


ANSWER = st.tuples(
    st.sampled_from(["a", "b", "ä", "b2"]),
    st.sampled_from(CONSENT_STATES),
    st.integers(1, 5).map(day),
    st.none() | st.integers(1, 9).map(day),
)


@settings(max_examples=40)
@given(st.lists(ANSWER, max_size=6), st.integers(1, 9).map(day))
def test_the_mask_agrees_with_a_plain_reading_of_the_rules(tmp_path_factory, answers, at):
    found = consents(tmp_path_factory.mktemp("tables"), *answers)
    customers = np.array(["b", "a", "c", "ä", "b2"], object)
    expected = [_plainly(answers, customer, at) for customer in customers]
    assert found.allowed_mask(customers, "profiling", at).tolist() == expected
    assert [found.allows(customer, "profiling", at) for customer in customers] == expected


def _plainly(answers, customer, at):
    own = [answer for answer in answers if answer[0] == customer]
    counted = [answer for answer in own if answer[1] != "granted" or answer[2] <= at]
    if not counted:
        return False
    never = datetime.max.replace(tzinfo=UTC)
    _, status, _, expires = max(counted, key=lambda one: (one[2], one[1] != "granted", one[3] or never))
    return status == "granted" and (expires is None or expires > at)
