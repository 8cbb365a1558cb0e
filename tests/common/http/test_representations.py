"""Reads in the form that a client accepts: nothing where its copy is current, and gzip."""

import asyncio
import gzip

import pytest

from heed_common.http import representations
from heed_common.http.representations import accepts_gzip, matches
from heed_common.revisions import parse_if_match

pytestmark = pytest.mark.asyncio

LONG = "a sample with a long name, many times " * 5


@pytest.fixture
def plain(client):
    """The client, which accepts no coding."""
    client.headers["Accept-Encoding"] = "identity"
    return client


async def make_sample(client, name="bear"):
    return (await client.post("/v1/samples", json={"name": name})).json()["id"]


async def test_i_want_no_body_while_my_copy_is_current(plain):
    path = f"/v1/samples/{await make_sample(plain)}"
    read = await plain.get(path)
    tag = read.headers["etag"]
    for header in (tag, f"W/{tag}", f'"other", {tag}', "*", f'{tag[:-1]}-gzip"'):
        for method in ("GET", "HEAD"):
            response = await plain.request(method, path, headers={"If-None-Match": header})
            assert (response.status_code, response.content, response.headers["etag"]) == (304, b"", tag)
            assert {"content-type", "content-length"}.isdisjoint(response.headers)
    for header in ('"other"', "other", "", '"1"', read.headers["etag"].strip('"')):
        assert (await plain.get(path, headers={"If-None-Match": header})).json() == read.json(), header


async def test_a_change_makes_another_tag_and_the_tag_of_a_read_permits_a_change(plain):
    path = f"/v1/samples/{await make_sample(plain)}"
    tag = (await plain.get(path)).headers["etag"]
    assert parse_if_match(tag) == 1
    changed = await plain.patch(path, json={"name": "wolf"}, headers={"If-Match": tag})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    assert (await plain.patch(path, json={"name": "fox"}, headers={"If-Match": tag})).status_code == 412
    read = await plain.get(path, headers={"If-None-Match": tag})
    assert (read.status_code, parse_if_match(read.headers["etag"])) == (200, 2)


async def test_a_missing_sample_and_a_write_are_no_copies(plain):
    missing = await plain.get("/v1/samples/01954f9e-7e3a-7000-8000-000000000001", headers={"If-None-Match": "*"})
    assert missing.status_code == 404
    written = await plain.post("/v1/samples", json={"name": "bear"}, headers={"If-None-Match": "*"})
    assert (written.status_code, written.headers["etag"]) == (201, '"1"')


async def test_long_responses_are_compressed_for_those_who_accept_it(plain):
    for _ in range(8):
        await make_sample(plain, name=LONG)
    for path in ("/v1/samples", "/v1/samples.csv", "/v1/samples.ndjson", "/openapi.json"):
        expected = await plain.get(path)
        assert "content-encoding" not in expected.headers
        response = await plain.get(path, headers={"Accept-Encoding": "br, gzip;q=0.5"})
        assert (response.headers["content-encoding"], response.content) == ("gzip", expected.content)
        assert response.num_bytes_downloaded < len(expected.content) / 3
        assert "Accept-Encoding" in response.headers["vary"] == expected.headers["vary"]
        head = await plain.head(path, headers={"Accept-Encoding": "gzip"})
        assert head.headers.get("content-length") == response.headers.get("content-length")


async def test_what_is_short_or_a_page_or_an_error_or_written_is_not_compressed(plain):
    headers = {"Accept-Encoding": "gzip"}
    sample = await make_sample(plain)
    for path in (f"/v1/samples/{sample}", "/docs", "/v1/samples?unknown=1", "/livez"):
        assert "content-encoding" not in (await plain.get(path, headers=headers)).headers, path
    written = await plain.post("/v1/samples", json={"name": LONG}, headers=headers)
    assert "content-encoding" not in written.headers


async def test_a_compressed_read_has_a_tag_of_its_own_which_permits_a_change(plain, monkeypatch):
    monkeypatch.setattr(representations, "MIN_BYTES", 10)
    path = f"/v1/samples/{await make_sample(plain)}"
    zipped, read = [await plain.get(path, headers={"Accept-Encoding": coding}) for coding in ("gzip", "identity")]
    assert zipped.headers["etag"] == read.headers["etag"][:-1] + '-gzip"'
    assert (await plain.get(path, headers={"If-None-Match": zipped.headers["etag"]})).status_code == 304
    changed = await plain.patch(path, json={"name": "wolf"}, headers={"If-Match": zipped.headers["etag"]})
    assert changed.status_code == 200


async def test_a_stream_arrives_piece_by_piece():
    """Each piece can be read before the next one is written; a large one is compressed beside the event loop."""
    start = {"status": 200, "headers": [(b"content-type", b"text/csv; charset=utf-8")]}
    stream = representations.represent(start, path="/v1/samples.csv", if_none_match=None, accept_encoding="gzip")
    pieces = [b"name\r\n", b"x" * 100_000, b"end"]
    unpacked, decoder = [], gzip.zlib.decompressobj(31)
    for index, piece in enumerate(pieces):
        sent = await stream.messages({"type": "http.response.body", "body": piece, "more_body": index < 2})
        unpacked.append(decoder.decompress(sent[-1]["body"]))
    assert unpacked == pieces
    assert decoder.eof
    assert asyncio.get_running_loop().is_running()


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        ("gzip", True), ("GZip", True), ("x-gzip", True), ("br, *", True), ("gzip; q=0.001", True),
        ("", False), ("identity", False), ("gzip;q=0", False), ("*;q=0", False), ("*, gzip;q=0", False),
        ("gzip;q=x", False), ("gzipped", False), ("br", False),
    ],
)  # fmt: skip
async def test_gzip_is_sent_to_those_only_who_accept_it(header, accepted):
    assert accepts_gzip(header) is accepted


async def test_a_tag_with_a_comma_is_one_tag():
    assert matches('"a,b", W/"c"', '"c"')
    assert not matches('"a,b"', '"a"')
