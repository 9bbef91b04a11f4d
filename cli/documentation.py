"""The page `docs/commands.md`, generated from the commands themselves so that the two cannot differ."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import click

from cli.answers import ANSWERS
from cli.answers.answer import Answer, Keys
from cli.main import VERBS, regulars

_OPENING = """\
# Commands

Generated from `cli/`; do not edit by hand.

Every command keeps to the same few rules, so that it can be put into a script or a schedule as it is.

- The answer goes to **standard output**: a table for people, or one JSON object with `--json`, and nothing else.
- Progress, hints, warnings and errors go to **standard error**: a bar on a terminal, else one line for each step.
  `regulars --quiet` (`-q`) silences progress and hints, not warnings and errors.
- A failure is one line, `error: ...`, that says what would mend it. With `--json` standard output then holds
  `{"error": "..."}`, so a program always finds an object there, unless the usage was wrong (exit code 2).
  `validate` answers with its report, errors included.
- What is there is replaced in one go, once the new is complete; a command that fails leaves the last good output.

| exit code | meaning |
|---|---|
| 0 | done; also where the reader of the output has gone (`... \\| head`) |
| 1 | it failed, `validate` found an error, or a check of `audit` failed |
| 2 | wrong usage: an unknown option or word, a number out of range, a file that is not there |
| 3 | of `monitor`: a champion should be trained again |
| 130 | interrupted with Ctrl-C; for `serve`, and for `demo` while it serves, that is the way to end, with 0 |

`regulars VERB --help` says the same in short, with an example.
"""


def commands_markdown() -> str:
    """The whole page, ending in a line break.

    Raises:
        ValueError: a verb has no entry in `ANSWERS`.
    """
    opening = (
        _OPENING + "\n## Of every command\n\nOptions that stand before the verb.\n\n" + _parameters(regulars)
    )
    return opening + "".join(_section(name, command) for name, command in pages())


def pages() -> Iterator[tuple[str, click.Command]]:
    """Each verb, and each verb of a group, as it is typed; in the order of the list of verbs."""
    for verb in VERBS:
        command = regulars.get_command(click.Context(regulars), verb)
        if isinstance(command, click.Group):
            yield from ((f"{verb} {name}", inner) for name, inner in command.commands.items())
        elif command is not None:
            yield verb, command


def _section(name: str, command: click.Command) -> str:
    if name not in ANSWERS:
        raise ValueError(f"verb {name!r} has no answer; add it to ANSWERS")
    answer = ANSWERS[name]
    usage = " ".join(["regulars", name, *command.collect_usage_pieces(click.Context(command))])
    parts = [
        f"\n## regulars {name}\n",
        inspect.cleandoc(command.help or "") + "\n",
        f"```text\n{usage}\n```\n",
        _parameters(command),
        f"**Prints.** {answer.prints}\n",
        f"**On disk.** {answer.writes}\n",
        *_documents(answer),
    ]
    return "\n".join(part for part in parts if part)


def _documents(answer: Answer) -> Iterator[str]:
    for options, keys in answer.documents.items():
        asked = f"`{options} ... --json`" if options else "`--json`"
        yield f"**With {asked}:**\n\n| key | meaning |\n|---|---|\n" + _rows(keys)


def _rows(keys: Keys) -> str:
    return "".join(f"| `{key}` | {meaning} |\n" for key, meaning in keys.items())


def _parameters(command: click.Command) -> str:
    """A table of the options; arguments are in the usage and the text."""
    options = [one for one in command.params if isinstance(one, click.Option) and one.help]
    rows = "".join(f"| {_names(one)} | {_values(one)} | {_default(one)} | {one.help} |\n" for one in options)
    return f"| option | values | default | meaning |\n|---|---|---|---|\n{rows}" if rows else ""


def _names(option: click.Option) -> str:
    return ", ".join(f"`{name}`" for name in option.opts)


def _values(option: click.Option) -> str:
    """What an option takes, in a reader's words."""
    kind = option.type
    if option.is_flag:
        return ""
    if isinstance(kind, click.Choice):
        return ", ".join(f"`{word}`" for word in kind.choices)
    if isinstance(kind, click.IntRange | click.FloatRange):
        return _range("whole number" if isinstance(kind, click.IntRange) else "number", kind)
    if isinstance(kind, click.Path):
        return "folder" if not kind.file_okay else "file"
    return "text"


def _range(words: str, kind: Any) -> str:
    bounds = [
        f"{word} {bound}" for word, bound in (("from", kind.min), ("to", kind.max)) if bound is not None
    ]
    return " ".join([words, *bounds])


def _default(option: click.Option) -> str:
    return f"`{option.default}`" if option.show_default else ""
