"""Files as spreadsheets write them: encodings, delimiters, line ends, empty rows and columns."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from heed_common.files.encodings import SAMPLE_BYTES, Decoder, Encoding, LineEnds
from heed_common.files.errors import EncodingBroken, EncodingUnknown
from tests.customer.factories import staged
from tests.customer.imports.files import CSV, process_all, progress
from tests.examples import examples

NAMES = "external_id,kind,name\n"
CHINESE = "张三,李四,王五,赵六,上海市客户,在线时间\n"


async def imported(client, import_job, content: bytes, content_type: str = "text/csv"):
    headers = {"Content-Type": content_type}
    response = await client.post("/v1/imports/customers", content=content, headers=headers)
    assert response.status_code == 202, response.text
    await process_all(import_job)
    return await progress(client, response.headers["location"])


async def names(client) -> list[str]:
    return sorted(each["name"] for each in (await client.get("/v1/customers")).json()["items"])


def decoded(data: bytes, *sizes: int, declared: Encoding | None = None) -> tuple[str, Encoding]:
    decoder, text = Decoder(declared), ""
    for size in sizes:
        text += decoder.feed(data[:size])
        data = data[size:]
    return text + decoder.feed(data) + decoder.feed(b"", is_last=True), decoder.encoding


@pytest.mark.parametrize(
    ("codec", "declared", "found"),
    [
        ("utf-8", "", "utf-8"),
        ("utf-8-sig", "", "utf-8"),
        ("utf-16", "", "utf-16-le"),
        ("utf-16-le", "", "utf-16-le"),
        ("utf-16-be", "", "utf-16-be"),
        ("utf-16-be", "utf-16be", "utf-16-be"),
        ("gb18030", "", "gb18030"),
        ("gbk", "GBK", "gb18030"),
        ("gbk", "gb2312", "gb18030"),
    ],
)
@pytest.mark.asyncio
async def test_chinese_names_are_read_however_excel_writes_them(client, import_job, codec, declared, found):
    rows = "".join(f"c-{number},individual,{name}\n" for number, name in enumerate(("张三", "王小在", "上海时")))
    content_type = f"text/csv; charset={declared}" if declared else "text/csv"
    done = await imported(client, import_job, (NAMES + rows).encode(codec), content_type)
    assert done["format"] == {"type": "csv", "encoding": found, "delimiter": ","}
    assert done["results"]["created"] == 3
    assert await names(client) == sorted(("张三", "王小在", "上海时"))


@pytest.mark.parametrize("charset", ["windows-1252", "iso-8859-1", "latin1"])
@pytest.mark.asyncio
async def test_western_names_are_read_when_their_encoding_is_declared(client, import_job, charset):
    content = f"{NAMES}m,individual,Müller € Söhne\n".encode("cp1252")
    done = await imported(client, import_job, content, f'text/csv; charset="{charset}"')
    assert done["format"]["encoding"] == "windows-1252"
    assert await names(client) == ["Müller € Söhne"]


@pytest.mark.parametrize(
    ("content", "content_type", "code", "detail"),
    [
        (f"{NAMES}m,individual,Müller\n".encode("cp1252"), "text/csv", "encoding_unknown", "Line 2"),
        (f"{NAMES}m,individual,홍길동 고객 서울\n".encode("euc-kr"), "text/csv", "encoding_unknown", "Line 2"),
        (f"{NAMES}m,individual,Иванов Петр\n".encode("cp1251"), "text/csv", "encoding_unknown", "Line 2"),
        (f"{NAMES}m,a,张\nn,a,".encode() + b"\xff\n", "text/csv; charset=utf-8", "encoding_broken", "Line 3"),
        (f"{NAMES}m,individual,张".encode()[:-1], "text/csv", "encoding_broken", "Line 2"),
        (f"{NAMES}m,individual,A".encode("utf-16")[:-1], "text/csv", "encoding_broken", "Line 2"),
        (b'{"name": "\xff"}\n', "application/x-ndjson; charset=utf-8", "encoding_broken", "Line 1"),
    ],
)  # fmt: skip
@pytest.mark.asyncio
async def test_a_file_that_cannot_be_decoded_is_rejected_completely(
    client, import_job, customer_database, content, content_type, code, detail
):
    response = await client.post("/v1/imports/customers", content=content, headers={"Content-Type": content_type})
    assert (response.status_code, response.json()["code"]) == (422, code)
    assert detail in response.json()["detail"]
    assert not await import_job.process_next_chunk()
    async with customer_database.transaction() as session:
        assert (await session.execute(text('SELECT count(*) FROM "import"'))).scalar_one() == 0


@pytest.mark.asyncio
async def test_an_encoding_that_breaks_far_into_the_file_leaves_nothing_of_it(client, import_job, customer_database):
    rows = "".join(f"c-{number},individual,张三\n" for number in range(5000)).encode()
    response = await client.post(
        "/v1/imports/customers", content=NAMES.encode() + rows + "李".encode("gbk"), headers=CSV
    )
    assert (response.status_code, response.json()["code"]) == (422, "encoding_broken")
    assert "Line 5002" in response.json()["detail"]
    assert not await import_job.process_next_chunk()
    assert await staged(customer_database) == []


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("first", ["", "sep={}\n", "{0}{0}\n"])
@pytest.mark.asyncio
async def test_cells_may_be_separated_as_every_spreadsheet_does(client, import_job, delimiter, first):
    lines = [first.format(delimiter).rstrip("\n")] if first else []
    lines += [delimiter.join(cells) for cells in (["kind", "name"], ["individual", f'"A{delimiter} and\nB"'])]
    done = await imported(client, import_job, "\n".join(lines).encode())
    assert (done["format"]["delimiter"], done["lines"]["total"], done["results"]["created"]) == (delimiter, 2, 2)
    assert await names(client) == [f"A{delimiter} and\nB"]


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
@pytest.mark.asyncio
async def test_lines_may_end_as_every_system_does(client, import_job, end):
    lines = ["External ID;KIND; Name ;", 'a;individual;"A\rB";', ";;;", " ; ;;", "b;nobody;B;;", "c;individual;C;;x"]
    done = await imported(client, import_job, end.join(lines).encode())
    of_the_name = 2 if end == "\r" else 1
    assert (done["results"]["created"], done["results"]["rejected"]) == (of_the_name, 2)
    assert [(error["line"] - of_the_name, error["column"], error["code"]) for error in done["errors"]] == [
        (4, "kind", "validation_failed"), (5, None, "line_malformed"),
    ]  # fmt: skip
    assert await names(client) == ["A\nB" if end == "\r" else "A\rB"]


@pytest.mark.asyncio
async def test_a_cell_below_no_name_is_not_passed_over_in_silence(client, import_job):
    done = await imported(client, import_job, b"kind,,name\nindividual,,A\nindividual,x,B\n")
    assert (done["results"]["created"], done["results"]["rejected"]) == (1, 1)
    assert done["errors"][0]["reason"] == "A column without a name has a cell with content."


@pytest.mark.parametrize("content", [b"sep=:\nkind:name\n", b"sep=;\nkind,name\n", b";;;\n"])
@pytest.mark.asyncio
async def test_a_file_without_a_valid_header_is_rejected(client, content):
    response = await client.post("/v1/imports/customers", content=content, headers=CSV)
    assert (response.status_code, response.json()["code"]) == (422, "header_refused")


@examples(50)
@given(
    st.text(st.sampled_from("a,\n\r张三在上时王é"), max_size=60),
    st.lists(st.integers(0, 9)),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]),
)
def test_decoding_does_not_depend_on_the_pieces_a_file_arrives_in(text, sizes, codec):
    data = ("kind," + text).encode(codec)
    declared = Encoding.GB18030 if codec == "gb18030" else None
    assert decoded(data, *sizes, declared=declared) == decoded(data, declared=declared)
    assert decoded(data, *sizes, declared=declared)[0] == "kind," + text


@examples(50)
@given(st.text(st.sampled_from("a\r\n"), max_size=12), st.lists(st.integers(1, 3), max_size=9))
def test_line_ends_do_not_depend_on_the_pieces_a_file_arrives_in(text, sizes):
    whole, parts, left, joined = LineEnds(), LineEnds(), text, ""
    for size in sizes:
        joined += parts.feed(left[:size])
        left = left[size:]
    joined += parts.feed(left, is_last=True)
    assert joined == whole.feed(text, is_last=True)
    assert joined.count("\r") in {0, text.count("\r")}


def test_an_encoding_is_detected_from_one_sample():
    """Memory stays bounded: later bytes must fit the detected encoding, or the file is rejected."""
    ascii_first = b"a,b\n" * 100_000
    assert decoded(ascii_first + (CHINESE * 2).encode("gbk"), 65_536, 65_536)[1] is Encoding.GB18030
    decoder = Decoder()
    text = decoder.feed(ascii_first)
    text += decoder.feed(CHINESE.encode() + b"a" * SAMPLE_BYTES)
    assert len(text) > len(ascii_first) + SAMPLE_BYTES
    with pytest.raises(EncodingBroken, match="Line 100002"):
        decoder.feed(CHINESE.encode("gbk"))


def test_random_bytes_are_never_detected_as_text():
    chance = random.Random(7)
    refused = 0
    for _ in range(200):
        data = b"kind,name\n" + bytes(chance.randrange(128, 255) for _ in range(400))
        with pytest.raises(EncodingUnknown):
            decoded(data)
        refused += 1
    assert refused == 200
