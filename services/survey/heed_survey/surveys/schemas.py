"""How surveys come in and are shown."""

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
from heed_survey.surveys.rules import Item, Questionnaire, Scale, SurveyState, Words, complete_languages

WIDEST = 100
MOST_ITEMS = 200
MOST_LABELS = 2 * WIDEST + 1


class WordsIn(RequestModel):
    """A text in one language or both."""

    en: ShortText | None = None
    zh: ShortText | None = None

    @model_validator(mode="after")
    def _is_in_a_language(self) -> Self:
        if self.en is None and self.zh is None:
            raise validation_error("text_missing", "needs a text in English (en), Chinese (zh) or both")
        return self

    def as_words(self) -> Words:
        return Words(self.en, self.zh)


class ScaleIn(RequestModel):
    """Whole numbers, the lowest being the unhappiest end; labels for all of them or for none."""

    lowest: Annotated[StrictInt, Field(ge=-WIDEST, le=WIDEST)]
    highest: Annotated[StrictInt, Field(ge=-WIDEST, le=WIDEST)]
    labels: Annotated[tuple[WordsIn, ...], Field(max_length=MOST_LABELS), at_most(MOST_LABELS)] = ()

    @model_validator(mode="after")
    def _has_an_extent(self) -> Self:
        if self.lowest >= self.highest:
            raise validation_error("scale_empty", "highest must be above lowest")
        if self.labels and len(self.labels) != self.highest - self.lowest + 1:
            raise validation_error("labels_incomplete", "needs a label for every number or none at all")
        return self

    def as_scale(self) -> Scale:
        return Scale(self.lowest, self.highest, tuple(label.as_words() for label in self.labels))


class ItemIn(RequestModel):
    """One question. Without a scale it is answered in words, which are stored and never published."""

    code: Code
    text: WordsIn
    measure: Measure
    scale: ScaleIn | None = None
    about: Code | None = None
    """The reason, motive or barrier that items of these measures ask about."""

    @model_validator(mode="after")
    def _what_is_measured_has_a_scale(self) -> Self:
        if self.scale is None and self.measure is not Measure.OTHER:
            raise validation_error("scale_missing", "needs a scale, or the measure other")
        return self

    @model_validator(mode="after")
    def _says_what_it_is_about(self) -> Self:
        codes = ABOUT.get(self.measure)
        if codes is None and self.about is not None:
            raise validation_error("about_nothing", "may only say about with the measures " + ", ".join(ABOUT))
        if codes is not None and self.about not in codes:
            raise validation_error(
                "about_unknown", "needs to say about which of these it asks: " + ", ".join(sorted(codes))
            )
        return self

    def as_item(self) -> Item:
        scale = None if self.scale is None else self.scale.as_scale()
        return Item(self.code, self.text.as_words(), self.measure, scale, self.about)


class SurveyIn(RequestModel):
    """A questionnaire of one's own, or the name of a template."""

    external_id: ExternalId | None = None
    title: ShortText | None = None
    items: Annotated[tuple[ItemIn, ...], Field(max_length=MOST_ITEMS), at_most(MOST_ITEMS)] = ()
    template: Literal["satisfaction", "call_back"] | None = None
    languages: Annotated[tuple[Language, ...], Field(min_length=1, max_length=len(LANGUAGES))] | None = None
    """Each text must be there in each of them; without it, the languages in which all texts are complete."""

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if self.template is None and not (self.title and self.items):
            raise validation_error("nothing_asked", "needs a title and items, or a template")
        if self.template is not None and self.items:
            raise validation_error("template_with_items", "takes either items or a template")
        if len({item.code for item in self.items}) != len(self.items):
            raise validation_error("codes_repeated", "may use each item code only once")
        return self

    @model_validator(mode="after")
    def _is_complete_in_a_language(self) -> Self:
        complete = complete_languages(self._asked())
        missing = [language for language in self.languages or () if language not in complete]
        if missing:
            raise validation_error("languages_incomplete", "needs every text in " + " and ".join(missing))
        if not complete:
            raise validation_error("languages_incomplete", "needs every text in one language at least, en or zh")
        return self

    def as_questionnaire(self) -> Questionnaire:
        title = templates.TEMPLATES[self.template].title if self.template else ""
        languages = None if self.languages is None else tuple(sorted(set(self.languages)))
        return Questionnaire(self.title or title, self._asked(), languages)

    def _asked(self) -> tuple[Item, ...]:
        if self.template is not None:
            return templates.TEMPLATES[self.template].items
        return tuple(item.as_item() for item in self.items)


class WordsOut(ResponseModel):
    """Null where the text is not there in a language; it is in all `languages` of the survey."""

    en: str | None
    zh: str | None


class ScaleOut(ResponseModel):
    lowest: int
    highest: int
    labels: list[WordsOut]


class ItemOut(ResponseModel):
    code: str
    text: WordsOut
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
