"""Personal data in a customer's own words, replaced before the words are shown to people.

E-mail addresses, telephone numbers, payment cards, IBANs and what follows the `?` of a link become labels such as
`[email]`. Cards and IBANs are told by their check digits, telephone numbers by their form, so that order numbers,
prices and dates stay readable. Names are not found: a quote is masked, it is not anonymous.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

EMAIL, PHONE, CARD, IBAN, LINK = "[email]", "[phone]", "[card]", "[iban]", "[link]"

_DASHES = r"\-\u2010\u2011\u2012\u2013\u2212"
_SPACES = r" \t\u00a0\u2007\u2009\u202f"
_GAP = f"[{_SPACES}{_DASHES}.]"

_BEFORE, _AFTER = r"(?<![A-Za-z0-9_+#])", r"(?![A-Za-z0-9_])"

_QUERY = re.compile(r"((?:https?://|www\.)[^\s?#<>\"']{0,500})[?#][^\s<>\"']+", re.IGNORECASE)
_EMAIL = re.compile(
    r"(?<![\w.+-])[\w.+%'-]{1,64}\s?(?:[@\uff20]|\[at\]|\(at\))\s?"
    r"(?:[\w-]{1,63}(?:\.|\s?\[dot\]\s?|\s?\(dot\)\s?)){1,8}[^\W\d_]{2,24}\b",
    re.IGNORECASE,
)
_IBAN_GAP = re.compile(f"[{_SPACES}{_DASHES}]")
_IBAN = re.compile(rf"{_BEFORE}[A-Za-z]{{2}}\d{{2}}(?:{_IBAN_GAP.pattern}?[A-Za-z0-9]){{11,30}}{_AFTER}")
_CARD = re.compile(rf"(?<![A-Za-z0-9.,])\d(?:{_GAP}?\d){{12,18}}(?!\d)")
_ALONE, _ENDS = rf"{_BEFORE}(?<![.,/{_DASHES}])", rf"(?![{_DASHES}/]){_AFTER}"
_PHONES = (
    # with the country's code: +40 721 123 456, 0049 (0)170/1234567
    rf"{_BEFORE}(?:\+|00(?!0))[{_SPACES}]?\d{{1,3}}(?:[{_SPACES}{_DASHES}./]{{0,2}}\(?\d{{1,4}}\)?){{2,6}}{_AFTER}",
    # with a leading zero: 0721 123 456, (0721) 123-456, 06 12 34 56 78
    rf"{_ALONE}\(?0(?!0)[{_SPACES}]?\d{{1,4}}\)?(?:[{_SPACES}{_DASHES}./]{{0,2}}\d{{2,4}}){{2,4}}{_ENDS}",
    # North America: 555-123-4567, (555) 123-4567
    rf"{_ALONE}(?:1[{_SPACES}{_DASHES}.]?)?(?:\(\d{{3}}\)[{_SPACES}]?|\d{{3}}{_GAP})\d{{3}}{_GAP}\d{{4}}{_ENDS}",
    # mobile numbers without a leading zero: China, Russia, India, Brazil, Poland and Iberia, Turkey
    rf"{_ALONE}(?<!\d )(?:1[3-9]\d{{9}}|8[ -]?\(?9\d{{2}}\)?(?:[ -]?\d){{7}}|[6-9]\d{{4}}[ -]?\d{{5}}"
    r"|\(?[1-9]\d\)? ?9\d{4}[ -]?\d{4}|[5-9]\d{2}[ -]\d{3}[ -]\d{3}|[67]\d{2}(?:[ -]\d{2}){3}"
    rf"|5\d{{2}}[ -]\d{{3}}[ -]\d{{2}}[ -]\d{{2}}){_ENDS}",
)
_PHONE = tuple(re.compile(pattern) for pattern in _PHONES)
_AMOUNT = re.compile(r"\d{1,3}(?: \d{3})* 000")
_DATE = re.compile(r"(?:0?[1-9]|[12]\d|3[01])[./-](?:0?[1-9]|1[0-2])[./-](?:19|20)\d{2}")
_PHONE_DIGITS = (8, 15)
_CARD_LENGTHS = {2: (16,), 3: (14, 15, 16), 4: (13, 16, 19), 5: (16,), 6: (16, 17, 18, 19)}


def mask(text: str) -> str:
    """Return the text with personal data replaced by labels; never fails, whatever it holds.

    >>> mask("Order 48213 came broken. Write to ana.pop@example.ro or call +40 721 123 456!")
    'Order 48213 came broken. Write to [email] or call [phone]!'
    """
    text = _EMAIL.sub(EMAIL, _QUERY.sub(rf"\1?{LINK}", text))
    numbers = _plain_digits(text)
    masked = _replace(_CARD, CARD, _is_card, _IBAN.sub(_without_iban, numbers))
    for pattern in _PHONE:
        masked = _replace(pattern, PHONE, _is_phone, masked)
    return text if masked == numbers else masked


def _replace(pattern: re.Pattern[str], label: str, holds: Callable[[str], bool], text: str) -> str:
    return pattern.sub(lambda match: label if holds(match.group()) else match.group(), text)


def _plain_digits(text: str) -> str:
    """Digits of other scripts as 0 to 9, so that they are found too."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(char, char)) if not char.isascii() else char for char in text)


def _digits(found: str) -> list[int]:
    return [int(char) for char in found if char.isdecimal()]


def _is_card(found: str) -> bool:
    """Whether first digit and length are a card's, and the check digit of Luhn (ISO/IEC 7812-1) fits."""
    digits = _digits(found)
    if len(digits) not in _CARD_LENGTHS.get(digits[0], ()):
        return False
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(doubled) + sum(digits[-1::-2])) % 10 == 0


def _without_iban(match: re.Match[str]) -> str:
    """The label in place of the longest beginning that is an IBAN; words after it may have been taken along."""
    found = match.group()
    ends = [len(found), *(gap.start() for gap in reversed(list(_IBAN_GAP.finditer(found))))]
    end = next((end for end in ends if _is_iban(found[:end])), None)
    return found if end is None else IBAN + found[end:]


def _is_iban(found: str) -> bool:
    """Whether the check digits of ISO 13616 fit: moved to the end, the whole is 1 modulo 97."""
    letters = [char.upper() for char in found if char.isalnum()]
    if not 15 <= len(letters) <= 34:
        return False
    return int("".join(str(int(char, 36)) for char in letters[4:] + letters[:4])) % 97 == 1


def _is_phone(found: str) -> bool:
    fewest, most = _PHONE_DIGITS
    if _DATE.search(found) or _AMOUNT.fullmatch(found):
        return False
    return fewest <= len(_digits(found)) <= most
