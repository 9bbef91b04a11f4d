"""How a model does in each group of customers: slices, fairness at the contact capacity, drivers."""

from __future__ import annotations

from html import escape

from training.fairness import MEASURES, Difference, Fairness
from training.readiness.plots import meters
from training.report.charts import driver_bars
from training.report.evidence import Evidence, Importance
from training.report.merit import bracketed, percent
from training.sheet import note, section, table
from training.slices import LEAST_OF_EACH, LEAST_ROWS, Slice

SHOWN_DRIVERS, BY_GROUP = 12, 8
RATES = {
    "selection_rate": "contacted",
    "true_positive_rate": "leavers contacted",
    "false_positive_rate": "stayers contacted",
    "calibration_gap": "foretold less left",
}


def slices(evidence: Evidence) -> str:
    """Figures of each group."""
    header = ["", "customers", "AUROC", "log loss", "calibration error"]
    if evidence.is_churn:
        header[2:2] = ["left", "foretold"]
    rows = _slice(evidence.everybody, evidence.is_churn)
    for name, groups in evidence.slices.items():
        rows += f'<tr><th colspan="{len(header)}">{escape(name)}</th></tr>'
        rows += "".join(_slice(one, evidence.is_churn) for one in groups)
    said = (
        f"Groups as they were before the cutoff, of at least {LEAST_ROWS} customers; an AUROC needs {LEAST_OF_EACH} "
        "customers of either kind. Brackets hold 95 % of the bootstrap draws of customers."
    )
    return section("By group of customers", table(header, rows, numbers=header[1:]), note(said))


def _slice(one: Slice, churn: bool) -> str:
    cells = [f"{one.rows:,}"]
    cells += [percent(one.rate, 1), percent(one.mean_probability, 1)] if churn else []
    cells += [
        bracketed(one.auroc.estimate, one.auroc) if one.auroc is not None else "too few",
        bracketed(one.log_loss.estimate, one.log_loss),
        f"{one.calibration_error:.3f}",
    ]
    return f"<tr><td>{escape(one.group)}</td>{_numbers(cells)}</tr>"


def fairness(evidence: Evidence, capacity: float) -> str:
    """Rates of each group, and the largest difference beside that of random groups."""
    header = ["", "customers", *(RATES[name] for name in MEASURES), "calibration error"]
    rows = "".join(_fairness(name, found, len(header)) for name, found in evidence.fairness.items())
    said = (
        f"The riskiest {capacity:.0%} of all customers are contacted: the share of each group, of its leavers and of "
        "its stayers who are; the mean probability less the share who left. A difference beyond that of random "
        "groups of the same sizes (95 % of the draws) stands out: a question to ask, and no verdict, since groups "
        "that leave more often are rightly contacted more often."
    )
    return section(
        f"Are groups treated alike at {capacity:.0%} capacity?",
        table(header, rows, numbers=header[1:]),
        note(said),
    )


def _fairness(name: str, found: Fairness, columns: int) -> str:
    rows = f'<tr><th colspan="{columns}">{escape(name)}</th></tr>'
    for one in found.groups:
        rates = [
            percent(one.selection_rate),
            percent(one.true_positive_rate),
            percent(one.false_positive_rate),
        ]
        cells = [f"{one.rows:,}", *rates, f"{one.calibration_gap:+.1%}", f"{one.calibration_error:.3f}"]
        rows += f"<tr><td>{escape(one.group)}</td>{_numbers(cells)}</tr>"
    differences = "".join(_difference(found.differences[measure]) for measure in MEASURES)
    return f"{rows}<tr><td>largest difference</td><td></td>{differences}<td></td></tr>"


def _difference(one: Difference) -> str:
    beyond = " beyond" if one.beyond_chance else ""
    chance = f' <span class="interval">chance {percent(one.by_chance)}</span>'
    return f'<td class="number{beyond}">{percent(one.largest)}{chance}</td>'


def drivers(found: Importance) -> str:
    """What the model looks at, of everybody and by group."""
    top = list(found.overall)[:SHOWN_DRIVERS]
    bars = meters(driver_bars({name: found.overall[name] for name in top}))
    tables = "".join(
        _by_group(name, groups, top[:BY_GROUP]) for name, groups in found.by_group.items() if len(groups) > 1
    )
    said = (
        f"Mean absolute contribution (SHAP) to the log-odds over {found.rows:,} judged customers, features grouped "
        f"as reasons are; the first {len(top)} of {len(found.overall)} drivers."
    )
    return section("What the model looks at", bars, note(said), tables)


def _by_group(name: str, groups: dict[str, dict[str, float]], top: list[str]) -> str:
    header = (name, *groups)
    rows = ""
    for driver in top:
        cells = [f"{effects[driver]:.3f}" for effects in groups.values()]
        rows += f"<tr><td>{escape(driver.replace('_', ' '))}</td>{_numbers(cells)}</tr>"
    return f"<h3>By {escape(name)}</h3>{table(header, rows, numbers=header[1:])}"


def _numbers(cells: list[str]) -> str:
    return "".join(f'<td class="number">{cell}</td>' for cell in cells)
