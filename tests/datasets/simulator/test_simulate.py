from pathlib import Path

import pyarrow.parquet as pq
import pytest

from datasets.simulator import simulate
from datasets.simulator.timeline import Timeline
from features.contract import TABLES
from features.settings import load_settings
from features.tables.validate import validate
from features.workspace import Workspace

EVENT_TIMES = {name: table.event_time for name, table in TABLES.items() if table.event_time}
ARRIVING = ("order_lines", "interactions", "feedback", "loyalty_events", "visits", "offer_events")


def small(folder: Path, **changes: object) -> Path:
    """A quarter of 150 customers."""
    settings = {"customers": 150, "months": 3, "seed": 5} | changes
    simulate(folder / "data", folder / "truth", **settings)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*.parquet"))}


def test_every_table_of_the_contract_is_written_with_known_columns_only(shop):
    assert {file.stem for file in shop.data.iterdir()} == set(TABLES)
    for name, table in TABLES.items():
        columns = set(pq.read_schema(shop.data / f"{name}.parquet").names)
        assert set(table.required) <= columns <= {column.name for column in table.columns}


def test_the_product_accepts_every_row(shop, tmp_path):
    end = Timeline(12).last_date
    (tmp_path / "regulars.toml").write_text(f'[source]\npath = "{shop.data}"\nas_of = {end}T00:00:00Z\n')
    report = validate(load_settings(tmp_path), Workspace(tmp_path / "workspace"))
    assert report.errors == ()
    for counts in report.tables.values():
        assert counts.rows_in == counts.rows_used > 0
        assert counts.rows_quarantined == 0


def test_equal_seeds_give_equal_bytes_and_others_do_not(tmp_path):
    first, again, other = (small(tmp_path / name, seed=seed) for name, seed in (("a", 5), ("b", 5), ("c", 6)))
    assert contents(first) == contents(again)
    assert contents(first) != contents(other)


def test_rows_do_not_depend_on_how_they_are_written(tmp_path):
    one, many = small(tmp_path / "one"), small(tmp_path / "many", row_group=50)
    for file in contents(one):
        assert pq.read_table(one / file).equals(pq.read_table(many / file))


def test_a_larger_shop_begins_with_the_smaller_one(tmp_path):
    small(tmp_path / "small", customers=1_000)
    small(tmp_path / "large", customers=1_200)
    for name in ("order_lines", "loyalty_events", "feedback"):
        begins, whole = (
            pq.read_table(tmp_path / size / "data" / f"{name}.parquet") for size in ("small", "large")
        )
        assert whole.slice(0, begins.num_rows).equals(begins)
        assert whole.num_rows > begins.num_rows


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("logging", ["randomised", "targeted"])
@pytest.mark.parametrize("seed", range(8))
def test_a_single_customer_is_a_shop(tmp_path, seed, logging):
    small(tmp_path, customers=1, seed=seed, logging=logging)
    assert len(contents(tmp_path)) == 15 + (logging == "randomised")


def test_without_a_truth_folder_no_truth_is_written(tmp_path):
    simulate(tmp_path / "data", None, customers=20, months=3)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_targeted_campaigns_leave_no_decisions_but_their_events(tmp_path):
    files = contents(small(tmp_path, logging="targeted"))
    assert "data/decisions.parquet" not in files
    assert pq.read_table(tmp_path / "data" / "offer_events.parquet").num_rows > 0


@pytest.mark.parametrize("truth", ["data", "data/truth", "."])
def test_the_truth_is_kept_apart(tmp_path, truth):
    with pytest.raises(ValueError, match="share a folder; keep the truth apart"):
        simulate(tmp_path / "data", tmp_path / truth, customers=20, months=3)


def test_a_failure_leaves_what_was_there(tmp_path):
    small(tmp_path)
    before = contents(tmp_path)

    def interrupt(_done: int, _all: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        small(tmp_path, seed=9, progress=interrupt)
    assert contents(tmp_path) == before


def test_progress_counts_customers(tmp_path):
    told = []
    small(tmp_path, customers=1_100, progress=lambda done, total: told.append((done, total)))
    assert told == [(1_000, 1_100), (1_100, 1_100)]


def test_ids_are_unique_and_answer_one_another(ask):
    for name in ("interactions", "feedback", "loyalty_events", "visits", "decisions"):
        key = TABLES[name].key[0]
        assert ask(f"SELECT count(*) - count(DISTINCT {key}) FROM {name}") == [(0,)]
    assert ask(
        "SELECT count(*) FROM offer_events WHERE decision_id NOT IN (SELECT decision_id FROM decisions)"
    ) == [(0,)]
    assert ask("SELECT count(*) FROM order_lines ANTI JOIN products USING (product_id)") == [(0,)]
    for name in ("interactions", "loyalty_events", "visits", "offer_events", "decisions", "consents"):
        assert ask(f"SELECT count(*) FROM {name} ANTI JOIN customers USING (customer_id)") == [(0,)]


@pytest.mark.parametrize("name", ARRIVING)
def test_nothing_is_known_before_it_happens_or_after_the_extract(ask, name):
    time = EVENT_TIMES[name]
    early, late = f"ingested_at <= {time}", "ingested_at >= '2024-01-01'"
    assert ask(f"SELECT count(*) FROM {name} WHERE {early} OR {late}") == [(0,)]
    assert ask(f"SELECT count(*) > 0 FROM {name} WHERE ingested_at > {time} + INTERVAL 1 DAY") == [(True,)]


def test_what_becomes_known_after_the_extract_is_empty(ask):
    times = ("first_response_at", "resolved_at", "reopened_at", "csat_at")
    for time in times:
        assert ask(f"SELECT count(*) FROM interactions WHERE {time} >= '2024-01-01'") == [(0,)]
    assert ask("SELECT count(*) FROM interactions WHERE (csat IS NULL) <> (csat_at IS NULL)") == [(0,)]
    assert ask("SELECT count(*) FROM order_lines WHERE delivered_at >= '2024-01-01'") == [(0,)]


def test_erased_customers_are_in_no_table_and_their_purchases_are_guest_sales(ask):
    assert ask("SELECT count(*) > 0 FROM true_customers WHERE erased") == [(True,)]
    for name, table in TABLES.items():
        for column in table.columns:
            if column.person:
                erased = "SELECT customer_id FROM true_customers WHERE erased"
                assert ask(f"SELECT count(*) FROM {name} WHERE {column.name} IN ({erased})") == [(0,)]


def test_a_guest_sale_has_an_empty_customer(ask):
    share = ask(
        "SELECT avg((customer_id IS NULL)::INT) FROM (SELECT DISTINCT order_id, customer_id FROM order_lines)"
    )
    assert 0.03 < share[0][0] < 0.2


def test_what_is_returned_was_sold_before_at_the_same_price(ask):
    query = """SELECT count(*), count(sold.amount), count(*) FILTER (back.amount <> -sold.amount),
            count(*) FILTER (back.ordered_at <= sold.ordered_at)
        FROM order_lines back LEFT JOIN order_lines sold
        ON replace(back.order_id, 'R', 'O') = sold.order_id AND back.line_id = sold.line_id
        WHERE back.amount < 0"""
    returns, sold, differing, early = ask(query)[0]
    assert returns > 0.97 * sold > 0
    assert (differing, early) == (0, 0)


def test_points_in_the_ledger_never_fall_below_zero(ask):
    """Of customers with nothing in the last month, of whom no row can still be on its way."""
    query = """SELECT min(balance) FROM (
            SELECT sum(points) OVER (PARTITION BY customer_id ORDER BY occurred_at, points DESC) AS balance,
                   max(occurred_at) OVER (PARTITION BY customer_id) AS latest
            FROM loyalty_events)
        WHERE latest < '2023-12-01'"""
    assert ask(query)[0][0] >= 0


def test_customers_know_only_their_own_past(ask):
    assert ask(
        "SELECT count(*) FROM customers WHERE valid_from < joined_at OR joined_at >= '2024-01-01'"
    ) == [(0,)]
    assert ask("SELECT count(*) - count(DISTINCT (customer_id, valid_from)) FROM customers") == [(0,)]
    tiers = (
        "SELECT max(tiers) FROM (SELECT count(DISTINCT tier) AS tiers FROM customers GROUP BY customer_id)"
    )
    assert ask(tiers)[0][0] > 1


def test_the_probabilities_of_a_decision_add_up_and_hold_the_one_that_was_used(ask):
    query = """SELECT decision_id, any_value(d.propensity) AS used, sum((e->>'propensity')::DOUBLE) AS total,
            sum((e->>'propensity')::DOUBLE) FILTER ((e->>'offer_id') IS NOT DISTINCT FROM d.offer_id) AS own
        FROM decisions d, unnest(json_extract(eligible, '$[*]')) AS t(e) GROUP BY decision_id"""
    assert ask(f"SELECT count(*) FROM ({query}) WHERE abs(total - 1) > 1e-9 OR abs(own - used) > 1e-9") == [
        (0,)
    ]


def test_texts_are_written_in_every_language_and_the_truth_knows_their_polarity(ask):
    assert ask("SELECT count(DISTINCT language) FROM true_texts") == [(12,)]
    for name, key in (("interactions", "interaction_id"), ("feedback", "feedback_id")):
        rows = f"SELECT {key} AS row_id FROM {name} WHERE language IS NOT NULL"
        known = f"SELECT row_id FROM true_texts WHERE \"table\" = '{name}'"
        assert ask(f"SELECT count(*) FROM (({rows}) EXCEPT ({known})) ") == [(0,)]
        assert ask(f"SELECT count(*) FROM (({known}) EXCEPT ({rows})) ") == [(0,)]


def test_the_truth_speaks_of_the_customers_in_the_tables(ask):
    assert ask("SELECT count(*) FROM true_customers") == [(1_300,)]
    assert ask("SELECT count(*) FROM true_responses") == [(1_300 * 23,)]
    assert ask("SELECT count(*) FROM decisions ANTI JOIN true_decisions USING (decision_id)") == [(0,)]
    assert ask("SELECT count(*) FROM customers ANTI JOIN true_customers USING (customer_id)") == [(0,)]
