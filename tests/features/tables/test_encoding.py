from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.tables.encoding import (
    check_utf_8,
    encoding_of,
    likely_encoding,
    transcode,
    undecodable_lines,
)
from features.tables.formats import Format, FormatError


def transcoded(content, encoding, returns=False):
    target = io.BytesIO()
    transcode(io.BytesIO(content), target, encoding, returns=returns)
    return target.getvalue()


@pytest.mark.parametrize("name", ["klingon", "base64", "rot13", "undefined", "hex", "", "a\0b"])
def test_an_encoding_that_is_none_of_text_is_refused(tmp_path, name):
    (tmp_path / "t.csv").write_text("a")
    with pytest.raises(
        FormatError, match=r"encoding of \[tables.visits\] or \[source\] is .*, which is no text encoding"
    ):
        encoding_of(tmp_path / "t.csv", Format("visits", encoding=name))


@pytest.mark.parametrize("encoding", ["utf-16-le", "cp1252", "shift_jis", "utf-8", "cp500", "utf-7"])
@pytest.mark.parametrize("characters", ["é\n", "a"])
def test_text_is_the_same_in_utf_8_wherever_a_piece_ends(monkeypatch, encoding, characters):
    monkeypatch.setattr("features.tables.encoding._CHUNK", 3)
    text = (characters if encoding != "shift_jis" else "東\n") * 9
    assert transcoded(text.encode(encoding), encoding) == text.encode()


@given(
    st.binary(max_size=40), st.sampled_from(["ascii", "cp1252", "shift_jis", "utf-16-le", "utf-7", "utf-8"])
)
def test_bytes_that_cannot_be_decoded_are_never_text(content, encoding):
    try:
        expected = content.decode(encoding).encode()
    except UnicodeError:
        expected = None
    found = transcoded(content, encoding)
    assert found == expected or (expected is None and b"\xff" in found)


def test_a_return_alone_becomes_a_line_feed():
    assert transcoded(b"a\rb\r", "utf-8", returns=True) == b"a\nb\n"


def test_undecodable_lines_are_counted_and_the_first_is_named(tmp_path):
    (tmp_path / "t.csv").write_bytes(b"a\n\xe9\xe9 x \xe9\n\xc3\xa9\nb\xff")
    found = undecodable_lines(tmp_path / "t.csv")
    assert (found.lines, found.bad, found.first, found.sample) == (4, 2, 2, b"\xe9\xe9 x \xe9\nb\xff")


@pytest.mark.parametrize("chunk", [1, 5, 64])
def test_lines_are_counted_wherever_a_piece_ends(tmp_path, monkeypatch, chunk):
    (tmp_path / "t.csv").write_bytes(b"abc\n\xe9\n" * 40)
    monkeypatch.setattr("features.tables.encoding._CHUNK", chunk)
    found = undecodable_lines(tmp_path / "t.csv")
    assert (found.lines, found.bad, found.first) == (80, 40, 2)


@pytest.mark.parametrize(
    ("bad", "lines", "refused"), [(1, 1, False), (2, 10, True), (2, 300, False), (9, 300, True)]
)
def test_more_than_one_line_and_than_one_in_a_hundred_is_another_encoding(tmp_path, bad, lines, refused):
    (tmp_path / "t.csv").write_bytes(b"caf\xe9\n" * bad + b"x\n" * (lines - bad))
    if not refused:
        check_utf_8(tmp_path / "t.csv", Format("visits"))
        return
    with pytest.raises(
        FormatError, match=rf'{bad} of {lines} lines.*set \[tables.visits\] encoding = "cp1252"'
    ):
        check_utf_8(tmp_path / "t.csv", Format("visits"))


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Müller, Café Ærøskøbing, niño - 5 €", "cp1252"),
        ("Wałęsa, Łódź, żółć", "cp1250"),
        ("Привет, мир", "cp1251"),
    ],
)
def test_the_bytes_tell_the_likely_encoding(text, encoding):
    assert likely_encoding(text.encode(encoding)) == encoding


@pytest.mark.parametrize(
    ("mark", "named", "taken"),
    [
        (b"\xff\xfe", "UTF-16", 2),
        (b"\xfe\xff", "UTF-16", 2),
        (b"\xff\xfe\0\0", "UTF-32", 4),
        (b"\0\0\xfe\xff", "UTF-32", 4),
    ],
)
def test_a_mark_of_another_encoding_before_utf_8_is_refused_with_what_mends_it(tmp_path, mark, named, taken):
    (tmp_path / "t.csv").write_bytes(mark + "id,name\n1,Jörg\n".encode())
    message = (
        rf"begins with the byte order mark of {named}, .* probably utf-8;.* its first {taken} bytes, away$"
    )
    with pytest.raises(FormatError, match=message) as caught:
        encoding_of(tmp_path / "t.csv", Format("visits"))
    assert caught.value.finding == "wrong_encoding"


def test_a_mark_before_text_in_an_old_encoding_names_that_too(tmp_path):
    (tmp_path / "t.csv").write_bytes(b"\xff\xfe" + "id,name\n1,Jörg\n".encode("cp1252"))
    with pytest.raises(FormatError, match=r'away and set \[tables.visits\] encoding = "cp1252"'):
        encoding_of(tmp_path / "t.csv", Format("visits"))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "UTF-16LE", "utf-32"])
def test_utf_8_that_the_settings_call_utf_16_is_refused_with_the_line_to_write(tmp_path, encoding):
    (tmp_path / "t.csv").write_bytes("id,name\n1,Jörg\n".encode())
    with pytest.raises(
        FormatError, match=r'is not in it; probably: set \[tables.visits\] encoding = "utf-8"'
    ):
        encoding_of(tmp_path / "t.csv", Format("visits", encoding=encoding))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32", "utf-8-sig"])
@pytest.mark.parametrize("text", ["名,東京\n", "id\n", ""])
def test_text_in_the_encoding_that_is_marked_or_set_is_read(tmp_path, encoding, text):
    (tmp_path / "t.csv").write_bytes(text.encode(encoding))
    encoding_of(tmp_path / "t.csv", Format("visits", encoding=encoding))
