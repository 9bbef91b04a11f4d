"""`regulars mentions`: how the brand is spoken of."""

from __future__ import annotations

from pathlib import Path

import click

from cli.context import as_json, instant, open_workspace, progress_bar, show_json, show_table


@click.command(
    short_help="How the brand is spoken of, by channel and subject.",
    epilog="Example:  regulars mentions --days 30 --quotes 5",
)
@click.option("--days", default=90, show_default=True, type=click.IntRange(1), help="Look back so many days.")
@click.option("--until", help="Date or instant at which the days end; default: the end of the data.")
@click.option("--quotes", default=0, type=click.IntRange(0, 100), help="Show so many of the most negative.")
@as_json
@click.pass_obj
def command(folder: Path, days: int, until: str | None, quotes: int, as_json: bool) -> None:
    """Count brand mentions and say how they sound; quotes come without personal data.

    Mentions count whoever wrote them. Polarity comes with the table or from the champion of sentiment.
    """
    from features.permission import profiling_permit
    from features.sentiment.mentions import mentions
    from features.sentiment.tables import filled_tables
    from features.tables.report import load_report
    from training.sentiment import fill_sentiment

    settings, workspace = open_workspace(folder)
    with progress_bar() as tell:
        fill_sentiment(settings, workspace, progress=tell)
    report = load_report(workspace.tables)
    end = instant(until, settings.source.timezone) or report.as_of
    if end is None:
        raise ValueError("the validated tables hold no order; bring order_lines and run: regulars validate")
    filled = filled_tables(workspace, report.fingerprint)
    file = filled.get("feedback", workspace.tables / "feedback.parquet")
    found = mentions(file, end, days=days, quotes=quotes, permit=profiling_permit(settings, workspace))
    if as_json:
        show_json(found.to_json())
        return
    rows = [
        (
            channel["channel"],
            f"{channel['mentions']:,}",
            f"{channel['negative']:,}",
            f"{channel['positive']:,}",
            "" if channel["polarity"] is None else f"{channel['polarity']:+.2f}",
        )
        for channel in found.channels
    ]
    title = f"Mentions from {found.since:%Y-%m-%d} to {found.until:%Y-%m-%d}"
    show_table(title, ("channel", "mentions", "negative", "positive", "polarity"), rows)
    about = [(name.replace("_", " "), f"{count:,}") for name, count in found.aspects.items() if count]
    if about:
        show_table("Negative ones are about", ("aspect", "mentions"), about)
    if found.quotes:
        quoted = [
            (q["given_at"][:10], q["channel"], f"{q['polarity']:+.2f}", q["text"]) for q in found.quotes
        ]
        show_table("The most negative", ("day", "channel", "polarity", "text"), quoted)
