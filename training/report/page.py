"""The report of a judged model as one HTML page: what it is worth, for whom, what it earns, what it looks at."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from html import escape

from features.settings import Settings
from training.origins import Backtest, Spread
from training.profit import AtCapacity, Economics
from training.report import charts, groups, merit
from training.report.evidence import Evidence
from training.sheet import note, opening, section, sheet, table

FILE_NAME = "report.html"
TITLES = {"churn": "churn", "loyalty_type": "loyalty types"}
BEST_RULE = "best rule"
_METHOD = (
    "Model and rules were fitted without the outcomes that they are judged on, as the line below the first table "
    "says; rounds and calibration were chosen inside training. AUROC is the chance that a leaver is ranked above a "
    "stayer, average precision the precision over all thresholds; of Brier score and log loss, which measure "
    "probabilities, less is better; lift is how many times more leavers than chance are found. Every definition is "
    "in docs/evaluation.md."
)


def page(evidence: Evidence, settings: Settings) -> str:
    """The page as text; it holds no customer, and no group below 30 of them."""
    parts = [_opening(evidence), merit.tiles(evidence), merit.beside_the_rules(evidence)]
    if evidence.is_churn:
        parts += [merit.calibration(evidence), merit.reach(evidence), _money(evidence, settings)]
    else:
        parts.append(merit.confusion(evidence.judgement))
    if evidence.backtest is not None:
        parts.append(_backtest(evidence.backtest))
    if evidence.slices:
        parts.append(groups.slices(evidence))
    if evidence.fairness:
        parts.append(groups.fairness(evidence, settings.report.capacity))
    parts += [groups.drivers(evidence.importance), _facts(evidence)]
    parts.append(section("How to read this", f"<p>{escape(_METHOD)}</p>"))
    return sheet(f"Regulars: {TITLES.get(evidence.model.task, evidence.model.task)}", parts)


def _opening(evidence: Evidence) -> str:
    verdict = evidence.judgement.verdict.replace("_", " ")
    said = f"{verdict[0].upper()}{verdict[1:]}."
    origin = f"Written {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    if as_of := str(evidence.facts.get("as_of", "")):
        origin = f"Data up to {as_of[:16].replace('T', ' ')} UTC, {origin[0].lower()}{origin[1:]}"
    if evidence.model.version != "unregistered":
        origin = f"Version {evidence.model.version}. {origin}"
    return opening(TITLES.get(evidence.model.task, evidence.model.task), said, origin)


def _money(evidence: Evidence, settings: Settings) -> str:
    economics, currency = evidence.economics, settings.source.currency
    if economics is None:
        return ""
    header = (
        "contacted",
        "customers",
        "leavers reached",
        "of all leavers",
        "precision",
        "lift",
        "profit",
        BEST_RULE,
    )
    rows = "".join(map(_capacity, evidence.capacities))
    return section(
        "What does contacting them earn?",
        note(_assumptions(economics, currency)),
        table(header, rows, numbers=header),
        note(
            f"Profit in {currency}, beside that of the rule that earns most at the capacity; all of them below."
        ),
        charts.profit(evidence.judgement, economics, settings.report.capacity, currency),
    )


def _assumptions(economics: Economics, currency: str) -> str:
    origin = "what customers spent in one horizon on average, turnover for want of [report] value_saved"
    value = f"{economics.value_saved:,.2f} {currency}" + (f" ({origin})" if economics.is_turnover else "")
    return (
        f"Assumed: {economics.save_rate:.0%} of the leavers who are contacted stay, each worth {value}; a contact "
        f"costs {economics.contact_cost:,.2f} {currency}, and pays from a probability of {economics.break_even:.1%}. "
        "Set them in [report]; what a campaign really keeps, only a held-out group can tell."
    )


def _capacity(one: AtCapacity) -> str:
    low, high = one.precision.low, one.precision.high
    precision = f'{one.precision.estimate:.0%} <span class="interval">[{low:.0%}, {high:.0%}]</span>'
    profit = f'{one.profit.estimate:,.0f} <span class="interval">{merit.span(one.profit, 0)}</span>'
    cells = [f"{one.share:.0%}", f"{one.contacts:,}", f"{one.reached:,}", f"{one.recall:.0%}", precision]
    cells += [f"{one.lift:.1f}", profit, _best_rule(one)]
    return "<tr>" + "".join(f'<td class="number">{cell}</td>' for cell in cells) + "</tr>"


def _best_rule(one: AtCapacity) -> str:
    if not one.baselines:
        return merit.NOTHING
    name = max(one.baselines, key=lambda each: one.baselines[each])
    return f'{one.baselines[name]:,.0f} <span class="interval">{escape(name.replace("_", " "))}</span>'


def _backtest(found: Backtest) -> str:
    names = ("", *(f"{name}_" for name in found.baselines))
    keys = [key for key in (*merit.BINARY, *merit.SEVERAL) if key in found.origins[0].figures]
    rows = ""
    for name, prefix in zip(("model", *found.baselines), names, strict=True):
        spreads = [found.spread(prefix + key) for key in dict.fromkeys(keys)]
        cells = "".join(
            f'<td class="number">{one.mean:.3f} <span class="interval">{_deviation(one)}</span></td>'
            for one in spreads
        )
        own = ' class="own"' if not prefix else ""
        rows += f"<tr{own}><td>{escape(name.replace('_', ' '))}</td>{cells}</tr>"
    header = ("", *(merit.NAMES[key] for key in dict.fromkeys(keys)))
    return section(
        "At every past cutoff",
        f"<p>{escape(found.verdict.replace('_', ' '))}.</p>",
        charts.origins(found),
        table(header, rows, numbers=header[1:]),
        note(f"Mean and standard deviation over {len(found.origins)} origins."),
    )


def _deviation(one: Spread) -> str:
    return "" if math.isnan(one.deviation) else f"± {one.deviation:.3f}"


def _facts(evidence: Evidence) -> str:
    rows = "".join(
        f"<dt>{escape(name.replace('_', ' '))}</dt><dd>{escape(str(value))}</dd>"
        for name, value in evidence.facts.items()
    )
    return section("Data and training", f'<dl class="facts">{rows}</dl>')
