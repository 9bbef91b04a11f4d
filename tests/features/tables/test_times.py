from __future__ import annotations

from datetime import UTC, datetime

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.tables.formats import Format, FormatError
from features.tables.times import check_time_formats, instant_from_text

NOON = datetime(2024, 3, 4, 12, tzinfo=UTC)


def read(text, *formats, timezone="UTC"):
    """Text as seconds since 1970."""
    sql = instant_from_text("v", Format(timezone=timezone, time_formats=formats))
    with duckdb.connect() as connection:
        connection.execute(f"SET TimeZone = '{timezone}'")
        return connection.execute(f"SELECT epoch({sql}) FROM (SELECT ? AS v)", [text]).fetchall()[0][0]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("04/03/2024 12:00", "%d/%m/%Y %H:%M"),
        ("4/3/2024 12:00", "%d/%m/%Y %H:%M"),
        ("03/04/24 12:00 PM", "%m/%d/%y %I:%M %p"),
        ("4. Mar 2024 12h", "%d. %b %Y %Hh"),
        ("04.03.2024 14:00:00 +0200", "%d.%m.%Y %H:%M:%S %z"),
        ("20240304120000", "%Y%m%d%H%M%S"),
        ("1709553600", "epoch_s"),
        ("1709553600.0", "epoch_s"),
        ("1709553600000", "epoch_ms"),
        ("1709553600000000", "epoch_us"),
        ("2024-03-04 12:00", "%d/%m/%Y %H:%M"),
        ("2024-04-03 12:00", "%Y-%d-%m %H:%M"),
    ],
)
def test_a_time_is_read_as_its_format_says_and_iso_8601_beside_it(text, written):
    assert read(text, written) == NOON.timestamp()


def test_formats_are_tried_in_their_order():
    formats = ("%d/%m/%Y", "%d.%m.%y")
    assert read("04/03/2024", *formats) == read("04.03.24", *formats) == NOON.timestamp() - 12 * 3600


def test_a_time_without_a_zone_is_one_of_the_zone_that_is_set():
    assert read("04/03/2024 13:00", "%d/%m/%Y %H:%M", timezone="Europe/Berlin") == NOON.timestamp()


@pytest.mark.parametrize("text", ["04/03/24", "31/02/2024", "04/03/2024 10:00", "", "9" * 40])
def test_what_the_format_does_not_say_is_unreadable(text):
    assert read(text, "%d/%m/%Y") is None
    assert read("9" * 40, "epoch_s") is None


@pytest.mark.parametrize(
    ("formats", "value"),
    [
        (("%d/%m/%Y", "%m/%d/%Y"), "04/03/2024"),
        (("%d.%m.%y", "%y.%m.%d"), "04.03.24"),
        (("epoch_s", "epoch_ms"), "1709528767"),
        (("epoch_s", "%Y%m%d"), "20240304"),
    ],
)
def test_formats_that_read_one_value_differently_are_refused(formats, value):
    with pytest.raises(
        FormatError, match=rf"'{formats[0]}' and '{formats[1]}', which read '{value}' differently"
    ):
        check_time_formats(Format("visits", time_formats=formats))


@pytest.mark.parametrize(
    "formats", [("%d/%m/%Y", "%d/%m/%y"), ("%d/%m/%Y", "%d/%m/%Y %H:%M"), ("epoch_s", "%d.%m.%y")]
)
def test_formats_that_read_different_values_go_together(formats):
    check_time_formats(Format(time_formats=formats))


@pytest.mark.parametrize(
    ("written", "found"), [("%d/%m/%Q", "%Q"), ("%x", "%x"), ("%d %m %Y %", "%"), ("%Y%m%d%Z", "%Z")]
)
def test_an_unknown_directive_is_named(written, found):
    with pytest.raises(FormatError, match=rf"\[tables.visits\].* has '{written}' with '{found}'"):
        check_time_formats(Format("visits", time_formats=(written,)))


@pytest.mark.parametrize("written", ["%H:%M", "%m/%Y", "today", ""])
def test_a_format_names_a_day(written):
    with pytest.raises(FormatError, match=r"which does not name a day"):
        check_time_formats(Format(time_formats=(written,)))


@settings(max_examples=30)
@given(
    st.datetimes(datetime(1971, 1, 1), datetime(2068, 1, 1)),
    st.sampled_from(["%d/%m/%Y", "%b %d, %Y", "%d.%m.%y"]),
)
def test_a_written_day_is_read_again(moment, written):
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC)
    assert read(day.strftime(written), written) == day.timestamp()
