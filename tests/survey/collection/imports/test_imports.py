"""Files of responses: what is exported can be imported, a wrong line rejects itself only, nothing is stored twice."""

import csv
import io
import json
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from heed_common.occurrence import DEFAULT_EARLIEST
from heed_survey.collection.imports import service
from tests.survey.factories import (
    CUSTOMER,
    STUDY,
    create_anonymous,
    create_published,
    make_item,
    published_events,
    respond,
)

pytestmark = pytest.mark.asyncio

CSV, NDJSON = "text/csv", "application/x-ndjson"
HEADER = "external_id,effort,speed.expectation,speed.perception,colours,why,design.weight,mode"
GOOD = [
    "r-1,5,6,4,red|blue,Slow,1.5,phone",
    'r-2,7,,,red,"Two\nlines",,',
]


async def survey_of(client):
    options = [{"code": code, "text": {"en": code}} for code in ("red", "blue")]
    items = [
        make_item(),
        make_item(code="speed", type="servqual", measure="other", scale=None),
        make_item(code="colours", type="multiple", measure="other", scale=None, options=options),
        make_item(code="why", measure="other", scale=None),
    ]
    return await create_published(client, title="All", items=items)


async def upload(client, survey, content, kind=CSV, **query):
    params = {"survey_id": survey["id"], **query}
    return await client.post("/v1/imports/responses", params=params, content=content, headers={"Content-Type": kind})


async def process(database, clock):
    chunks = 0
    while True:
        async with database.transaction() as session:
            if not await service.process_next_chunk(session, earliest=DEFAULT_EARLIEST, now=clock.now()):
                return chunks
        chunks += 1


async def imported(client, database, clock, survey, content, kind=CSV, **query):
    accepted = await upload(client, survey, content, kind, **query)
    assert accepted.status_code == 202, accepted.text
    await process(database, clock)
    return (await client.get(accepted.headers["Location"])).json()


async def stored(client, survey):
    return (await client.get(f"/v1/surveys/{survey['id']}/responses", params={"limit": 200})).json()["items"]


async def test_a_file_has_a_column_for_each_item_and_value_of_a_pair(client, clock, survey_database):
    survey = await survey_of(client)
    report = await imported(client, survey_database, clock, survey, "\n".join([HEADER, *GOOD]))
    assert (report["state"], report["results"]) == ("done", {"created": 2, "unchanged": 0, "rejected": 0})
    by_id = {row["external_id"]: row for row in await stored(client, survey)}
    assert by_id["r-1"]["answers"] == {
        "effort": 5,
        "speed": {"expectation": 6, "perception": 4},
        "colours": ["red", "blue"],
        "why": "Slow",
    }
    assert (by_id["r-1"]["mode"], by_id["r-1"]["design"]["weight"]) == ("phone", 1.5)
    assert by_id["r-2"]["answers"] == {"effort": 7, "colours": ["red"], "why": "Two\nlines"}
    assert by_id["r-2"]["mode"] == "import"
    assert len(await published_events(survey_database, "heed.response")) == 2


async def test_a_file_that_is_sent_again_changes_nothing(client, clock, survey_database):
    survey = await survey_of(client)
    content = "\n".join([HEADER, *GOOD])
    await imported(client, survey_database, clock, survey, content)
    again = await imported(client, survey_database, clock, survey, content)
    assert again["results"] == {"created": 0, "unchanged": 2, "rejected": 0}
    changed = await imported(client, survey_database, clock, survey, content.replace("r-1,5", "r-1,6"))
    assert changed["results"] == {"created": 0, "unchanged": 1, "rejected": 1}
    assert len(await stored(client, survey)) == 2


async def test_a_wrong_line_is_listed_with_its_column_and_no_content(client, clock, survey_database):
    survey = await survey_of(client)
    lines = [
        HEADER,
        GOOD[0],
        "r-3,9,,,,,,",
        "r-4,5,6,,,,,",
        "r-5,5,,,violet,,,",
        "r-6,5,,,,,0,",
        "r-7,5",
        "r-8,5,,,,,,x",
    ]
    report = await imported(client, survey_database, clock, survey, "\n".join(lines))
    assert report["results"] == {"created": 1, "unchanged": 0, "rejected": 6}
    location = f"/v1/imports/responses/{report['id']}/errors"
    errors = (await client.get(location)).json()["items"]
    assert [(error["line"], error["column"], error["code"]) for error in errors] == [
        (3, "effort", "off_the_scale"),
        (4, "speed.perception", "wrong_kind_of_answer"),
        (5, "colours.0", "unknown_option"),
        (6, "design.weight", "validation_failed"),
        (7, None, "line_malformed"),
        (8, "mode", "validation_failed"),
    ]
    file = (await client.get(location + ".csv")).text
    assert "violet" not in file
    assert len(list(csv.DictReader(io.StringIO(file.removeprefix("\ufeff"))))) == 6


BAD_LINES = [
    ("5,1,,", "survey_version", "version_changed"),
    ("5,7,,", "survey_version", "version_changed"),
    (",,,", "answers", "validation_failed"),
    ("4.5,,,", "effort", "wrong_kind_of_answer"),
    ("good,,,", "effort", "wrong_kind_of_answer"),
    ("5,,-1,", "design.weight", "validation_failed"),
    ("5,,NaN,", "design.weight", "validation_failed"),
    ("5,,inf,", "design.weight", "validation_failed"),
    ("5,,much,", "design.weight", "validation_failed"),
    ("5,,,2026-03-02T12:00:00", "answered_at", "validation_failed"),
    ("5,,,2099-03-02T12:00:00Z", "answered_at", "in_the_future"),
    ("5,,,,surplus", None, "line_malformed"),
    ('"5,,,', None, "line_malformed"),
]


async def test_each_wrong_line_has_its_own_reason(client, clock, survey_database):
    survey = await survey_of(client)
    await client.post(f"/v1/surveys/{survey['id']}/revise", json={"changes": "Wording", "reason": "Clearer"})
    await client.post(f"/v1/surveys/{survey['id']}/publish")
    header = "external_id,effort,survey_version,design.weight,answered_at"
    lines = [header, *(f"b-{number},{cells}" for number, (cells, _, _) in enumerate(BAD_LINES))]
    report = await imported(client, survey_database, clock, survey, "\n".join(lines))
    assert report["results"] == {"created": 0, "unchanged": 0, "rejected": len(BAD_LINES)}
    errors = (await client.get(f"/v1/imports/responses/{report['id']}/errors")).json()["items"]
    found = [(error["line"], error["column"], error["code"]) for error in errors]
    assert found == [(line, column, code) for line, (_, column, code) in enumerate(BAD_LINES, 2)]


async def test_a_dry_run_reports_and_changes_nothing(client, clock, survey_database):
    survey = await survey_of(client)
    content = "\n".join([HEADER, *GOOD, "r-3,9,,,,,,"])
    report = await imported(client, survey_database, clock, survey, content, dry_run=True)
    assert report["results"] == {"created": 2, "unchanged": 0, "rejected": 1}
    assert await stored(client, survey) == []
    assert await published_events(survey_database, "heed.response") == []


async def test_an_exported_file_can_be_imported_into_another_survey(client, clock, survey_database):
    first, second = await survey_of(client), await survey_of(client)
    await imported(client, survey_database, clock, first, "\n".join([HEADER, *GOOD]))
    await respond(client, first, answers={"effort": 3}, design={"stratum": "north"})
    exported = (await client.get(f"/v1/surveys/{first['id']}/responses.csv")).text
    table = list(csv.reader(io.StringIO(exported.removeprefix("\ufeff"))))
    column = table[0].index("external_id")
    for row in table[1:]:
        row[column] = row[column] and row[column] + "-copy"
    buffer = io.StringIO()
    csv.writer(buffer).writerows(table)
    report = await imported(client, survey_database, clock, second, buffer.getvalue())
    assert report["results"] == {"created": 3, "unchanged": 0, "rejected": 0}

    def contents(rows):
        names = ("answers", "customer_id", "design", "mode", "answered_at", "wave")
        return sorted(json.dumps([row[name] for name in names], sort_keys=True) for row in rows)

    assert contents(await stored(client, second)) == contents(await stored(client, first))


async def test_lines_of_ndjson_are_those_of_a_single_call(client, clock, survey_database):
    survey = await survey_of(client)
    lines = [
        json.dumps({"external_id": "n-1", "customer_id": CUSTOMER, "answers": {"effort": 2, "colours": ["blue"]}}),
        "{",
        json.dumps({"answers": {"effort": 8}}),
        json.dumps([]),
    ]
    report = await imported(client, survey_database, clock, survey, "\n".join(lines), NDJSON)
    assert report["results"] == {"created": 1, "unchanged": 0, "rejected": 3}
    (row,) = await stored(client, survey)
    assert (row["customer_id"], row["answers"]) == (CUSTOMER, {"effort": 2, "colours": ["blue"]})


@pytest.mark.parametrize(
    ("content", "kind", "code"),
    [
        ("mood,effort\n1,2", CSV, "header_refused"),
        ("effort,effort\n1,2", CSV, "header_refused"),
        ("", CSV, "header_refused"),
        ("effort\n1", "application/json", "media_type_unsupported"),
        (b"effort,why\n5,\xff\xfe\xfa", CSV, "encoding_unknown"),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused_as_a_whole(client, content, kind, code):
    survey = await survey_of(client)
    response = await upload(client, survey, content, kind)
    assert response.json()["code"] == code


async def test_files_of_spreadsheets_are_read(client, clock, survey_database):
    survey = await survey_of(client)
    content = "sep=;\r\nEffort;Why;\r\n5;Ça va;\r\n;;\r\n".encode("utf-16")
    report = await imported(client, survey_database, clock, survey, content)
    assert report["format"] == {"type": "csv", "encoding": "utf-16-le", "delimiter": ";"}
    assert [row["answers"] for row in await stored(client, survey)] == [{"effort": 5, "why": "Ça va"}]


async def test_a_long_file_is_processed_a_chunk_at_a_time(client, clock, survey_database):
    survey = await survey_of(client)
    content = "external_id,effort\n" + "\n".join(f"r-{number},{1 + number % 7}" for number in range(2300))
    accepted = await upload(client, survey, content)
    async with survey_database.transaction() as session:
        await service.process_next_chunk(session, earliest=DEFAULT_EARLIEST, now=clock.now())
    halfway = (await client.get(accepted.headers["Location"])).json()
    assert (halfway["state"], halfway["lines"]["total"], halfway["lines"]["done"]) == ("running", 2300, 1000)
    assert await process(survey_database, clock) == 2
    assert (await client.get(accepted.headers["Location"])).json()["results"]["created"] == 2300


async def test_lines_of_a_survey_that_was_closed_meanwhile_are_rejected(client, clock, survey_database):
    survey = await survey_of(client)
    accepted = await upload(client, survey, "effort\n5\n6")
    await client.post(f"/v1/surveys/{survey['id']}/close")
    await process(survey_database, clock)
    report = (await client.get(accepted.headers["Location"])).json()
    assert (report["state"], report["results"]["rejected"]) == ("done", 2)
    assert (await upload(client, survey, "effort\n5")).json()["code"] == "survey_closed"


async def test_a_quota_is_not_exceeded_by_a_file(client, clock, survey_database):
    quotas = [{"name": "happy", "when": {"field": "effort", "op": "ge", "value": 6}, "limit": 2}]
    study = (await create_anonymous(client, publish=False))["study"]
    survey = await create_published(client, title="Quota", items=[make_item()], quotas=quotas, study=study)
    content = "external_id,effort\n" + "\n".join(f"q-{number},{7 - number % 2}" for number in range(5))
    report = await imported(client, survey_database, clock, survey, content)
    assert report["results"] == {"created": 2, "unchanged": 0, "rejected": 3}
    again = await imported(client, survey_database, clock, survey, content)
    assert again["results"] == {"created": 0, "unchanged": 2, "rejected": 3}


async def test_a_line_that_is_repeated_in_its_file_is_counted_in_a_quota_once(client, clock, survey_database):
    quotas = [{"name": "happy", "when": {"field": "effort", "op": "ge", "value": 6}, "limit": 2}]
    survey = await create_published(client, title="Quota", items=[make_item()], quotas=quotas, study=STUDY)
    content = "external_id,effort\na,7\na,7\nb,6\nc,7\nc,7\nd,1\n,1"
    report = await imported(client, survey_database, clock, survey, content)
    assert report["results"] == {"created": 4, "unchanged": 1, "rejected": 2}
    (quota,) = (await client.get(f"/v1/surveys/{survey['id']}/quotas")).json()["quotas"]
    assert quota["taken"] == 2


async def test_a_chunk_takes_as_many_statements_as_a_line(client, clock, survey_database):
    quotas = [{"name": "happy", "when": {"field": "effort", "op": "ge", "value": 6}, "limit": 20}]
    survey = await create_published(client, title="Quota", items=[make_item()], quotas=quotas, study=STUDY)
    counts = []
    for size in (1, 50):
        content = "external_id,customer_id,effort\n" + "\n".join(
            f"s{size}-{number},{CUSTOMER[:-2]}{number:02},{7 - number % 7}" for number in range(size)
        )
        await upload(client, survey, content)
        with counted_statements(survey_database) as statements:
            await process(survey_database, clock)
        counts.append(len(statements))
    assert counts[0] == counts[1]


@contextmanager
def counted_statements(database):
    statements = []

    def count(*arguments):
        statements.append(arguments[2])

    event.listen(database.engine.sync_engine, "before_cursor_execute", count)
    try:
        yield statements
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", count)


async def test_lines_of_an_anonymous_survey_join_its_pool(client, clock, survey_database):
    survey = await create_anonymous(client)
    content = "satisfaction,external_id\n" + "\n".join([*(f"{1 + n % 5}," for n in range(6)), "3,r-1"])
    report = await imported(client, survey_database, clock, survey, content)
    assert report["results"] == {"created": 6, "unchanged": 0, "rejected": 1}
    assert await published_events(survey_database, "heed.response") == []
