"""The pictures of the readiness report, each an SVG with its caption."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from html import escape

import numpy as np
from numpy.typing import NDArray

from training.readiness.assess import CHURN, Readiness
from training.readiness.chart import HEIGHT, WIDE, Chart, nice_ticks, short_number
from training.readiness.gaps import LONG_DAYS
from training.readiness.series import WEEK

MOST_GAP_BARS = 45
SALES_HEIGHT = 170
HARDLY_OPEN = 0.005


def figure(chart: Chart, caption: str) -> str:
    """A chart with what there is to see in it."""
    return f"<figure>{chart.svg()}<figcaption>{escape(caption)}</figcaption></figure>"


def history(readiness: Readiness, minor_digits: int, currency: str) -> str:
    """Weekly order lines and sales, with missing days, changes of level and the newest outcome window."""
    weeks = readiness.weeks
    if len(weeks) < 2:
        return f"<p>{len(readiness.days)} days of sales are too few for a picture.</p>"
    sales = weeks.sales / 10**minor_digits
    lines = _weekly(readiness, weeks.lines, "Order lines a week", HEIGHT)
    money = _weekly(readiness, sales, f"Sales a week, {currency}", SALES_HEIGHT)
    return (
        f"<h3>Order lines a week</h3>{figure(lines, _history_caption(readiness))}"
        f"<h3>Sales a week, {escape(currency)}</h3>{figure(money, 'Net amounts of whole weeks, returns taken off.')}"
    )


def _weekly(readiness: Readiness, values: NDArray[np.float64], title: str, height: int) -> Chart:
    weeks, origin = readiness.weeks, readiness.days.first
    starts = [(weeks.start(week) - origin).days for week in range(len(weeks))]
    ticks = nice_ticks(float(values.max()))
    chart = Chart(title, (0, len(readiness.days)), ticks[-1], WIDE, height)
    chart.grid([(tick, short_number(tick)) for tick in ticks])
    _mark_events(chart, readiness, origin)
    middle = [(start + WEEK / 2, max(float(value), 0)) for start, value in zip(starts, values, strict=True)]
    return chart.line(middle, area=True).labels(months(origin, len(readiness.days)))


def _mark_events(chart: Chart, readiness: Readiness, origin: date) -> None:
    task = readiness.tasks[CHURN]
    if task.cutoff is not None and task.horizon_days is not None:
        since = (task.cutoff.date() - origin).days
        chart.band(since, min(since + task.horizon_days, chart.x[1]), "newest outcomes", "outcome")
    for gap in readiness.gaps:
        if gap.days >= LONG_DAYS:
            chart.band((gap.first - origin).days, (gap.last - origin).days + 1, "no lines")
    for change in readiness.level_changes:
        chart.rule((change.day - origin).days, f"{change.factor:.2g} times")


def _history_caption(readiness: Readiness) -> str:
    task = readiness.tasks[CHURN]
    text = f"{readiness.history_days:,} days of history"
    if task.horizon_days:
        times = readiness.history_days / task.horizon_days
        text += f", {times:.1f} times the horizon of {task.horizon_days} days; eight times are recommended"
    if holidays := sum(gap.days < LONG_DAYS for gap in readiness.gaps):
        text += f"; holidays and other gaps of less than a week, {holidays} of them, are not drawn"
    return text + "."


def months(first: date, days: int) -> list[tuple[float, str]]:
    """Ticks at the beginnings of months, with the year in January and at the first of them."""
    ticks: list[tuple[float, str]] = []
    day = first.replace(day=1)
    while (day - first).days < days:
        place = (day - first).days
        if place >= 0:
            ticks.append((place, f"{day:%b %Y}" if day.month == 1 or not ticks else f"{day:%b}"))
        day = (day + timedelta(days=32)).replace(day=1)
    return ticks


def churn_over_time(readiness: Readiness) -> str:
    """The share of churners at cutoffs a horizon apart."""
    series = readiness.churn.series
    if len(series) < 2:
        return "<p>With fewer than two cutoffs there is nothing to draw.</p>"
    first: datetime = series[0].cutoff
    days = [(one.cutoff - first).total_seconds() / 86_400 for one in series]
    points = [(day, one.share) for day, one in zip(days, series, strict=True)]
    ticks = nice_ticks(max(one.share for one in series))
    edge = max(days[-1] * 0.03, 1)
    chart = Chart("Share of churners over time", (-edge, days[-1] + edge), ticks[-1])
    chart.grid([(tick, f"{tick:.0%}") for tick in ticks]).line(points).dots(points)
    chart.labels([(day, f"{one.cutoff:%b %Y}") for day, one in zip(days, series, strict=True)])
    newest, least = series[-1], min(one.population for one in series)
    most = max(one.population for one in series)
    return figure(
        chart,
        f"At each cutoff {least:,} to {most:,} customers; at the newest {newest.churners:,} of"
        f" {newest.population:,} left ({newest.share:.1%}).",
    )


def cadence(readiness: Readiness) -> str:
    """Days between order days, and the horizon among them."""
    found, horizon = readiness.cadence, readiness.tasks[CHURN].horizon_days
    if not found.gaps:
        return "<p>No customer ordered on two days.</p>"
    longest = max(round(2.5 * found.gap_days["p90"]), round(1.2 * (horizon or 0)), 14)
    width = max(1, -(-longest // MOST_GAP_BARS))
    counts = np.zeros(longest // width + 1)
    for gap, count in found.histogram:
        if gap <= longest:
            counts[(gap - 1) // width] += count
    shares = counts / found.gaps
    ticks = nice_ticks(float(shares.max()))
    chart = Chart("Days between the orders of a customer", (0, len(counts) * width), ticks[-1])
    chart.grid([(tick, f"{tick:.0%}") for tick in ticks])
    chart.bars([(number * width, (number + 1) * width, share) for number, share in enumerate(shares)])
    chart.labels([(tick, f"{tick:.0f}") for tick in nice_ticks(longest, 8) if tick <= longest])
    if horizon is not None:
        chart.rule(horizon, f"horizon {horizon} days")
    beyond = 1 - found.covered(longest)
    middle = found.gap_days["p50"]
    said = f"Half of all gaps are {middle:.0f} days or fewer"
    if readiness.within_horizon is not None:
        said += f"; the horizon covers {readiness.within_horizon:.0%} of them"
    return figure(chart, f"{said}. {beyond:.1%} of the gaps are longer than the picture.")


def orders_per_customer(readiness: Readiness) -> str:
    """Customers by number of orders."""
    people = readiness.people
    if not people.customers:
        return "<p>No customer has an order.</p>"
    counts = list(people.orders_per_customer.values())
    ticks = nice_ticks(max(counts) / people.customers)
    chart = Chart("Orders per customer", (0, len(counts)), ticks[-1])
    chart.grid([(tick, f"{tick:.0%}") for tick in ticks])
    chart.bars([(place + 0.1, place + 0.9, count / people.customers) for place, count in enumerate(counts)])
    chart.labels([(place + 0.5, name) for place, name in enumerate(people.orders_per_customer)])
    once = people.one_order / people.customers
    return figure(
        chart,
        f"{people.orders:,} orders of {people.customers:,} customers; {once:.0%} ordered once,"
        f" the middle one {people.orders_per_customer_median:.0f} times.",
    )


def weekdays(readiness: Readiness) -> str:
    """Order lines by day of the week."""
    days = readiness.days
    if not len(days) or not days.lines.sum():
        return "<p>There is no line to draw.</p>"
    shares = np.bincount(days.weekday, days.lines, minlength=WEEK) / days.lines.sum()
    ticks = nice_ticks(float(shares.max()))
    chart = Chart("Order lines by day of the week", (0, WEEK), ticks[-1])
    chart.grid([(tick, f"{tick:.0%}") for tick in ticks])
    chart.bars([(place + 0.1, place + 0.9, share) for place, share in enumerate(shares)])
    names = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    chart.labels([(place + 0.5, name) for place, name in enumerate(names)])
    closed = [name for name, share in zip(names, shares, strict=True) if share < HARDLY_OPEN]
    said = (
        f"Hardly a line on {', '.join(closed)}; that is no gap." if closed else "Open every day of the week."
    )
    return figure(chart, said)


def meters(rows: Sequence[tuple[str, float, str]]) -> str:
    """Bars of shares between 0 and 1, each with a name and a text."""
    cells = "".join(
        f'<span>{escape(name)}</span><div class="track" aria-hidden="true"><i class="bar-plain"'
        f' style="width:{100 * min(max(share, 0), 1):.1f}%"></i></div><span>{escape(text)}</span>'
        for name, share, text in rows
    )
    return f'<div class="rows">{cells}</div>'
