"""Every problem has an entry in the catalogue to which its `type` leads."""

import re
from pathlib import Path

import pytest

from heed.interface_docs.site.problem_pages import problems_page
from heed.interface_docs.write import INTERFACES, problem_meanings
from heed_common import problem_catalogue
from heed_common.errors import HeedError
from heed_common.problem_catalogue import Catalogue, Meaning
from heed_common.problems import problem_document

ROOT = Path(__file__).resolve().parents[2]
NGINX = ROOT / "deploy" / "gateway" / "nginx.conf"
DECLARED = re.compile(r"`([a-z_]+)`")
SENTENCE_END = (".", "`")


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return problem_meanings()


def test_codes_that_operations_declare_are_in_the_catalogue(catalogue):
    openapi = (ROOT / INTERFACES / "openapi.json").read_text()
    declared = {code for codes in re.findall(r"Codes? (`[^.\"]*`)\.", openapi) for code in DECLARED.findall(codes)}
    assert len(declared) > 100
    assert declared - catalogue.keys() == set()


def test_codes_of_the_gateway_are_in_the_catalogue(catalogue):
    problems = re.findall(r'"type":"/docs/problems#([a-z_]+)","title":"[^"]+","code":"([a-z_]+)"', NGINX.read_text())
    assert len(problems) > 10
    assert all(fragment == code and code in catalogue for fragment, code in problems)


def test_each_entry_explains_what_it_means_and_what_to_do(catalogue):
    entries = [(code, meaning) for code, meanings in catalogue.items() for meaning in meanings]
    assert len(entries) > 250
    for code, meaning in entries:
        assert 400 <= meaning.status < 600, code
        assert meaning.title != meaning.advice, code
        assert meaning.advice.endswith(SENTENCE_END), code


def test_the_type_of_a_problem_leads_to_its_entry(catalogue):
    target = str(problem_document(HeedError())["type"])
    page, fragment = target.split("#")
    assert page == "/docs/problems"
    assert f'<dt id="{fragment}">' in problem_catalogue.render(catalogue)


def test_texts_are_escaped_and_code_is_marked():
    page = problem_catalogue.render({"odd": [Meaning(422, "A <b> & more.", "Send `a < b`.")]})
    assert "<dd>A &lt;b&gt; &amp; more.</dd>" in page
    assert "<code>a &lt; b</code>" in page


def test_the_page_of_the_site_names_operations_that_answer_a_code():
    responses = {"409": {"description": "Already there. Code `draft_exists`."}}
    openapi = {"paths": {"/v1/surveys": {"post": {"responses": responses}}}}
    page = problems_page({"draft_exists": [Meaning(409, "There is a draft.", "Change it.")]}, openapi)
    entry = page[page.index("### `draft_exists`") :]
    assert "There is a draft.  \n→ Change it." in entry
    assert "`POST /v1/surveys`" in entry
