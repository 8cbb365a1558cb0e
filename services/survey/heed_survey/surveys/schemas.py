"""Requests and responses of surveys."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StrictInt, model_validator

from heed_common.contracts.survey import ABOUT, Measure
from heed_common.fields import (
    Code,
    ExternalId,
    Moment,
    RequestModel,
    ResponseModel,
    ShortText,
    at_most,
    validation_error,
)
from heed_common.languages import LANGUAGES, Language
from heed_survey.surveys import templates
from heed_survey.surveys.rules import Item, Questionnaire, Scale, SurveyState, Translated, complete_languages

MAX_SCALE_END = 100
MAX_ITEMS = 200
MAX_LABELS = 2 * MAX_SCALE_END + 1


class TranslatedIn(RequestModel):
    """A text in one language or both."""

    en: ShortText | None = None
    zh: ShortText | None = None

    @model_validator(mode="after")
    def _has_a_language(self) -> Self:
        if self.en is None and self.zh is None:
            raise validation_error("text_missing", "needs a text in English (en), Chinese (zh) or both")
        return self

    def to_domain(self) -> Translated:
        return Translated(self.en, self.zh)


class ScaleIn(RequestModel):
    """Whole numbers, the lowest being the unhappiest end; labels for all of them or for none."""

    lowest: Annotated[StrictInt, Field(ge=-MAX_SCALE_END, le=MAX_SCALE_END)]
    highest: Annotated[StrictInt, Field(ge=-MAX_SCALE_END, le=MAX_SCALE_END)]
    labels: Annotated[tuple[TranslatedIn, ...], Field(max_length=MAX_LABELS), at_most(MAX_LABELS)] = ()

    @model_validator(mode="after")
    def _has_valid_ends_and_labels(self) -> Self:
        if self.lowest >= self.highest:
            raise validation_error("scale_empty", "highest must be above lowest")
        if self.labels and len(self.labels) != self.highest - self.lowest + 1:
            raise validation_error("labels_incomplete", "needs a label for every number or none at all")
        return self

    def to_domain(self) -> Scale:
        return Scale(self.lowest, self.highest, tuple(label.to_domain() for label in self.labels))


class ItemIn(RequestModel):
    """A question. Without a scale it is answered with free text, which is stored and never published."""

    code: Code
    text: TranslatedIn
    measure: Measure
    scale: ScaleIn | None = None
    about: Code | None = None
    """The reason, motive or barrier that items of these measures ask about."""

    @model_validator(mode="after")
    def _measure_has_a_scale(self) -> Self:
        if self.scale is None and self.measure is not Measure.OTHER:
            raise validation_error("scale_missing", "needs a scale, or the measure other")
        return self

    @model_validator(mode="after")
    def _about_fits_the_measure(self) -> Self:
        codes = ABOUT.get(self.measure)
        if codes is None and self.about is not None:
            raise validation_error("about_nothing", "may only say about with the measures " + ", ".join(ABOUT))
        if codes is not None and self.about not in codes:
            raise validation_error(
                "about_unknown", "needs to say about which of these it asks: " + ", ".join(sorted(codes))
            )
        return self

    def to_domain(self) -> Item:
        scale = None if self.scale is None else self.scale.to_domain()
        return Item(self.code, self.text.to_domain(), self.measure, scale, self.about)


class SurveyIn(RequestModel):
    """A questionnaire, or the name of a template."""

    external_id: ExternalId | None = None
    title: ShortText | None = None
    items: Annotated[tuple[ItemIn, ...], Field(max_length=MAX_ITEMS), at_most(MAX_ITEMS)] = ()
    template: Literal["satisfaction", "call_back"] | None = None
    languages: Annotated[tuple[Language, ...], Field(min_length=1, max_length=len(LANGUAGES))] | None = None
    """Each text must exist in each of them; default: the languages in which all texts are complete."""

    @model_validator(mode="after")
    def _has_distinct_items(self) -> Self:
        if self.template is None and not (self.title and self.items):
            raise validation_error("nothing_asked", "needs a title and items, or a template")
        if self.template is not None and self.items:
            raise validation_error("template_with_items", "takes either items or a template")
        if len({item.code for item in self.items}) != len(self.items):
            raise validation_error("codes_repeated", "may use each item code only once")
        return self

    @model_validator(mode="after")
    def _is_complete_in_a_language(self) -> Self:
        complete = complete_languages(self._items())
        missing = [language for language in self.languages or () if language not in complete]
        if missing:
            raise validation_error("languages_incomplete", "needs every text in " + " and ".join(missing))
        if not complete:
            raise validation_error("languages_incomplete", "needs every text in one language at least, en or zh")
        return self

    def to_domain(self) -> Questionnaire:
        title = templates.TEMPLATES[self.template].title if self.template else ""
        languages = None if self.languages is None else tuple(sorted(set(self.languages)))
        return Questionnaire(self.title or title, self._items(), languages)

    def _items(self) -> tuple[Item, ...]:
        if self.template is not None:
            return templates.TEMPLATES[self.template].items
        return tuple(item.to_domain() for item in self.items)


class TranslatedOut(ResponseModel):
    """A text is null in a language in which it does not exist; it exists in all `languages` of the survey."""

    en: str | None
    zh: str | None


class ScaleOut(ResponseModel):
    lowest: int
    highest: int
    labels: list[TranslatedOut]


class ItemOut(ResponseModel):
    code: str
    text: TranslatedOut
    measure: Measure
    scale: ScaleOut | None
    about: str | None = None


class SurveyOut(ResponseModel):
    id: UUID
    external_id: str | None
    title: str
    state: SurveyState
    survey_version: int
    languages: list[Language]
    items: list[ItemOut]
    created_at: Moment
    published_at: Moment | None
