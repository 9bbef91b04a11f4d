from pathlib import Path

import pyarrow.parquet as pq
import pytest

from datasets.simulator.policies import policy_values
from datasets.simulator.texts import phrases

PAGE = (Path(__file__).parents[3] / "docs" / "simulator.md").read_text(encoding="utf-8")


def test_every_file_and_column_of_the_truth_is_described(shop):
    for file in shop.truth.iterdir():
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{file.stem}` |"))
        assert all(f"`{column}`" in row for column in pq.read_schema(file).names)


def test_every_language_is_named():
    assert f"({', '.join(phrases())})" in PAGE


@pytest.mark.slow
def test_the_printed_values_of_policies_are_those_of_the_shop(tmp_path):
    from datasets.simulator import simulate

    simulate(tmp_path / "data", tmp_path / "truth", customers=100_000, months=24, seed=1)
    campaign, whole = (policy_values(tmp_path / "truth", campaign_only=only) for only in (True, False))
    assert f"| oracle | {campaign.oracle:.3f} EUR | {whole.oracle:.3f} EUR |" in PAGE
    assert f"| random eligible offer | {campaign.random_share:.1%} |".replace("%", " %") in PAGE
    assert f"| customer-offer pairs that lose money | {campaign.losing:.1%} |".replace("%", " %") in PAGE
    singles = [f"{one.best_single_share:.1%} ({one.best_offer})" for one in (campaign, whole)]
    assert f"| best single offer | {' | '.join(singles)} |".replace("%", " %") in PAGE
