"""Every notebook is run as a data scientist would run it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
MOST_LINES = 15
ROOMS = {"features", "training", "datasets", "models", "serving"}
WATCH_PLOTS = """
import IPython.core.pylabtools as tools
shown, draw = [], tools.print_figure
def recording(figure, *arguments, **options):
    shown.append([[part.get_xlabel(), part.get_ylabel(), part.get_title()] for part in figure.axes])
    return draw(figure, *arguments, **options)
tools.print_figure = recording
"""

every_notebook = pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)


def cells(file: Path) -> list[str]:
    return [cell.source for cell in nbformat.read(file, as_version=4).cells if cell.cell_type == "code"]


def test_there_is_a_notebook_for_a_data_scientist():
    assert [file.name for file in NOTEBOOKS] == ["retrain_and_compare.ipynb"]


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
    assert not re.search(r"""["'](/|[A-Z]:|~)""", text)


@every_notebook
@pytest.mark.slow
def test_it_runs_from_top_to_bottom_shows_labelled_plots_and_ends_in_a_decision(file, tmp_path):
    notebook = nbformat.read(file, as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(WATCH_PLOTS))
    notebook.cells.append(nbformat.v4.new_code_cell("import json; print(json.dumps(shown))"))
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(tmp_path)}}).execute()
    plots = json.loads(text_of(notebook.cells[-1]))
    assert len(plots) >= 2
    assert all(label for figure in plots for part in figure for label in part)
    assert text_of(notebook.cells[-3]).startswith(("Change to 56 days: ", "Keep 28 days: "))
    assert list(tmp_path.iterdir()) == []


def text_of(cell: nbformat.NotebookNode) -> str:
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")
