import pytest

from features.workspace import Workspace
from training.origins import save
from training.registry import CHALLENGER, CHAMPION
from training.report.run import recorded, report


def test_training_records_the_page_with_the_run(trained):
    shown = recorded("churn", CHAMPION, trained.workspace)
    verdict = trained.first.judgement.verdict.replace("_", " ")
    assert verdict[1:] in shown
    assert "What is taken for what?" in recorded("loyalty_type", CHALLENGER, trained.workspace)


@pytest.mark.usefixtures("quick")
def test_a_version_judged_anew_says_the_same_as_in_training_on_the_same_tables(shop, trained):
    shown = report("churn", shop.settings, trained.workspace, alias=CHALLENGER)
    assert f"{trained.second.judgement.figures['auroc']:.3f} <span" in shown
    assert "2 (challenger)" in shown


@pytest.mark.usefixtures("quick")
def test_the_backtest_of_the_same_tables_is_on_the_page(shop, trained, backtest):
    fingerprint = trained.first.model.metadata["fingerprint"]
    kept = save(type(backtest)("churn", 28, fingerprint, backtest.origins, {}), trained.workspace)
    assert "At every past cutoff" in report("churn", shop.settings, trained.workspace)
    kept.unlink()


def test_without_a_version_it_is_said_how_to_train_one(tmp_path):
    with pytest.raises(LookupError, match="regulars train churn"):
        recorded("churn", CHAMPION, Workspace(tmp_path))
