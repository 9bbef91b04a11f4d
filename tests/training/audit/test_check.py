from datetime import UTC, datetime

from training.audit.check import Audit, Check

GOOD, BAD = Check("one", "passed", "fine"), Check("two", "failed", "broken", "mend it")
LEFT_OUT = Check("three", "skipped", "nothing to check")


def _audit(*checks):
    return Audit("churn", 28, datetime(2024, 5, 1, tzinfo=UTC), checks)


def test_an_audit_without_a_failed_check_passes_and_counts_those_that_ran():
    found = _audit(GOOD, LEFT_OUT)
    assert not found.failed
    assert found.verdict == "no leak found: 1 of 2 checks ran and passed"
    assert found.to_json()["passed"] is True


def test_one_failed_check_fails_the_audit_and_is_named():
    found = _audit(GOOD, BAD)
    assert found.failed == (BAD,)
    assert found.verdict == "1 of 2 checks failed: two"
    assert found.to_json()["checks"][1]["mend"] == "mend it"
