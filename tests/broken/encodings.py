"""Text in other encodings, and bytes that are no text."""

from __future__ import annotations

from tests.broken.delivery import Damage, Delivery, Outcome, kind_in
from tests.broken.good import ROWS

KINDS: list[Damage] = []

UMLAUTS = "Jörg Müller"
ENCODINGS: dict[str, tuple[str, str]] = {
    "cp1252": ("cp1252", UMLAUTS),
    "latin_1": ("latin-1", "Ærøskøbing"),
    "latin_9_with_a_euro_sign": ("iso-8859-15", "zehn €"),
    "cp1250": ("cp1250", "Škoda Wałęsa"),
    "cp1251": ("cp1251", "Привет"),
    "cp437": ("cp437", "Zürich"),
    "mac_roman": ("mac-roman", "Málaga"),
    "shift_jis": ("shift_jis", "東京"),
    "gb18030": ("gb18030", "北京"),
    "big5": ("big5", "台北"),
    "euc_kr": ("euc-kr", "서울"),
    "utf_16_with_mark": ("utf-16", UMLAUTS),
    "utf_16_little_endian": ("utf-16-le", UMLAUTS),
    "utf_16_big_endian": ("utf-16-be", UMLAUTS),
    "utf_32_with_mark": ("utf-32", UMLAUTS),
    "utf_32_little_endian": ("utf-32-le", UMLAUTS),
    "utf_7": ("utf-7", UMLAUTS),
    "ebcdic": ("cp500", "Zurich"),
}
BYTES: dict[str, bytes] = {
    "one_invalid_byte": b"caf\xff",
    "byte_of_another_encoding": b"caf\xe9",
    "overlong_sequence": b"\xc0\xaf",
    "half_a_character": b"caf\xc3",
    "surrogate": b"\xed\xa0\x80",
    "beyond_unicode": b"\xf5\x80\x80\x80",
    "continuation_alone": b"\x80",
}
CHARACTERS: dict[str, tuple[str, Outcome]] = {
    "zero_byte": ("a\0b", "either"),
    "only_zero_bytes": ("\0\0\0", "either"),
    "end_of_file_mark": ("a\x1ab", "either"),
    "escape_sequence": ("\x1b[31mred", "either"),
    "bell": ("a\ab", "either"),
    "vertical_tab": ("a\vb", "either"),
    "form_feed": ("a\fb", "either"),
    "next_line": ("a\x85b", "either"),
    "line_separator": ("a\u2028b", "either"),
    "paragraph_separator": ("a\u2029b", "either"),
    "byte_order_mark_inside": ("a\ufeffb", "either"),
    "replacement_character": ("M\ufffdller", "harmless"),
    "twice_encoded": ("JÃ¶rg", "harmless"),
    "decomposed_umlaut": ("Jo\u0308rg", "harmless"),
    "emoji": ("\U0001f9e6", "harmless"),
    "private_use": ("\ue000", "either"),
    "noncharacter": ("\uffff", "either"),
}


def _in_encoding(name: str, encoding: str, sample: str) -> Damage:
    def act(delivery: Delivery) -> None:
        delivery.edit(delivery.text_column(), sample)
        delivery.csv(delivery.text.encode(encoding))

    return Damage(f"in_{name}", "either", act)


def _with_bytes(name: str, content: bytes) -> Damage:
    def act(delivery: Delivery) -> None:
        delivery.edit(delivery.text_column(), "PLACE")
        delivery.csv(delivery.text.encode().replace(b"PLACE", content), rows_in=ROWS)

    return Damage(name, "either", act)


def _with_characters(name: str, sample: str, outcome: Outcome) -> Damage:
    return Damage(name, outcome, lambda delivery: delivery.edit(delivery.text_column(), sample))


KINDS += [_in_encoding(name, *how) for name, how in ENCODINGS.items()]
KINDS += [_with_bytes(name, content) for name, content in BYTES.items()]
KINDS += [_with_characters(name, *how) for name, how in CHARACTERS.items()]


@kind_in(KINDS, "harmless")
def byte_order_mark(delivery: Delivery) -> None:
    delivery.csv(b"\xef\xbb\xbf" + delivery.text.encode(), rows_in=ROWS)


@kind_in(KINDS, "either")
def two_byte_order_marks(delivery: Delivery) -> None:
    delivery.csv(b"\xef\xbb\xbf" * 2 + delivery.text.encode())


@kind_in(KINDS, "either")
def byte_order_mark_of_utf_16_before_utf_8(delivery: Delivery) -> None:
    delivery.csv(b"\xff\xfe" + delivery.text.encode())


@kind_in(KINDS, "either")
def every_line_in_another_encoding(delivery: Delivery) -> None:
    delivery.edit_all(delivery.text_column(), *(f"Müller {number}" for number in range(ROWS)))
    lines = delivery.text.splitlines(keepends=True)
    encodings = ("utf-8", "cp1252", "utf-8", "cp850")
    delivery.csv(b"".join(line.encode(encodings[number % 4]) for number, line in enumerate(lines)), ROWS)


@kind_in(KINDS, "either")
def zero_bytes_at_the_end(delivery: Delivery) -> None:
    delivery.csv(delivery.text.encode() + bytes(512))


@kind_in(KINDS, "either")
def zero_bytes_between_lines(delivery: Delivery) -> None:
    delivery.csv(delivery.text.encode().replace(b"\n", b"\n\0", 4))


@kind_in(KINDS, "either")
def last_character_cut_in_two(delivery: Delivery) -> None:
    delivery.csv(delivery.text.encode().rstrip() + b"\xc3")


@kind_in(KINDS, "either")
def invalid_byte_in_the_header(delivery: Delivery) -> None:
    delivery.csv(delivery.text.encode().replace(b"_", b"\xff", 1))


@kind_in(KINDS, "said")
def unknown_encoding_in_the_settings(delivery: Delivery) -> None:
    delivery.setting(encoding="klingon")


@kind_in(KINDS, "either")
def utf_16_in_the_settings_of_a_file_in_utf_8(delivery: Delivery) -> None:
    delivery.setting(encoding="utf-16")
    delivery.rows_in = None


@kind_in(KINDS, "either")
def ascii_in_the_settings_of_a_file_with_umlauts(delivery: Delivery) -> None:
    delivery.setting(encoding="ascii")
    delivery.edit(delivery.text_column(), UMLAUTS)


@kind_in(KINDS, "either")
def cp1252_in_the_settings_and_in_the_file(delivery: Delivery) -> None:
    delivery.setting(encoding="cp1252")
    delivery.edit(delivery.text_column(), UMLAUTS)
    delivery.csv(delivery.text.encode("cp1252"), rows_in=ROWS)


@kind_in(KINDS, "said")
def encoding_that_is_no_text(delivery: Delivery) -> None:
    delivery.setting(encoding="base64")
