"""Titles, labels and links of entries."""

import json
import re
from importlib import import_module
from pathlib import Path
from string import Formatter

import pytest

from heed_common.broker.protocols import Record
from heed_common.contracts.complaint import CaseKind
from heed_common.contracts.registry import EVENT_CLASSES, EVENTS, full_types, short_type
from heed_common.decoding import decode
from heed_common.languages import LANGUAGES
from heed_complaint import worker as complaint_worker
from heed_customer import worker as customer_worker
from heed_customer.timeline import rules
from heed_customer.timeline.titles.labels import TAXONOMIES
from heed_customer.timeline.titles.render import FIELD, title
from heed_customer.timeline.titles.templates import TEMPLATES

ROOT = Path(__file__).resolve().parents[3]
GOLDEN = ROOT / "tests" / "contracts" / "golden"
CHINESE = re.compile("[\u4e00-\u9fff]")
SEEDED = import_module("heed_complaint.migrations.versions.0002_taxonomies").SEED


def golden_entry(event):
    value = (GOLDEN / f"{event.full_type()}.json").read_bytes()
    (entry,) = rules.entries([decode(Record(event.topic, 0, 0, None, value))]) or (None,)
    return entry


@pytest.mark.parametrize("full_type", sorted(EVENTS))
def test_every_event_type_has_a_title_in_both_languages(full_type):
    template = TEMPLATES[f"heed.{short_type(full_type)}"]
    assert set(template) == set(LANGUAGES)
    assert CHINESE.search(template["zh"]) or "{" in template["zh"]
    assert not CHINESE.search(template["en"])


def test_fields_of_titles_are_fields_of_their_events_and_their_taxonomies_exist():
    checked = 0
    for event in EVENTS.values():
        for template in TEMPLATES[f"heed.{short_type(event.full_type())}"].values():
            for path, taxonomy in FIELD.findall(template):
                first = path.partition(".")[0]
                names = {field.alias or name for name, field in event.model_fields.items()}
                assert first == "case" or first in names, (event, path)
                assert not taxonomy or taxonomy in TAXONOMIES
                checked += 1
    assert checked > 50


@pytest.mark.parametrize("event", EVENT_CLASSES, ids=lambda event: event.__name__)
def test_titles_of_golden_events_are_complete(event):
    entry = golden_entry(event)
    if entry is None:
        return
    for language in LANGUAGES:
        text = title(entry.type, json.loads(entry.data), language)
        assert text
        assert not {"{", "}"} & set(text)
    assert CHINESE.search(text)


def test_labels_are_those_of_the_seeded_taxonomies():
    names = {"remedy": "remedy", "guarantee_scope": "guarantee_scope", "category": "category", "severity": "severity"}
    names |= {"case_kind": "case_kind", "milestone": "milestone", "channel": "channel"}
    checked = 0
    for name in names:
        for code, en, zh in SEEDED[name]:
            labels = TAXONOMIES[name][code]
            assert labels["zh"] == zh
            assert labels["en"].casefold() == en.casefold()
            checked += 1
    assert checked == sum(len(SEEDED[name]) for name in names) > 30


def test_a_complaint_is_named_by_its_labels():
    data = {"category": "service.attitude", "severity": "major"}
    assert title("heed.complaint.opened.v1", data, "en") == "Complaint opened: service (attitude), major"
    assert title("heed.complaint.opened.v1", data, "zh") == "投诉已提交：服务 (attitude)，严重"
    enquiry = data | {"kind": CaseKind.ENQUIRY.value}
    assert title("heed.complaint.opened.v1", enquiry, "en") == "Enquiry opened: service (attitude), major"


def test_a_code_that_an_operator_has_added_is_shown_as_it_is():
    data = {"category": "parking", "severity": "minor"}
    assert title("heed.complaint.opened.v1", data, "en") == "Complaint opened: parking, minor"


def test_a_type_without_a_title_is_shown_as_it_is():
    assert title("heed.future.thing.v2", {}, "zh") == "heed.future.thing.v2"


@pytest.mark.parametrize("event", EVENT_CLASSES, ids=lambda event: event.__name__)
def test_every_link_leads_to_a_path_of_the_api(event):
    entry = golden_entry(event)
    if entry is None:
        return
    paths = json.loads((ROOT / "docs/interfaces/openapi.json").read_text())["paths"]
    ids = json.loads(entry.data) | {"customer_id": entry.customer_id, "complaint_id": entry.complaint_id}
    path = rules.link(entry.type, ids)
    shapes = {
        re.compile("/".join("[^/]+" if part.startswith("{") else re.escape(part) for part in known.split("/")))
        for known, methods in paths.items()
        if "get" in methods
    }
    assert any(shape.fullmatch(path) for shape in shapes), path
    assert not list(Formatter().parse(path))[1:]


@pytest.mark.parametrize(
    ("name", "count"),
    [("complaint.opened", 1), ("heed.complaint.opened.v1", 1), ("sla", 4), ("nothing", 0), ("complaint.", 0)],
)
def test_filters_name_a_type_or_all_of_one_thing(name, count):
    assert len(full_types([name])) == count


def test_every_message_template_has_a_label():
    catalogues = {*complaint_worker.TEMPLATES, *customer_worker.TEMPLATES}
    assert catalogues
    assert set(TAXONOMIES["message_template"]) == catalogues
    data = {"channel": "mail", "template": "complaint.decision"}
    assert title("heed.message.sent.v1", data, "en") == "Message sent (e-mail): decision"
    assert title("heed.message.sent.v1", data, "zh") == "已发送消息（电子邮件）：处理决定"
