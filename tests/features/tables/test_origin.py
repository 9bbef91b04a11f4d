from __future__ import annotations

import fcntl
import json
from datetime import UTC, datetime, timedelta

import duckdb
import pyarrow.parquet as pq
import pytest

from features.suppression import Suppression
from features.tables.parts import Parts
from features.tables.validate import validate

LINES = "order_id INT, line_id INT, customer_id TEXT, ordered_at TIMESTAMP, amount DECIMAL(9, 2), note TEXT"
KNOWN = ", loaded TIMESTAMP"
MAPPED = {"order_lines": {"columns": {"ingested_at": "loaded"}}}


class Till:
    """A shop whose tables are in a database: DuckDB, Postgres or SQLite."""

    def __init__(self, shop, run, source):
        self.shop, self.run, self.source = shop, run, source

    def create(self, extra="", key="line_id", name="order_lines"):
        columns = LINES if key == "line_id" else LINES.replace("line_id INT, ", "")
        self.run(f"CREATE TABLE {name} ({columns}{extra})")

    def add(self, *rows, name="order_lines"):
        values = ", ".join(f"({row})" for row in rows)
        self.run(f"INSERT INTO {name} VALUES {values}")

    def validate(self, full=False, **sections):
        sections["source"] = self.source | sections.pop("source", {})
        return validate(self.shop.settings(**sections), self.shop.workspace, full=full)

    def good(self, **sections):
        report = self.validate(**sections)
        report.raise_for_errors()
        return report

    def part_sizes(self, table="order_lines"):
        """Rows of each file of the copy."""
        folder = self.shop.workspace.extracts / table
        return [pq.read_metadata(folder / name).num_rows for name in self.state(table)["parts"]]

    def state(self, table="order_lines"):
        return json.loads((self.shop.workspace.extracts / table / "state.json").read_text())

    def lines(self, *names):
        return sorted(self.shop.rows("order_lines", *names), key=repr)


def duckdb_till(shop, _request):
    def run(statement):
        with duckdb.connect(str(shop.root / "shop.duckdb")) as connection:
            connection.execute(statement)

    return Till(shop, run, {"path": "shop.duckdb"})


def postgres_till(shop, request):
    database = request.getfixturevalue("postgres_database")
    return Till(shop, database.run, {"url": database.url})


def sqlite_till(shop, _request):
    import sqlite3

    def run(statement):
        with sqlite3.connect(shop.root / "shop.db") as connection:
            connection.execute(statement)

    return Till(shop, run, {"url": "sqlite:///shop.db"})


@pytest.fixture(params=[duckdb_till, sqlite_till, pytest.param(postgres_till, marks=pytest.mark.slow)])
def till(request, shop):
    return request.param(shop, request)


@pytest.fixture
def duck(request, shop):
    return duckdb_till(shop, request)


def line(order, customer, day, amount="1.50", number=1, hour=10):
    at = datetime(2024, 5, 1) + timedelta(days=day, hours=hour)
    number = "" if number is None else f"{number}, "
    return f"{order}, {number}'{customer}', '{at}', {amount}, NULL"


def known(row, day):
    return f"{row}, '{datetime(2024, 5, 1) + timedelta(days=day)}'"


DAYS = [line(day, "ann", day) for day in range(5)]


def test_tables_of_a_database_are_validated_as_files_are(till):
    till.create()
    till.add(*DAYS)
    report = till.good()
    assert report.tables["order_lines"].rows_used == 5
    assert till.lines("order_id", "amount")[0] == ("0", 150)
    file = ["order_id,line_id,customer_id,ordered_at,amount", *(row.replace("'", "")[:-6] for row in DAYS)]
    till.shop.write("order_lines.csv", *file)
    assert till.shop.validate().fingerprint == report.fingerprint


def test_a_second_extract_brings_only_new_rows_late_ones_too(till):
    till.create(KNOWN)
    till.add(*(known(line(day, "ann", day), day + 1) for day in range(5)))
    till.good(tables=MAPPED)
    till.add(known(line(5, "ann", 5), 6), known(line(6, "bob", 0), 6))
    till.good(tables=MAPPED)
    assert till.part_sizes() == [5, 2]
    late = datetime(2024, 5, 7, tzinfo=UTC)
    assert till.lines("order_id", "ingested_at")[5:] == [("5", late), ("6", late)]


def test_only_what_became_known_lately_is_asked_for(till):
    till.create(KNOWN)
    till.add(*(known(line(day, "ann", day), day + 1) for day in (0, 8, 9)))
    till.good(tables=MAPPED)
    till.run("DELETE FROM order_lines WHERE order_id = 0")
    # SQLite cannot compare times exactly, so every row is read
    is_seen = till.source.get("url", "").startswith("sqlite")
    assert till.good(tables=MAPPED).tables["order_lines"].rows_in == (2 if is_seen else 3)
    assert till.validate(full=True, tables=MAPPED).tables["order_lines"].rows_in == 2


def test_without_anything_new_nothing_is_written(till):
    till.create(KNOWN)
    till.add(*(known(row, 6) for row in DAYS))
    first = till.good(tables=MAPPED)
    before = till.state()
    assert till.good(tables=MAPPED) == first
    assert till.state() == before


def test_a_late_row_of_a_source_that_does_not_say_so_counts_from_the_end_of_its_extract(till):
    till.create()
    till.add(*DAYS)
    till.good()
    till.add(line(8, "bob", 1), line(9, "ann", 5))
    report = till.good()
    assert (report.as_of, report.as_of_from) == (datetime(2024, 5, 7, tzinfo=UTC), "daily_lines")
    stamps = dict(till.lines("order_id", "ingested_at"))
    assert stamps.pop("8") == report.as_of - timedelta(microseconds=1)
    assert set(stamps.values()) == {None}
    assert till.part_sizes() == [5, 2]


def test_a_late_row_keeps_its_stamp(till):
    till.create()
    till.add(*DAYS)
    till.good()
    till.add(line(8, "bob", 1), line(9, "ann", 5))
    before = dict((till.good(), till.lines("order_id", "ingested_at"))[1])
    till.add(line(10, "ann", 6))
    till.good()
    assert dict(till.lines("order_id", "ingested_at"))["8"] == before["8"]


def test_an_updated_row_wins_and_keeps_when_it_became_known(till):
    till.create(KNOWN)
    till.add(known(line(1, "ann", 0), 1), known(line(2, "ann", 5), 6))
    till.good(tables=MAPPED)
    till.run("UPDATE order_lines SET amount = 9.75, loaded = '2024-05-08 00:00:00' WHERE order_id = 1")
    till.good(tables=MAPPED)
    assert till.lines("order_id", "amount", "ingested_at") == [
        ("1", 975, datetime(2024, 5, 2, tzinfo=UTC)),
        ("2", 150, datetime(2024, 5, 7, tzinfo=UTC)),
    ]
    assert sorted(till.part_sizes()) == [1, 1]


def test_an_updated_row_without_times_is_not_late(till):
    till.create()
    till.add(*DAYS)
    till.good()
    till.run("UPDATE order_lines SET amount = 9.75 WHERE order_id = 1")
    till.good()
    assert till.lines("amount")[-1] == (975,)
    assert "ingested_at" not in pq.read_schema(till.shop.workspace.tables / "order_lines.parquet").names


def test_a_row_that_was_deleted_leaves_the_copy_where_every_row_is_read(till):
    till.create()
    till.add(*DAYS)
    till.good()
    till.run("DELETE FROM order_lines WHERE order_id = 2")
    till.good()
    assert till.part_sizes() == [4]


def test_equal_lines_without_a_line_id_stay_two(till):
    till.create(key=None)
    till.add(*[line(1, "ann", 0, number=None)] * 2)
    till.good()
    till.good()
    till.add(line(1, "ann", 0, number=None))
    till.good()
    assert till.part_sizes() == [2, 1]
    assert till.lines("line_id") == [("000000001",), ("000000002",), ("000000003",)]


def test_two_extracts_give_what_one_of_everything_gives(till):
    till.create(KNOWN)
    first = [known(line(day, "ann", day), day + 1) for day in range(5)]
    more = [known(line(day, "bob", day % 7), 8) for day in range(5, 9)]
    till.add(*first)
    till.good(tables=MAPPED)
    till.add(*more)
    twice = till.good(tables=MAPPED)
    other = till.shop.workspace.extracts / "order_lines"
    for file in other.iterdir():
        file.unlink()
    assert till.good(tables=MAPPED) == twice


def test_columns_that_are_not_used_are_not_copied(duck):
    duck.create()
    duck.add(*DAYS)
    report = duck.good()
    assert "note" not in duck.state()["origin"]["columns"]
    assert "extra_columns" in {finding.name for finding in report.findings}


def test_columns_that_others_are_computed_from_are_copied(duck):
    duck.create(", items INT")
    duck.add(*(f"{row}, 3" for row in DAYS))
    duck.good(tables={"order_lines": {"computed": {"amount": "items * 2"}}})
    assert duck.lines("amount") == [(600,)] * 5


def test_numbers_of_a_database_have_a_point_whatever_the_mark_of_its_texts(till):
    till.create()
    till.add(*DAYS)
    till.good(source={"decimal": ","})
    assert set(till.lines("amount")) == {(150,)}


@pytest.mark.slow
def test_a_number_that_is_none_is_quarantined_and_not_taken_for_empty(request, shop):
    till = postgres_till(shop, request)
    till.run(
        "CREATE TABLE order_lines (order_id int, customer_id text, ordered_at timestamptz, amount numeric)"
    )
    till.run(
        "INSERT INTO order_lines VALUES (1, 'ann', '2024-05-01', 'NaN'), (2, 'ann', '2024-05-02', 1.005)"
    )
    till.run("INSERT INTO order_lines VALUES (3, 'ann', 'infinity', 1)")
    report = till.good()
    assert report.tables["order_lines"].reasons == {"unreadable_amount": 1, "unreadable_ordered_at": 1}
    assert till.lines("amount") == [(101,)]


def test_a_table_by_another_name_in_a_schema_is_read(duck):
    duck.run("CREATE SCHEMA sales")
    duck.create(name="sales.Bons")
    duck.add(*DAYS, name="sales.Bons")
    duck.good(tables={"order_lines": {"table": "sales.bons"}})
    assert duck.state()["origin"]["table"] == "sales.Bons"


def test_a_view_is_a_table(till):
    till.create(name="till_lines")
    till.add(*DAYS, name="till_lines")
    till.run("CREATE VIEW order_lines AS SELECT * FROM till_lines WHERE order_id > 0")
    assert till.good().tables["order_lines"].rows_in == 4


def test_one_table_may_come_from_a_file_beside_the_database(duck):
    duck.create()
    duck.add(*DAYS)
    (duck.shop.root / "products.csv").write_text("product_id\np1\n")
    report = duck.good(tables={"products": {"file": "products.csv"}})
    assert report.tables["products"].rows_used == 1


def test_a_table_of_another_kind_is_late_by_the_end_of_the_order_lines(duck):
    duck.create()
    duck.add(*DAYS)
    duck.run("CREATE TABLE visits (visit_id INT, customer_id TEXT, occurred_at TIMESTAMP, kind TEXT)")
    duck.run("INSERT INTO visits VALUES (1, 'ann', '2024-05-02', 'view')")
    first = duck.good()
    duck.run("INSERT INTO visits VALUES (2, 'ann', '2024-05-03', 'view')")
    duck.good()
    stamps = dict(duck.shop.rows("visits", "visit_id", "ingested_at"))
    assert stamps == {"1": None, "2": first.as_of - timedelta(microseconds=1)}


def test_other_columns_make_the_copy_anew_and_say_so(duck):
    duck.create(KNOWN)
    duck.add(*(known(row, 6) for row in DAYS))
    duck.good()
    report = duck.good(tables=MAPPED)
    found = [finding for finding in report.findings if finding.name == "copied_anew"]
    assert [(one.state, one.table) for one in found] == [("recommendation", "order_lines")]
    assert "copied_anew" not in {finding.name for finding in duck.good(tables=MAPPED).findings}


def test_an_error_leaves_the_last_good_tables_and_a_whole_copy(duck):
    duck.create()
    duck.add(*DAYS)
    good = duck.good()
    duck.add(*(line(n, "ann", 5, amount="NULL") for n in range(10, 30)))
    assert duck.validate(source={"max_quarantined_share": 0.1}).errors
    assert (duck.shop.workspace.tables / "report.json").read_text() == good.to_json() + "\n"
    assert duck.part_sizes() == [5, 20]


@pytest.mark.parametrize("step", ["commit", "writing"])
def test_a_run_that_is_stopped_half_way_leaves_the_copy_and_the_next_one_brings_the_rest(
    duck, monkeypatch, step
):
    duck.create(KNOWN)
    duck.add(*(known(row, 6) for row in DAYS))
    duck.good(tables=MAPPED)
    before = duck.state()
    duck.run("UPDATE order_lines SET amount = 7, loaded = '2024-05-09 00:00:00' WHERE order_id = 3")
    with monkeypatch.context() as patch:
        patch.setattr(Parts, step, stop)
        with pytest.raises(KeyboardInterrupt):
            duck.validate(tables=MAPPED)
    assert (duck.state(), duck.part_sizes()) == (before, [5])
    duck.good(tables=MAPPED)
    assert duck.part_sizes() == [4, 1]


def stop(*_args):
    raise KeyboardInterrupt


@pytest.mark.slow
def test_columns_that_differ_in_case_only_are_refused(request, shop):
    till = postgres_till(shop, request)
    till.run(
        'CREATE TABLE order_lines (order_id int, customer_id text, ordered_at date, amount int, "AMOUNT" int)'
    )
    report = till.validate(tables={"order_lines": {"columns": {"list_amount": "AMOUNT"}}})
    assert "two columns differ in upper and lower case only" in report.errors[0].mend


def test_free_attributes_may_have_any_name_but_those_that_reading_needs(duck):
    duck.create()
    duck.add(*DAYS)
    duck.run('CREATE TABLE customers (customer_id TEXT, side TEXT, excess INT, nth INT, "held" TEXT)')
    duck.run("INSERT INTO customers VALUES ('ann', 'left', 3, 4, 'x')")
    duck.good()
    duck.run("UPDATE customers SET excess = 5")
    duck.good()
    assert duck.shop.rows("customers", "side", "excess", "nth") == [("left", "5", "4")]
    duck.run("ALTER TABLE customers ADD COLUMN file_index INT")
    assert "column 'file_index' has a name that reading needs itself" in duck.validate().errors[0].mend


def test_nothing_is_copied_once_there_is_an_error(duck):
    duck.create()
    duck.run("CREATE TABLE visits (visit_id INT)")
    duck.run("CREATE TABLE products (product_id INT)")
    duck.add(*DAYS)
    assert duck.validate(tables={"order_lines": {"columns": {"amount": "no"}}}).errors
    assert [path.name for path in duck.shop.workspace.extracts.iterdir()] == [".lock"]


def test_a_missing_table_names_the_database_without_its_password(till):
    till.run("CREATE TABLE other (a INT)")
    errors = till.validate().errors
    assert [finding.name for finding in errors] == ["missing_table"]
    assert "set [tables.order_lines] table" in errors[0].mend


def test_an_empty_table_says_table(till):
    till.create()
    errors = till.validate().errors
    assert (errors[0].name, errors[0].mend) == ("empty_table", "the table holds no rows; bring them")


def test_a_database_that_cannot_be_opened_is_one_error(shop):
    (shop.root / "shop.duckdb").write_text("order_id\n")
    assert shop.errors(source={"path": "shop.duckdb"}) == {"unreadable_source"}
    assert shop.errors(source={"url": "postgresql://127.0.0.1:1/shop"}) == {"unreadable_source"}


def test_two_validations_do_not_copy_at_the_same_time(duck):
    duck.create()
    duck.add(*DAYS)
    duck.good()
    with (duck.shop.workspace.extracts / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        errors = duck.validate().errors
    assert ["another validation copies tables into" in finding.mend for finding in errors] == [True]


def test_a_suppressed_customer_is_in_no_table_though_in_the_copy(duck):
    duck.create()
    duck.add(*DAYS, line(9, "bob", 4))
    Suppression.open(duck.shop.workspace.suppression).add("bob")
    assert duck.good().tables["order_lines"].reasons == {"suppressed": 1}
    assert duck.lines("customer_id") == [("ann",)] * 5
