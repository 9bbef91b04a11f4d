"""Every notebook is run as a data scientist would run it."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from cli.demo_data import DATA
from training.job import silent

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
MOST_LINES = 15
ROOMS = {"features", "training", "datasets", "models", "serving"}
DECISIONS = {
    "define_your_own_churn": r"Set horizon_days = \d+ and active_days = \d+: ",
    "guided_tour": r"Contact ([\d,]+ of [\d,]+ customers|nobody): ",
    "retrain_and_compare": r"(Change to 56|Keep 28) days: ",
    "why_did_this_score_change": r"(Contact|Leave) customer \S+: ",
}
SIMULATED = 600
"""Customers of the shop that notebooks run on here; their own choice may be public data."""

WATCH_PLOTS = """
import IPython.core.pylabtools as tools
shown, draw = [], tools.print_figure
def label(figure, part, axis):
    shared = [part] if axis == "y" else part.get_shared_x_axes().get_siblings(part)
    return "".join(getattr(other, f"get_{axis}label")() for other in shared)
def recording(figure, *arguments, **options):
    title = figure.get_suptitle() + "".join(part.get_title() for part in figure.axes)
    shown.append([title] + [label(figure, part, axis) for part in figure.axes for axis in "xy"])
    return draw(figure, *arguments, **options)
tools.print_figure = recording
"""

every_notebook = pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)


def cells(file: Path) -> list[str]:
    return [cell.source for cell in nbformat.read(file, as_version=4).cells if cell.cell_type == "code"]


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """The folder of a shop as `regulars demo --data simulated` makes it, but smaller."""
    folder = tmp_path_factory.mktemp("shop") / "simulated"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cli.demo_data.CUSTOMERS", SIMULATED)
        DATA["simulated"].load(folder, silent)
    return folder


def test_every_notebook_is_known_by_the_decision_that_it_ends_in():
    assert [file.stem for file in NOTEBOOKS] == sorted(DECISIONS)


@every_notebook
def test_a_text_stands_before_every_code_cell(file):
    kinds = [cell.cell_type for cell in nbformat.read(file, as_version=4).cells]
    assert kinds[0] == "markdown"
    assert ("code", "code") not in itertools.pairwise(kinds)


@every_notebook
def test_it_is_named_in_the_readme_and_in_the_index_of_the_documentation(file):
    root = FOLDER.parent
    for page in ("README.md", "docs/index.md"):
        assert f"notebooks/{file.name})" in (root / page).read_text(encoding="utf-8")


@every_notebook
def test_no_cell_is_longer_than_a_glance(file):
    assert max(len(cell.splitlines()) for cell in cells(file)) <= MOST_LINES


@every_notebook
def test_no_output_is_kept_in_the_repository(file):
    kept = [cell for cell in nbformat.read(file, as_version=4).cells if cell.get("outputs")]
    assert kept == []


@every_notebook
def test_only_public_names_of_the_rooms_are_used_and_no_path_of_one_machine(file):
    text = "\n".join(cells(file))
    imported = [line for line in text.splitlines() if line.startswith(("from ", "import "))]
    assert any(line.split()[1].split(".")[0] in ROOMS for line in imported)
    assert not any(name.startswith("_") for line in imported for name in line.replace(",", " ").split())
    assert not re.search(r"\._[a-z]", text)
    assert not re.search(r"""["'](/|[A-Z]:|~)""", text)


@every_notebook
@pytest.mark.slow
def test_it_runs_from_top_to_bottom_shows_labelled_plots_and_ends_in_a_decision(
    file, shop, tmp_path, monkeypatch
):
    monkeypatch.setenv("REGULARS_SHOP", str(shop))
    before = set(shop.rglob("*"))
    notebook = nbformat.read(file, as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(WATCH_PLOTS))
    notebook.cells.append(nbformat.v4.new_code_cell("import json; print(json.dumps(shown))"))
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(tmp_path)}}).execute()
    plots = json.loads(text_of(notebook.cells[-1]))
    assert len(plots) >= 2
    assert all(text for figure in plots for text in figure)
    said = [text for cell in notebook.cells[:-1] if cell.cell_type == "code" and (text := text_of(cell))]
    assert re.match(DECISIONS[file.stem], said[-1])
    assert list(tmp_path.iterdir()) == []
    assert set(shop.rglob("*")) == before


def text_of(cell: nbformat.NotebookNode) -> str:
    return "".join(output.text for output in cell.outputs if output.get("name") == "stdout")
