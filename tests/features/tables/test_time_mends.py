from __future__ import annotations

import pytest

from features.tables.formats import Format
from features.tables.time_mends import time_mend

VISITS = Format("visits")


@pytest.mark.parametrize(
    ("values", "formats"),
    [
        (["01/02/2024", "31/05/2024"], '"%d/%m/%Y"'),
        (["01/02/2024", "05/31/2024"], '"%m/%d/%Y"'),
        (["31.05.2024 10:00", "1.2.2024"], '"%d.%m.%Y %H:%M", "%d.%m.%Y"'),
        (["05/31/24 2:00 PM"], '"%m/%d/%y %I:%M %p"'),
        (["31 May 2024", "1 June 2024"], '"%d %B %Y"'),
        (["31-May-24"], '"%d-%b-%y"'),
        (["20240531"], '"%Y%m%d"'),
        (["2024-05-31 02:00 PM"], '"%Y-%m-%d %I:%M %p"'),
        (["1714557600", "1714557601.5"], '"epoch_s"'),
        (["1714557600123"], '"epoch_ms"'),
        (["1714557600123456"], '"epoch_us"'),
        (["31/05/2024", "01/02/2024", "yesterday"], '"%d/%m/%Y"'),
    ],
)
def test_the_line_to_write_is_told_from_the_values(values, formats):
    assert time_mend(values, VISITS) == f"set [tables.visits] time_formats = [{formats}]"


def test_where_no_value_tells_the_day_both_lines_are_named():
    found = time_mend(["01/02/2024", "03/04/2024 10:00"], VISITS)
    assert found.startswith("no value tells the day from the month or the year, such as 01/02/2024: set ")
    assert 'time_formats = ["%d/%m/%Y", "%d/%m/%Y %H:%M"], or ' in found
    assert found.endswith('time_formats = ["%m/%d/%Y", "%m/%d/%Y %H:%M"]')


def test_one_way_of_writing_decides_for_another():
    found = time_mend(["01/02/2024", "31/05/2024 10:00"], VISITS)
    assert found == 'set [tables.visits] time_formats = ["%d/%m/%Y", "%d/%m/%Y %H:%M"]'


def test_days_first_and_months_first_cannot_be_told_apart():
    assert "some of these times have the day first and some the month" in time_mend(
        ["31/05/2024", "05/31/2024"], VISITS
    )


def test_formats_that_are_set_already_stay():
    form = Format("visits", time_formats=("%d/%m/%Y",))
    assert time_mend(["31.05.2024"], form) == 'set [tables.visits] time_formats = ["%d/%m/%Y", "%d.%m.%Y"]'


def test_days_of_a_spreadsheet_are_recognised():
    assert "45413.5 is a day as a spreadsheet counts them" in time_mend(["45413.5", "45414"], VISITS)


@pytest.mark.parametrize(
    "values", [[], ["yesterday"], ["yesterday", "soon", "31/05/2024"], ["12"], ["1714557600", "171"]]
)
def test_without_a_format_for_most_of_them_nothing_is_said(values):
    assert time_mend(values, VISITS) == ""
