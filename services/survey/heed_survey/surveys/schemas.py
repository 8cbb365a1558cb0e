"""Requests and responses of surveys."""

from datetime import date
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StrictBool, StrictInt, model_validator

from heed_common.fields import (
    Code,
    ExternalId,
    LongText,
    Moment,
    RequestModel,
    ResponseModel,
    ShortText,
    at_most,
    validation_error,
)
from heed_common.languages import Language
from heed_survey.surveys.questionnaire.editing import Edit
from heed_survey.surveys.questionnaire.items import Translated
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire
from heed_survey.surveys.questionnaire.schemas import (
    IndicatorOut,
    Indicators,
    ItemOut,
    Items,
    Languages,
    SectionIn,
    Sections,
    Title,
    TranslatedOut,
    optional_text,
    sections_to_domain,
)
from heed_survey.surveys.repository import SurveyHead
from heed_survey.surveys.rules import DEFAULT_MIN_GROUP, MIN_GROUP, Nature, Settings, Study, SurveyState
from heed_survey.surveys.tables import Survey
from heed_survey.surveys.templates.rules import ALIASES
from heed_survey.surveys.templates.schemas import ParametersIn
from heed_survey.surveys.templates.service import get_template, load_templates

UNSET: Any = None
"""Default of members that may be omitted and not be null."""
SETTINGS = ("anonymous", "min_group", "wave", "study", "quotas")
MAX_QUOTAS, MAX_QUOTA_LIMIT, MAX_MIN_GROUP, MAX_REGIONS = 100, 10_000_000, 1000, 200


class StudyIn(RequestModel):
    """Record of the design, made before the start."""

    purpose: LongText | None = None
    """What is to be found out, in free text."""
    nature: Nature | None = None
    """`exploratory`: to find out what to ask; `conclusive`: to decide on."""
    population: LongText | None = None
    """About whom the results are, in free text."""
    method: LongText | None = None
    """How respondents are found and asked, in free text."""
    regions: Annotated[tuple[ShortText, ...], Field(max_length=MAX_REGIONS), at_most(MAX_REGIONS)] = ()
    """Regions that the study covers, for its strata."""
    report_due: date | None = None
    """Day on which the report is due."""
    responsible: ShortText | None = None
    """Who answers for the study."""
    use: LongText | None = None
    """What the results are used for, in free text."""
    frequency: ShortText | None = None
    """How often it is repeated, in free text."""
    report_contents: LongText | None = None
    """What the report has to contain, in free text."""

    def to_domain(self) -> Study:
        return Study(**dict(self))


class QuotaIn(RequestModel):
    """A limit on the responses of customers for whom the condition holds."""

    name: ShortText
    """Unique in the survey."""
    when: dict[str, Any] = Field(default_factory=lambda: {"all": []})
    """On answers by item code, and on the customer (`customer.region`); without one all responses count."""
    limit: Annotated[StrictInt, Field(ge=1, le=MAX_QUOTA_LIMIT)]
    """Most responses for which the condition holds; further ones are refused with 409."""


Quotas = Annotated[tuple[QuotaIn, ...], Field(max_length=MAX_QUOTAS), at_most(MAX_QUOTAS)]
MinGroup = Annotated[StrictInt, Field(ge=MIN_GROUP, le=MAX_MIN_GROUP)]


class QuestionsIn(RequestModel):
    """Questions of a survey: items in sections, or items that are a single one."""

    title: Title | None = None
    """What respondents read above the questions; needed without a template."""
    items: Items | None = None
    sections: Sections | None = None
    """Pages of the form; either these or `items`."""
    languages: Languages | None = None
    """Each text must exist in each of them; default: the languages in which all texts are complete."""
    indicators: Indicators | None = None
    """Texts and weights of the indicators that items name; others have equal weights."""

    @model_validator(mode="after")
    def _has_items_or_sections(self) -> Self:
        if self.items is not None and self.sections is not None:
            raise validation_error("items_and_sections", "takes either items or sections")
        return self

    def to_edit(self) -> Edit:
        """Return the questions. Raises `ConditionError` for conditions that are not on earlier items."""
        sections = None
        if self.items is not None:
            sections = sections_to_domain([SectionIn.model_construct(items=self.items)], pointer="")
        elif self.sections is not None:
            sections = sections_to_domain(self.sections)
        return Edit(
            title=optional_text(self.title),
            sections=sections,
            languages=None if self.languages is None else tuple(sorted(set(self.languages))),
            indicator_nodes=None if self.indicators is None else tuple(node.to_domain() for node in self.indicators),
            flat=self.items is not None,
        )


def _is_template(name: str) -> str:
    if name not in ALIASES and name not in load_templates():
        raise validation_error("template_unknown", "must be a template of GET /v1/surveys/templates")
    return name


class SurveyIn(QuestionsIn):
    """A questionnaire, or the name of a template."""

    external_id: ExternalId | None = None
    template: Annotated[Code, AfterValidator(_is_template)] | None = None
    parameters: ParametersIn | None = None
    """What the template is filled in with."""
    anonymous: StrictBool = False
    """Responses are stored so that no one can find out who gave them."""
    min_group: MinGroup = DEFAULT_MIN_GROUP
    """Respondents of the smallest group that results are shown for."""
    wave: Code | None = None
    study: StudyIn | None = None
    quotas: Quotas = ()

    @model_validator(mode="after")
    def _has_questions_or_a_template(self) -> Self:
        has_items = bool(self.items or self.sections)
        if self.template is None and not (self.title and has_items):
            raise validation_error("nothing_asked", "needs a title and items, or a template")
        if self.template is not None and has_items:
            raise validation_error("template_with_items", "takes either items or a template")
        if self.template is None and self.parameters is not None:
            raise validation_error("parameters_without_template", "takes parameters only with a template")
        return self

    def to_questionnaire(self) -> Questionnaire:
        """Return the questionnaire. Raises `Invalid`, `ConditionError` with pointers."""
        edit = self.to_edit()
        if self.template is None:
            return edit.create()
        return edit.apply(
            get_template(self.template).fill(None if self.parameters is None else self.parameters.to_domain())
        )

    def to_settings(self) -> Settings:
        return Settings(
            anonymous=self.anonymous,
            min_group=self.min_group,
            wave=self.wave,
            study=None if self.study is None else self.study.to_domain(),
            quotas=tuple(quota.model_dump() for quota in self.quotas),
        )


class SurveyPatch(QuestionsIn):
    """Changes of a survey: the parts of its questionnaire and the settings that are given."""

    anonymous: StrictBool = Field(UNSET, validate_default=False)
    min_group: MinGroup = Field(UNSET, validate_default=False)
    wave: Code | None = None
    study: StudyIn | None = None
    quotas: Quotas = Field(UNSET, validate_default=False)

    def changed_settings(self) -> dict[str, Any]:
        """Return the columns of the settings that are given."""
        given = {name: getattr(self, name) for name in SETTINGS if name in self.model_fields_set}
        if "study" in given:
            given["study"] = self.study and self.study.to_domain().to_json()
        if "quotas" in given:
            given["quotas"] = [quota.model_dump() for quota in self.quotas]
        return given


class StudyOut(ResponseModel):
    purpose: str | None = None
    nature: Nature | None = None
    population: str | None = None
    method: str | None = None
    regions: list[str] = Field(default_factory=list)
    report_due: date | None = None
    responsible: str | None = None
    use: str | None = None
    frequency: str | None = None
    report_contents: str | None = None


class QuotaOut(ResponseModel):
    name: str
    when: dict[str, Any]
    limit: int


class SurveyHeadOut(ResponseModel):
    """A survey without its questions."""

    id: UUID
    external_id: str | None
    title: TranslatedOut
    """What respondents read above the questions."""
    state: SurveyState
    """Changed by publishing and closing only."""
    survey_version: int
    draft_version: int | None
    """Version that is being edited; null if there is no draft."""
    pilot_version: int | None
    """Version that is being tried out; null without a pilot."""
    languages: list[Language]
    """Languages in which all texts are complete."""
    anonymous: bool
    min_group: int
    wave: str | None
    created_at: Moment
    published_at: Moment | None
    closed_at: Moment | None

    @classmethod
    def from_head(cls, head: SurveyHead) -> Self:
        """Return the survey as lists show it."""
        columns = {name: getattr(head.survey, name) for name in COLUMNS}
        title = TranslatedOut.model_validate(Translated(**head.title))
        return cls(**columns, title=title, languages=head.languages)


COLUMNS = tuple(SurveyHeadOut.model_fields.keys() - {"title", "languages"})


class SectionHeadOut(ResponseModel):
    title: TranslatedOut | None
    """Heading of the page; null: none."""
    items: list[str]
    """Codes of its items."""


class SurveyOut(SurveyHeadOut):
    """A survey with the questions of its current version."""

    sections: list[SectionHeadOut]
    """Pages of the form, with the codes of their items."""
    items: list[ItemOut]
    indicators: list[IndicatorOut]
    """Indicators above the items, each before those below it."""
    study: StudyOut | None
    quotas: list[QuotaOut]

    @classmethod
    def from_domain(cls, survey: Survey, questionnaire: Questionnaire) -> Self:
        """Return the survey with these questions."""
        columns = {name: getattr(survey, name) for name in COLUMNS}
        return cls.model_validate(
            columns
            | {
                "title": questionnaire.title,
                "languages": questionnaire.languages,
                "sections": [
                    {"title": section.title, "items": [item.code for item in section.items]}
                    for section in questionnaire.sections
                ],
                "items": list(questionnaire.items),
                "indicators": list(questionnaire.indicator_nodes),
                "study": survey.study,
                "quotas": survey.quotas,
            }
        )
