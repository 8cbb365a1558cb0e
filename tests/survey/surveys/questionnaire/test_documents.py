"""The questionnaire as a document: what is exported can be imported."""

import json

from hypothesis import given

from heed_survey.surveys.questionnaire.documents import from_document, to_document
from heed_survey.surveys.questionnaire.schemas import QuestionnaireOut
from heed_survey.surveys.questionnaire.validation import find_problems
from heed_survey.surveys.schemas import SurveyIn
from heed_survey.surveys.templates.service import load_templates
from tests.survey.questionnaires import questionnaires


@given(questionnaires())
def test_a_stored_questionnaire_equals_the_original(questionnaire):
    assert from_document(json.loads(json.dumps(to_document(questionnaire)))) == questionnaire


@given(questionnaires())
def test_an_exported_questionnaire_creates_the_same_one(questionnaire):
    exported = QuestionnaireOut.from_domain(questionnaire).model_dump_json()
    assert SurveyIn.model_validate_json(exported).to_questionnaire() == questionnaire


@given(questionnaires())
def test_a_valid_questionnaire_has_no_problems(questionnaire):
    assert find_problems(questionnaire) == []


def test_templates_survive_export_and_import():
    filled = [template.fill() for template in load_templates().values()]
    for questionnaire in filled:
        exported = QuestionnaireOut.from_domain(questionnaire).model_dump_json()
        assert SurveyIn.model_validate_json(exported).to_questionnaire() == questionnaire
        assert from_document(to_document(questionnaire)) == questionnaire
    assert len(filled) > 1
