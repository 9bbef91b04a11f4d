"""Claims about what is said of a store that cannot be used."""

import pytest

from serving.store import Store
from serving.store_errors import StoreUnavailableError


def test_what_is_no_database_is_an_error_that_names_it(tmp_path):
    file = tmp_path / "notes.db"
    file.write_text("no database at all " * 100)
    with pytest.raises(
        ValueError, match=r"notes\.db cannot be used \(file is not a database\); set \[serving\]"
    ):
        Store.open(file)


def test_a_database_that_cannot_be_reached_is_named_without_its_password():
    with pytest.raises(StoreUnavailableError, match=r"me:\*\*\*@127\.0\.0\.1:1/db does not answer") as caught:
        Store.open("postgresql://me:hush@127.0.0.1:1/db?connect_timeout=2")
    assert "hush" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_store_that_cannot_be_reached_is_an_error_of_the_system_that_the_command_line_says_in_one_line():
    assert issubclass(StoreUnavailableError, OSError)
