"""The interface documents are consistent, and committed as they were generated."""

import json
import os
import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from heed.gateway import PLATFORM, SERVICES, owner_of
from heed.interface_docs import write
from heed.interface_docs.asyncapi import asyncapi
from heed.interface_docs.event_examples import EXAMPLES
from heed.interface_docs.openapi import merged
from heed_common.broker.protocols import Record
from heed_common.contracts.registry import EVENT_CLASSES, EVENTS, TOPICS
from heed_common.decoding import decode

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ALL = (*SERVICES, PLATFORM)
PARSER = "@asyncapi/parser@3.6.3"
OWN = {"/livez", "/readyz", "/metrics"}
WITHOUT_AN_ACCOUNT = {
    *("get_form", "submit_form", "list_articles", "export_articles", "mark_article_helpful", "receive_mail"),
    *("get_status", "reply_via_status_link"),
    *("get_preferences", "decide_preference", "open_unsubscribe_link", "unsubscribe_with_one_click"),
    *("get_survey_form", "get_public_results", "submit_survey_page", "get_survey_thanks"),
}
"""The form and what helps before it, a mail gateway that signs, and the private links."""
PAGES = {
    *("submit_form", "mark_article_helpful", "get_status", "reply_via_status_link"),
    *("get_preferences", "decide_preference", "unsubscribe_with_one_click"),
    *("get_survey_form", "get_public_results", "submit_survey_page"),
}
"""Of these the ones that people call with a browser."""


def _committed(name: str) -> write.Document:
    return json.loads((ROOT / write.INTERFACES / f"{name}.json").read_text())


@pytest.fixture(scope="module")
def collected() -> write.Documents:
    return write.Documents(
        _committed("openapi"), {name: _committed(f"openapi-{name}") for name in ALL}, _committed("asyncapi"), {}
    )


def _operations(document: write.Document) -> list[write.Document]:
    return [operation for item in document["paths"].values() for operation in item.values()]


def _references(node: object) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*map(_references, node.values()))
    return set().union(*map(_references, node)) if isinstance(node, list) else set()


def _resolves(document: write.Document, reference: str) -> bool:
    node: object = document
    for part in reference.removeprefix("#/").split("/"):
        if not isinstance(node, dict) or part not in node:
            return False
        node = node[part]
    return True


@pytest.mark.parametrize("name", ["openapi", "asyncapi", *(f"openapi-{service}" for service in ALL)])
def test_every_reference_leads_somewhere(name):
    document = _committed(name)
    references = _references(document)
    assert references
    assert [reference for reference in sorted(references) if not _resolves(document, reference)] == []


def test_each_path_belongs_to_the_service_that_describes_it(collected):
    assert set(collected.by_service) == set(ALL)
    for service, document in collected.by_service.items():
        assert document["paths"]
        query = f"service={service}".encode()  # the operators' calls are everywhere, and name their service
        assert {path: owner_of(path, query) for path in document["paths"]} == dict.fromkeys(document["paths"], service)


def test_the_merged_document_holds_every_operation_under_a_name_of_its_own(collected):
    names = Counter(operation["operationId"] for operation in _operations(collected.openapi))
    assert max(names.values()) == 1
    described = {
        (path, method)
        for document in collected.by_service.values()
        for path, item in document["paths"].items()
        for method in item
    }
    assert len(names) == len(described)


def test_a_path_that_every_service_has_is_described_once_and_only_while_they_agree():
    def document(answer: str) -> write.Document:
        return {
            "openapi": "3.1.0",
            "info": {"title": "Things"},
            "paths": {"/v1/admin/things": {"get": {"operationId": "list_things", "answer": answer}}},
        }

    same = merged({"survey": document("things"), "scoring": document("things")})
    assert same["paths"] == document("things")["paths"]
    with pytest.raises(ValueError, match="differs between survey and scoring"):
        merged({"survey": document("things"), "scoring": document("others")})


def test_one_name_for_two_schemas_or_tags_is_refused():
    def document(kind: str, tag: str) -> write.Document:
        tags = [{"name": "things", "description": tag}]
        return {"openapi": "3.1.0", "paths": {}, "tags": tags, "components": {"schemas": {"Thing": {"type": kind}}}}

    same = merged({"survey": document("object", "Things."), "scoring": document("object", "Things.")})
    assert (same["components"]["schemas"], len(same["tags"])) == ({"Thing": {"type": "object"}}, 1)
    for other in (document("array", "Things."), document("object", "Other things.")):
        with pytest.raises(ValueError, match=r"hings? of scoring has another meaning"):
            merged({"survey": document("object", "Things."), "scoring": other})


def test_every_call_but_those_of_people_without_an_account_needs_a_token_and_names_what_can_go_wrong(collected):
    operations = _operations(collected.openapi)
    assert operations
    for operation in operations:
        assert bool(operation.get("security")) is (operation["operationId"] not in WITHOUT_AN_ACCOUNT)
        if operation["operationId"] in PAGES:
            problems = operation["responses"]["default"]["content"]
            assert set(problems) == {"application/problem+json", "text/html"}
            assert problems["application/problem+json"]["schema"] == {"$ref": "#/components/schemas/Problem"}
        else:
            assert operation["responses"]["default"] == {"$ref": "#/components/responses/Problem"}


def test_every_event_is_published_by_its_owner_and_only_published_events_are_read():
    document = _committed("asyncapi")
    assert set(document["channels"]) == set(TOPICS)
    for event in EVENT_CLASSES:
        assert event.full_type() in document["channels"][event.topic]["messages"]
    sent = {
        message["$ref"]
        for operation in document["operations"].values()
        for message in operation["messages"]
        if operation["action"] == "send"
    }
    assert {
        message["$ref"] for operation in document["operations"].values() for message in operation["messages"]
    } == sent


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: event.full_type())
def test_the_examples_for_subscribers_are_events_that_readers_read(event):
    message = _committed("asyncapi")["components"]["messages"][event.full_type()]
    (example,) = message["examples"]
    received = decode(Record(event.topic, 0, 0, None, json.dumps(example["payload"]).encode()))
    assert (received.event, received.event.full_type()) == (EXAMPLES[event][1], example["payload"]["type"])


def test_a_reader_is_named_for_each_topic_that_it_reads():
    document = asyncapi({"scoring": [EVENTS["heed.purchase.recorded.v1"]]})
    assert document["operations"]["heed.scoring.read.heed.customer"] == {
        "action": "receive",
        "channel": {"$ref": "#/channels/heed.customer"},
        "messages": [{"$ref": "#/channels/heed.customer/messages/heed.purchase.recorded.v1"}],
    }


@pytest.mark.slow
def test_a_change_is_noticed_and_a_golden_event_is_never_written_over(collected, tmp_path):
    write.write(collected, tmp_path)
    assert write.differences(collected, tmp_path) == []
    golden = tmp_path / write.GOLDEN / "heed.purchase.recorded.v1.json"
    golden.write_text("as it was")
    changed = replace(collected, openapi=collected.openapi | {"info": {"title": "Changed"}})
    assert "openapi.json" in write.differences(changed, tmp_path)[0]
    write.write(changed, tmp_path)
    assert write.differences(changed, tmp_path) == []
    assert golden.read_text() == "as it was"


@pytest.mark.slow
def test_the_asyncapi_document_passes_the_asyncapi_parser():
    cache = ROOT / ".cache" / "asyncapi"
    reason = _install_parser(cache)
    if reason and os.environ.get("HEED_REQUIRE_KAFKA"):
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
    shutil.copy(HERE / "parse_asyncapi.mjs", cache)
    document = ROOT / write.INTERFACES / "asyncapi.json"
    parsed = subprocess.run(
        ["node", "parse_asyncapi.mjs", document], cwd=cache, capture_output=True, text=True, check=False, timeout=120
    )
    assert parsed.returncode == 0, parsed.stdout + parsed.stderr
    broken = cache / "broken.json"
    broken.write_text(document.read_text().replace('"action": "send"', '"action": "shout"'))
    refused = subprocess.run(["node", "parse_asyncapi.mjs", broken], cwd=cache, capture_output=True, check=False)
    assert refused.returncode == 1


def _install_parser(cache: Path) -> str | None:
    """Why the parser is not there, if it is not."""
    if shutil.which("npm") is None:
        return "the AsyncAPI parser needs node and npm (Debian: apt-get install nodejs npm)"
    if (cache / "node_modules" / "@asyncapi").exists():
        return None
    cache.mkdir(parents=True, exist_ok=True)
    command = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", cache, PARSER]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    return None if done.returncode == 0 else f"npm could not install {PARSER}: {done.stderr[-500:]}"
