"""A text cut into what a word list is asked about: words, emoji, emoticons and the ends of clauses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from features.sentiment.spelling import normalise

WORD, RUN, SIGN, BOUNDARY = "word", "run", "sign", "boundary"

_UNSPACED = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Kana, Han
)
_MARKS = "".join(re.escape(chr(c)) for c in range(0x300, 0xFE30) if unicodedata.category(chr(c))[0] == "M")
_TOKEN = re.compile(
    rf"""
    (?P<skip> https?://\S+ | www\.\S+ | [@]\w+ | </?[a-z][^<>]{{0,300}}> | &\#?\w{{1,8}}; )
  | (?P<face> [:;=]'?[-^]?(?:[)(\]\[/\\|*]+ | [dp3o](?!\w)) | </?3+ | \^_?\^ | -_+- | (?<!\w)xd+(?!\w) )
  | (?P<smile> \){{2,}} | \({{2,}} )
  | (?P<grade> \d{{1,2}}/\d{{1,2}}(?![\d/]) )
  | (?P<run> [{_UNSPACED}]+ )
  | (?P<word> (?:(?![{_UNSPACED}_])[\w{_MARKS}])+ (?:'(?:(?![{_UNSPACED}_])[\w{_MARKS}])+)* )
  | (?P<boundary> [.,;:!?…()\[\]{{}}。、؟،؛।\n] )
  | (?P<sign> [^\s\w\x00-\x7f] )
    """,
    re.VERBOSE,
)
_UNSPACED_LETTER = re.compile(f"[{_UNSPACED}]")
_NOSE = re.compile(r"[-^](?=.)")


def pieces(text: str) -> list[str]:
    r"""Return the text's pieces between spaces, normalised; the end of a line is a piece of its own.

    >>> pieces("Great!  Fast\ndelivery")
    ['great!', 'fast', '\n', 'delivery', '\n']
    """
    return [piece for line in normalise(text).splitlines() for piece in (*line.split(), "\n")]


def unspaced(word: str) -> bool:
    """Return whether a word begins with a letter of a script that puts no space between words."""
    return _UNSPACED_LETTER.match(word) is not None


def cut(piece: str) -> Iterator[tuple[str, str]]:
    """Yield (kind, token) for each token of a normalised piece; addresses, mentions and markup are left out.

    Emoticons come in one spelling: `:-)))` and `=)` as `:)`.

    >>> list(cut("don't!:-))"))
    [('word', "don't"), ('boundary', '!'), ('sign', ':)')]
    """
    for match in _TOKEN.finditer(piece):
        kind, token = match.lastgroup, match.group()
        if kind == "face":
            yield SIGN, _face(token)
        elif kind == "smile":
            yield SIGN, token[:2]
        elif kind == "grade":
            yield WORD, token
        elif kind is not None and kind != "skip":
            yield kind, token


def _face(token: str) -> str:
    if token[0] not in ":;=":
        return token.replace("33", "3")
    eyes, rest = token[0].replace("=", ":"), _NOSE.sub("", token[1:])
    mouth = rest.lstrip("'")[:1].replace("*", "x")  # an asterisk ends stems in lists
    return eyes + "'" * rest.startswith("'") + mouth
