"""A report as one HTML page that needs nothing else: no script, no other file, no other host."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from string import Template

_TEMPLATE = Path(__file__).parent / "sheet.html"


def sheet(title: str, parts: Sequence[str]) -> str:
    """The page as text: the style, a title, and the parts of its body one below the other."""
    text = Template(_TEMPLATE.read_text(encoding="utf-8"))
    return text.substitute(title=escape(title), body="\n".join(parts))


def opening(subject: str, verdict: str, origin: str) -> str:
    """What the page is about, its verdict in large letters, and where it is from."""
    return (
        f'<header><h1>Regulars · {escape(subject)}</h1><p class="verdict">{escape(verdict)}</p>'
        f'<p class="origin">{escape(origin)}</p></header>'
    )


def section(title: str, *parts: str) -> str:
    """A card with a heading."""
    return f"<section><h2>{escape(title)}</h2>{''.join(parts)}</section>"


def pair(*sections: str) -> str:
    """Cards beside each other where there is room."""
    return f'<div class="pair">{"".join(sections)}</div>'


def note(text: str) -> str:
    """A remark in soft letters."""
    return f'<p class="note">{escape(text)}</p>'


def figures(known: Sequence[tuple[str, str]]) -> str:
    """The numbers to take away, each with its name."""
    cells = "".join(
        f"<div><b>{escape(number)}</b><span>{escape(name)}</span></div>" for number, name in known
    )
    return f'<section class="figures">{cells}</section>'


def table(names: Sequence[str], rows: str, numbers: Sequence[str] = ()) -> str:
    """A table of ready-made rows; columns of numbers are right-aligned."""
    head = "".join(f"<th{' class=number' if name in numbers else ''}>{escape(name)}</th>" for name in names)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
