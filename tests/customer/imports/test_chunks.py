import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.files.errors import HeaderRefused
from heed_common.files.media_types import FileType
from heed_common.imports.chunks import CHUNK_LINES
from heed_customer.commerce.purchases.rules import NewPurchase
from heed_customer.imports.formats.chunks import Chunk, Chunker
from heed_customer.imports.formats.kinds import ImportKind
from heed_customer.imports.formats.parsing import Source, parse_customers, parse_purchases
from tests.examples import examples

HEADER = "external_id,customer_external_id,occurred_at,currency,sku,category,quantity,unit_price"


def row(purchase: str, sku: str = "cd-1", **cells: str) -> str:
    cells = {"customer": "c-1", "at": "2026-03-01T10:00:00Z", "currency": "USD", "quantity": "1"} | cells
    return f"{purchase},{cells['customer']},{cells['at']},{cells['currency']},{sku},music,{cells['quantity']},9.99"


def chunks_of(
    text: str | bytes, *, kind: ImportKind = ImportKind.PURCHASES, file_type: FileType = FileType.CSV
) -> list[Chunk]:
    chunker = Chunker(kind=kind, file_type=file_type)
    data = text if isinstance(text, bytes) else text.encode()
    return [*chunker.feed(data), *chunker.end()]


def parse(*rows: str | bytes) -> list[tuple[tuple[int, ...], str]]:
    """Return the purchases of a file with their lines, or the codes of their errors."""
    body = b"\n".join(line if isinstance(line, bytes) else line.encode() for line in (HEADER, *rows))
    found = []
    for chunk in chunks_of(body):
        for item in parse_purchases(Source(chunk.body, chunk.first_line, HEADER.split(","))):
            value = item.value
            is_purchase = isinstance(value, NewPurchase)
            found.append((item.lines, f"{value.external_id}:{len(value.lines)}" if is_purchase else value.code))
    return found


@examples(10)
@given(st.lists(st.integers(1, 700), min_size=1, max_size=6))
def test_the_rows_of_a_purchase_stay_in_one_chunk(sizes):
    rows = [row(f"p-{number}") for number, size in enumerate(sizes) for _ in range(size)]
    found = parse(*rows)
    assert [value for _, value in found] == [f"p-{number}:{size}" for number, size in enumerate(sizes)]
    assert [line for lines, _ in found for line in lines] == list(range(2, len(rows) + 2))
    chunks = chunks_of("\n".join([HEADER, *rows]))
    assert all(chunk.lines < CHUNK_LINES + max(sizes) for chunk in chunks)
    assert sum(chunk.lines for chunk in chunks) == len(rows)


def test_ndjson_is_cut_every_thousand_lines():
    chunks = chunks_of("{}\n" * 2500, file_type=FileType.NDJSON)
    assert [(chunk.number, chunk.first_line, chunk.lines) for chunk in chunks] == [
        (1, 1, 1000), (2, 1001, 1000), (3, 2001, 500),
    ]  # fmt: skip


def test_a_chunk_of_long_lines_is_cut_by_its_size():
    line = b'{"name": "' + b"x" * 300_000 + b'"}\n'
    chunks = chunks_of(line * 20, file_type=FileType.NDJSON)
    assert max(len(chunk.body) for chunk in chunks) < 2 * 1024 * 1024
    assert sum(chunk.lines for chunk in chunks) == 20


def test_blank_lines_do_not_count_and_do_not_shift_line_numbers():
    (chunk,) = chunks_of("\n\n" + "kind,name\n\nindividual,A\n\n\nindividual,B", kind=ImportKind.CUSTOMERS)
    items = parse_customers(Source(chunk.body, chunk.first_line, ["kind", "name"]))
    assert (chunk.lines, [item.lines for item in items]) == (2, [(5,), (8,)])


def test_a_purchase_of_more_than_a_thousand_rows_is_rejected_completely():
    rows = [row("before"), *[row("huge")] * 5000, row("after")]
    found = parse(*rows)
    assert (found[0], found[-1]) == (((2,), "before:1"), ((5003,), "after:1"))
    assert {value for _, value in found[1:-1]} == {"purchase_too_large", "line_refused"}
    assert sorted(line for lines, _ in found for line in lines) == list(range(2, 5004))
    assert max(len(chunk.body) for chunk in chunks_of("\n".join([HEADER, *rows]))) < 1024 * 1024


def test_an_invalid_row_rejects_its_purchase_and_no_other():
    found = parse(row("a"), row("b"), "b,c-1,USD", row("b"), row("c"))
    assert found == [((2,), "a:1"), ((4,), "line_malformed"), ((3, 5), "line_refused"), ((6,), "c:1")]


def test_an_overlong_line_rejects_its_purchase():
    long = "x" * (1024 * 1024 + 1)
    found = parse(row("a"), long, row("b"), long, row("b"))
    assert found == [
        ((2,), "a:1"), ((3,), "line_too_long"), ((5,), "line_too_long"), ((4, 6), "line_refused"),
    ]  # fmt: skip


def test_the_rows_of_a_purchase_must_agree():
    assert parse(row("a"), row("a", currency="EUR")) == [((2, 3), "lines_differ")]
    assert parse(row("a"), row("a", customer="", at="", currency="")) == [((2, 3), "a:2")]


def test_one_invalid_quantity_rejects_the_purchase():
    assert parse(row("a"), row("a", quantity="-1"), row("b")) == [((2, 3), "validation_failed"), ((4,), "b:1")]


def test_a_byte_order_mark_is_no_part_of_the_first_column():
    assert chunks_of(b"\xef\xbb\xbfkind,name\nindividual,A\n", kind=ImportKind.CUSTOMERS)[0].lines == 1


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("kind,nmae", "Column 2 has a name that is not known here."),
        ("kind,name,kind", "Column 3 has the name of an earlier one."),
        ("name", "These columns are missing: kind."),
        ("", "The first line of a CSV file names its columns."),
    ],
)
def test_an_invalid_header_is_rejected(header, reason):
    with pytest.raises(HeaderRefused) as refused:
        chunks_of(header, kind=ImportKind.CUSTOMERS)
    assert refused.value.detail == reason


def test_a_file_of_purchases_names_its_customers():
    with pytest.raises(HeaderRefused, match="customer_external_id, customer_id"):
        chunks_of(HEADER.replace("customer_external_id,", ""))
