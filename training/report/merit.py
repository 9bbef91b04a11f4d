"""What a model is worth: tiles and tables of figures, with intervals and every baseline."""

from __future__ import annotations

import math
from html import escape

from training.bootstrap import Interval
from training.evaluation import Judgement
from training.profit import MODEL
from training.report import charts
from training.report.evidence import Evidence
from training.sheet import figures, note, pair, section, table

BINARY = ("auroc", "average_precision", "brier", "log_loss", "lift_at_10pct")
NOTHING = "-"
SEVERAL = ("macro_auroc", "log_loss", "macro_f1")
NAMES = {
    "auroc": "AUROC",
    "macro_auroc": "macro AUROC",
    "average_precision": "average precision",
    "brier": "Brier score",
    "log_loss": "log loss",
    "lift_at_10pct": "lift at 10 %",
    "macro_f1": "macro F1",
}


def tiles(evidence: Evidence) -> str:
    """The numbers to take away."""
    judgement, found = evidence.judgement, evidence.judgement.figures
    rank = "auroc" if evidence.is_binary else "macro_auroc"
    known = [(f"{found[rank]:.3f}", NAMES[rank])]
    if evidence.lead is not None:
        best = _plain(judgement.strongest_baseline[0])
        known.append((f"{evidence.lead.estimate:+.3f}", f"{NAMES[rank]} over {best} {span(evidence.lead)}"))
    known.append((f"{found['calibration_excess']:.3f}", "calibration error beyond chance"))
    if evidence.is_churn:
        known.append((f"{found['lift_at_10pct']:.1f} times", "leavers among the riskiest 10 %"))
        known.append((f"{found['churn_rate']:.1%}", "of the judged left"))
    else:
        known.append((f"{found['log_loss']:.3f}", NAMES["log_loss"]))
        known.append((f"{len(judgement.labels)}", "types told apart"))
    known.append((f"{len(judgement.outcome):,}", "customers judged"))
    known.append((f"{evidence.model.horizon_days}", "days of horizon"))
    known.append((f"{len(evidence.model.features):,}", "features"))
    return figures(known)


def beside_the_rules(evidence: Evidence) -> str:
    """The model and every baseline, with intervals."""
    keys = BINARY if evidence.is_binary else SEVERAL
    rows = "".join(_row(evidence, name, keys) for name in (MODEL, *evidence.judgement.baselines))
    header = ("", *(NAMES[key] for key in keys))
    said = [
        f"{len(evidence.judgement.outcome):,} rows: {evidence.judgement.design}. Brackets hold 95 % of the bootstrap "
        "draws of customers."
    ]
    if evidence.lead is not None:
        best = _plain(evidence.judgement.strongest_baseline[0])
        said.append(
            f"On the same draws the model is {evidence.lead.estimate:+.3f} {span(evidence.lead)} in "
            f"{NAMES[keys[0]]} over {best}, the strongest rule."
        )
    notes = "".join(note(text) for text in said)
    return section("The model beside the rules", table(header, rows, numbers=header[1:]), notes)


def _row(evidence: Evidence, name: str, keys: tuple[str, ...]) -> str:
    prefix = "" if name == MODEL else f"{name}_"
    found, within = evidence.judgement.figures, evidence.intervals[name]
    cells = "".join(
        f'<td class="number">{bracketed(found[prefix + key], within.get(key))}</td>' for key in keys
    )
    own = ' class="own"' if name == MODEL else ""
    return f"<tr{own}><td>{escape(_plain(name))}</td>{cells}</tr>"


def calibration(evidence: Evidence) -> str:
    """Whether probabilities are true."""
    found = evidence.judgement.figures
    said = (
        f"Calibration error {found['calibration_error']:.4f}, of which {found['calibration_excess']:.4f} is beyond "
        "what a perfect model shows by chance."
    )
    return pair(
        section("Are the probabilities true?", charts.reliability(evidence.judgement), note(said)),
        section("Who has which probability?", charts.histogram(evidence.judgement)),
    )


def reach(evidence: Evidence) -> str:
    """Gains and lift."""
    return pair(
        section("How many leavers are reached?", charts.gains(evidence.judgement)),
        section("How much better than chance?", charts.lift(evidence.judgement)),
    )


def confusion(judgement: Judgement) -> str:
    """What is taken for what, of several labels."""
    guess, labels = judgement.probability.argmax(axis=1), judgement.labels
    rows = ""
    for number, label in enumerate(labels):
        own = judgement.outcome == number
        shares = [
            float((guess[own] == other).mean()) if own.any() else math.nan for other in range(len(labels))
        ]
        cells = "".join(f'<td class="number">{percent(share)}</td>' for share in shares)
        rows += f'<tr><td>{escape(label)}</td><td class="number">{int(own.sum()):,}</td>{cells}</tr>'
    header = ("true type", "customers", *labels)
    said = "Of the customers of each true type, the share that the model takes for each type."
    return section("What is taken for what?", table(header, rows, numbers=header[1:]), note(said))


def bracketed(value: float, bounds: Interval | None = None, digits: int = 3) -> str:
    """A figure with its interval in brackets; a dash where it is not defined."""
    if math.isnan(value):
        return NOTHING
    within = f' <span class="interval">{span(bounds, digits)}</span>' if bounds is not None else ""
    return f"{value:.{digits}f}{within}"


def span(bounds: Interval, digits: int = 3) -> str:
    """An interval in brackets."""
    return f"[{bounds.low:,.{digits}f}, {bounds.high:,.{digits}f}]"


def percent(share: float, digits: int = 0) -> str:
    """A share in percent; a dash where it is not defined."""
    return NOTHING if math.isnan(share) else f"{share:.{digits}%}"


def _plain(name: str) -> str:
    return name.replace("_", " ")
