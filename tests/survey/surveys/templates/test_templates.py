"""Templates: both languages, parameters, and what the methods need."""

from collections import Counter

import pytest

from heed_common.contracts.survey import Measure
from heed_survey.surveys.questionnaire.items import ItemType
from heed_survey.surveys.questionnaire.validation import find_problems
from heed_survey.surveys.templates.service import get_template, load_templates
from tests.survey.factories import create_draft

NAMES = [
    *("acsi", "after_sales", "call_back", "ccsi", "ces", "csat_5", "csat_7", "delivered_value", "gale", "kano"),
    *("loyalty_attitude", "nps", "servqual", "silent_customer", "switching_barriers"),
]
ATTRIBUTE = {"code": "speed", "text": {"en": "Speed", "zh": "速度"}}


def test_the_templates_are_those_of_the_field():
    assert list(load_templates()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_template_is_valid_and_complete_in_both_languages(name):
    template = get_template(name)
    questionnaire = template.fill()
    assert questionnaire.languages == ("en", "zh")
    assert find_problems(questionnaire) == []
    assert "{" not in str(questionnaire)
    assert template.description.languages == {"en", "zh"}


def test_the_levels_of_satisfaction_are_those_of_the_taxonomy():
    five = ["很不满意", "不满意", "一般", "满意", "很满意"]
    seven = ["很不满意", "不满意", "不太满意", "一般", "较满意", "满意", "很满意"]
    for name, levels in {"satisfaction": five, "csat_7": seven}.items():
        (item,) = get_template(name).fill().items
        assert [label.zh for label in item.scale.labels] == levels


def test_servqual_has_22_pairs_in_five_dimensions_and_their_importance():
    questionnaire = get_template("servqual").fill()
    by_type = Counter((item.type, item.indicator) for item in questionnaire.items)
    sizes = {"tangibles": 4, "reliability": 5, "responsiveness": 4, "assurance": 4, "empathy": 5}
    assert by_type == {
        **{(ItemType.SERVQUAL, dimension): size for dimension, size in sizes.items()},
        (ItemType.IMPORTANCE, None): 5,
    }
    tree = questionnaire.indicators_of(ItemType.SERVQUAL)
    assert [node.path for node in tree.children] == list(sizes)


def test_the_weights_of_the_acsi_satisfaction_items_are_equal():
    weights = get_template("acsi").fill().indicators.item_weights()
    assert sum(weights.values()) == pytest.approx(1)
    satisfaction = [weight for code, weight in weights.items() if code.startswith("satisfaction.")]
    assert satisfaction == pytest.approx([1 / 15] * 3, abs=1e-4)


def test_switching_barriers_name_the_barrier_of_the_taxonomy():
    items = get_template("switching_barriers").fill().items
    assert {item.measure for item in items} == {Measure.SWITCHING_BARRIER}
    assert {item.about for item in items} == {"transaction_cost", "switching_cost", "termination_barrier"}


@pytest.mark.asyncio
async def test_a_template_is_filled_in_with_a_product_and_attributes(client):
    functions = [{"code": "app", "text": {"en": "An app", "zh": "应用"}}, {"code": "chat", "text": {"zh": "聊天"}}]
    parameters = {"product": "Kettle", "attributes": functions[:1]}
    survey = await create_draft(client, template="kano", parameters=parameters)
    assert survey["title"] == {"en": "Functions of Kettle", "zh": "Kettle的功能"}
    assert [(item["code"], item["type"], item["text"]["en"]) for item in survey["items"]] == [("app", "kano", "An app")]
    chinese = await create_draft(client, template="kano", parameters=parameters | {"attributes": functions})
    assert chinese["languages"] == ["zh"]
    assert [item["code"] for item in chinese["items"]] == ["app", "chat"]


@pytest.mark.asyncio
async def test_an_attribute_has_an_importance_of_its_own(client):
    survey = await create_draft(client, template="gale", parameters={"attributes": [ATTRIBUTE]})
    by_code = {item["code"]: item for item in survey["items"]}
    assert (by_code["speed"]["type"], by_code["importance.speed"]["about"]) == ("rating_pair", "speed")


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (
            {"template": "nps", "parameters": {"attributes": [{"code": "a", "text": {"en": "A"}}]}},
            "/parameters/attributes",
        ),
        ({"template": "kano", "parameters": {"colour": "red"}}, "/parameters/colour"),
        ({"template": "kano", "parameters": {"attributes": []}}, "/parameters/attributes"),
        ({"template": "everything"}, "/template"),
        ({"title": "T", "items": [{"code": "a", "text": {"en": "A"}}], "parameters": {}}, ""),
    ],
)
async def test_invalid_parameters_are_refused(client, body, pointer):
    response = await client.post("/v1/surveys", json=body)
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, pointer)


@pytest.mark.asyncio
async def test_templates_are_listed_with_their_parameters(client):
    first = (await client.get("/v1/surveys/templates", params={"limit": 10})).json()
    rest = (await client.get("/v1/surveys/templates", params={"cursor": first["next_cursor"]})).json()
    assert [template["name"] for template in first["items"] + rest["items"]] == NAMES
    (kano,) = [template for template in first["items"] if template["name"] == "kano"]
    assert [text["name"] for text in kano["texts"]] == ["product"]
    assert [len(entry["default"]) for entry in kano["lists"]] == [3]


@pytest.mark.asyncio
async def test_a_template_is_shown_as_a_survey_is_created(client):
    shown = await client.get("/v1/surveys/templates/satisfaction")
    assert shown.json()["sections"][0]["items"][0]["code"] == "satisfaction"
    survey = await create_draft(client, **shown.json())
    assert survey["items"] == shown.json()["sections"][0]["items"]
    missing = await client.get("/v1/surveys/templates/everything")
    assert (missing.status_code, missing.json()["code"]) == (404, "template_not_found")
