import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heed_common.files.line_splitter import MAX_LINE_BYTES, Line, LineSplitter

cells = st.text(st.sampled_from('ab,"\n\r é'), max_size=6)
rows = st.lists(st.lists(cells, min_size=2, max_size=3), max_size=8)


def cut(data: bytes, *sizes: int, quoted: bool = False, delimiter: str = ",") -> list[Line]:
    """Return the lines of a file that arrives in pieces of these sizes, and then the rest."""
    splitter = LineSplitter(delimiter=delimiter if quoted else None)
    records: list[Line] = []
    for size in sizes:
        records += splitter.feed(data[:size])
        data = data[size:]
    return [*records, *splitter.feed(data), *splitter.end()]


@settings(deadline=None)
@given(st.text(st.sampled_from('ab,"\n\r')), st.lists(st.integers(0, 9)), st.booleans())
def test_the_lines_of_a_file_do_not_depend_on_the_pieces_it_arrives_in(text, sizes, quoted):
    assert cut(text.encode(), *sizes, quoted=quoted) == cut(text.encode(), quoted=quoted)


@settings(deadline=None)
@given(
    st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]))),
    st.sampled_from(["\n", "\r\n"]),
)
def test_every_line_has_its_number(lines, ending):
    records = cut("".join(line + ending for line in lines).encode())
    assert [(record.line, (record.body or b"").decode()) for record in records] == list(enumerate(lines, start=1))


@settings(deadline=None)
@given(rows)
def test_a_row_is_whatever_the_csv_writer_wrote_as_one(rows):
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    records = cut(text.getvalue().encode(), quoted=True)
    assert [next(csv.reader(io.StringIO((record.body or b"").decode(), newline=""))) for record in records] == rows
    assert sum(record.lines for record in records) == text.getvalue().count("\n")


@pytest.mark.parametrize("line", [b'5" pipe,x', b'a"b"c,d', b'"a""b",c', b',"",""', b'"a",5" x'])
def test_quotes_that_open_nothing_do_not_swallow_the_next_line(line):
    assert [record.body for record in cut(line + b"\nnext\n", quoted=True)] == [line, b"next"]


@pytest.mark.parametrize("quoted", [True, False])
def test_a_line_of_more_than_a_mebibyte_is_dropped_and_the_next_is_read(quoted):
    long = b"x" * (MAX_LINE_BYTES + 1)
    assert cut(b"a\n" + long + b"\nb", quoted=quoted) == [Line(1, b"a"), Line(2, None), Line(3, b"b")]
    just = b"x" * MAX_LINE_BYTES
    assert cut(just + b"\nb", quoted=quoted) == [Line(1, just), Line(2, b"b")]


def test_a_quote_that_is_never_closed_costs_a_mebibyte_and_no_more():
    row = b"a" * 60 + b",b\n"
    rows = MAX_LINE_BYTES // 32
    records = cut(b'"' + row * rows, quoted=True)
    assert records[0].body is None
    assert {record.body for record in records[1:]} == {row.strip()}
    assert sum(record.lines for record in records) == rows


@pytest.mark.parametrize("ending", [b"", b"\n", b"\n\n", b"\r\n"])
def test_a_quote_that_the_end_of_the_file_leaves_open_is_on_the_lines_that_are_there(ending):
    data = b'a,b\nc,"d' + ending
    records = cut(data, quoted=True)
    assert sum(record.lines for record in records) == len(data.splitlines())
