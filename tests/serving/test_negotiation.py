"""Claims about Accept."""

import pytest

from serving.negotiation import prefers_csv
from serving.problems import ProblemError


@pytest.mark.parametrize(
    ("accept", "csv"),
    [
        ("*/*", False),
        ("application/json", False),
        ("text/csv", True),
        ("TEXT/CSV; charset=utf-8", True),
        ("text/*", True),
        ("text/csv, application/json", False),
        ("text/csv, application/json;q=0.9", True),
        ("text/csv;q=0.5, */*;q=0.8", False),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", False),
        ("application/json;q=0, text/csv;q=0.1", True),
        ("text/csv;q=lots, */*", False),
    ],
)
def test_the_client_gets_the_form_it_prefers(accept, csv):
    assert prefers_csv(accept) is csv


@pytest.mark.parametrize("accept", ["image/png", "application/json;q=0", "text/html", ""])
def test_what_cannot_be_given_is_refused(accept):
    with pytest.raises(ProblemError, match="answers are application/json or text/csv"):
        prefers_csv(accept)
