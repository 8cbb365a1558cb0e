"""Questionnaires in requests and responses."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Self, cast

from pydantic import BeforeValidator, Field, PlainSerializer, StrictBool, StrictInt, StringConstraints, model_validator

from heed_common import conditions
from heed_common.conditions import Condition
from heed_common.contracts.survey import Measure
from heed_common.fields import (
    Amount,
    Code,
    RequestModel,
    ResponseModel,
    ShortText,
    Visible,
    at_most,
    validation_error,
)
from heed_common.languages import LANGUAGES, Language
from heed_common.text import is_blank
from heed_survey.surveys.questionnaire.conditions import condition_fields, to_document
from heed_survey.surveys.questionnaire.items import DEFAULT_SCALES, Item, ItemType, Option, Scale, Translated
from heed_survey.surveys.questionnaire.questionnaire import Indicator, Questionnaire, Section

MAX_SCALE_END = 100
MAX_ITEMS, MAX_SECTIONS, MAX_OPTIONS, MAX_INDICATORS = 200, 50, 100, 100
MAX_LABELS = 2 * MAX_SCALE_END + 1
MAX_TEXT, MAX_TITLE = 1000, 200

QuestionText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT), Visible]
Weight = Annotated[Decimal, Field(gt=0, le=1, max_digits=12, decimal_places=10, allow_inf_nan=False)]


class TranslatedIn(RequestModel):
    """A text in one language or both."""

    en: QuestionText | None = None
    zh: QuestionText | None = None

    @model_validator(mode="after")
    def _has_a_language(self) -> Self:
        if self.en is None and self.zh is None:
            raise validation_error("text_missing", "needs a text in English (en), Chinese (zh) or both")
        return self

    def to_domain(self) -> Translated:
        return Translated(self.en, self.zh)


def optional_text(text: TranslatedIn | None) -> Translated | None:
    return None if text is None else text.to_domain()


def _in_both_languages(title: object) -> object:
    """Return a plain text as one that is the same in all languages."""
    if not isinstance(title, str):
        return title
    if is_blank(title) or len(title) > MAX_TITLE:
        raise validation_error("title_text", "must have 1 to 200 characters, and one of them visible")
    return dict.fromkeys(LANGUAGES, title)


Title = Annotated[TranslatedIn, BeforeValidator(_in_both_languages, json_schema_input_type=ShortText | TranslatedIn)]


class ScaleIn(RequestModel):
    """Whole numbers, the lowest being the unhappiest end unless the item is reversed; labels for all of them, for both
    ends, or for none."""

    lowest: Annotated[StrictInt, Field(ge=-MAX_SCALE_END, le=MAX_SCALE_END)]
    highest: Annotated[StrictInt, Field(ge=-MAX_SCALE_END, le=MAX_SCALE_END)]
    labels: Annotated[tuple[TranslatedIn, ...], Field(max_length=MAX_LABELS), at_most(MAX_LABELS)] = ()
    """For all numbers or both ends, the lowest first; empty: numbers only."""

    def to_domain(self) -> Scale:
        return Scale(self.lowest, self.highest, tuple(label.to_domain() for label in self.labels))


class OptionIn(RequestModel):
    code: Code
    """Stored in answers."""
    text: TranslatedIn
    """What respondents read."""


class ItemIn(RequestModel):
    """A question. Without a type it is answered on its scale, and without a scale with free text."""

    code: Code
    """Unique in the survey; names its answers."""
    text: TranslatedIn
    """The question."""
    type: ItemType | None = None
    """How it is answered; null: on its scale, or in free text without one."""
    scale: ScaleIn | None = None
    """Types that need one and name none have 1 to 7 (servqual), 1 to 5 (importance) or 1 to 10 (rating_pair)."""
    options: Annotated[tuple[OptionIn, ...], Field(max_length=MAX_OPTIONS), at_most(MAX_OPTIONS)] = ()
    """For types with a choice; empty for others."""
    required: StrictBool = False
    """Whether a response without it is refused; it may be hidden by `show_if`."""
    show_if: dict[str, Any] | None = None
    """Condition on the answers to earlier items; the parts of a pair are fields such as `speed.expectation`."""
    measure: Measure = Measure.OTHER
    """What it measures; scoring uses all but `other`."""
    about: Code | None = None
    """The reason, motive or barrier that items of these measures ask about; of an importance the item or indicator."""
    reversed: StrictBool = False
    """Whether the lowest number is the happiest end: results calculate with the mirrored value."""
    reverse_of: Code | None = None
    """The earlier item that this one puts in the opposite sense; it is reversed then, and both check each other."""
    requirement: Code | None = None
    """Kind of requirement: quality, function, extension or price, or one of their leaves; null if none."""
    indicator: Code | None = None
    """Path of the indicator to which it belongs; null: it is in no index."""
    weight: Weight | None = None
    """Among the items and indicators of one parent, above 0 to 1; null: equal weights."""

    def to_domain(self, earlier: Sequence[Item], *, pointer: str) -> Item:
        """Return the item. Raises `ConditionError` for a condition that is not one on the earlier items."""
        type_ = self.type or (ItemType.TEXT if self.scale is None else ItemType.SCALE)
        return Item(
            code=self.code,
            text=self.text.to_domain(),
            type=type_,
            measure=self.measure,
            scale=DEFAULT_SCALES.get(type_) if self.scale is None else self.scale.to_domain(),
            options=tuple(Option(option.code, option.text.to_domain()) for option in self.options),
            required=self.required,
            show_if=self._condition(earlier, pointer=f"{pointer}/show_if"),
            about=self.about,
            reversed=self.reversed,
            reverse_of=self.reverse_of,
            requirement=self.requirement,
            indicator=self.indicator,
            weight=self.weight,
        )

    def _condition(self, earlier: Sequence[Item], *, pointer: str) -> Condition | None:
        if self.show_if is None:
            return None
        return conditions.parse(self.show_if, condition_fields(earlier), pointer=pointer)


Items = Annotated[tuple[ItemIn, ...], Field(max_length=MAX_ITEMS), at_most(MAX_ITEMS)]


class SectionIn(RequestModel):
    """A page of the form."""

    title: Title | None = None
    """Heading of the page; null: none."""
    items: Annotated[Items, Field(min_length=1)]


class IndicatorIn(RequestModel):
    """Text and weight of an indicator that items name by its path."""

    path: Code
    """Levels separated by points, at most four, above the items."""
    text: TranslatedIn | None = None
    """Name for people; null: the path is shown."""
    weight: Weight | None = None
    """Among its siblings, above 0 to 1; null: equal weights."""

    def to_domain(self) -> Indicator:
        return Indicator(self.path, optional_text(self.text), self.weight)


Sections = Annotated[tuple[SectionIn, ...], Field(max_length=MAX_SECTIONS), at_most(MAX_SECTIONS)]
Indicators = Annotated[tuple[IndicatorIn, ...], Field(max_length=MAX_INDICATORS), at_most(MAX_INDICATORS)]
Languages = Annotated[tuple[Language, ...], Field(min_length=1, max_length=len(LANGUAGES))]


def sections_to_domain(sections: Sequence[SectionIn], *, pointer: str = "/sections/{}") -> tuple[Section, ...]:
    """Return the sections; `pointer` is where the one with this number is in the body."""
    earlier: list[Item] = []
    built = []
    for page, section in enumerate(sections):
        first = len(earlier)
        for index, item in enumerate(section.items):
            earlier.append(item.to_domain(earlier, pointer=f"{pointer.format(page)}/items/{index}"))
        built.append(Section(tuple(earlier[first:]), optional_text(section.title)))
    return tuple(built)


class TranslatedOut(ResponseModel):
    """A text is null in a language in which it does not exist; it exists in all `languages` of the survey."""

    en: str | None
    zh: str | None


class ScaleOut(ResponseModel):
    lowest: int
    highest: int
    labels: list[TranslatedOut]


class OptionOut(ResponseModel):
    code: str
    text: TranslatedOut


def _as_document(condition: object) -> object:
    """Return a condition as JSON; a document passes unchanged."""
    return condition if condition is None or isinstance(condition, dict) else to_document(cast("Condition", condition))


class ItemOut(ResponseModel):
    code: str
    text: TranslatedOut
    type: ItemType
    scale: ScaleOut | None
    """Null for types without one."""
    options: list[OptionOut]
    required: bool
    show_if: Annotated[Any, PlainSerializer(_as_document, return_type=dict[str, Any] | None)]
    """Condition on earlier answers under which it is asked; null: always."""
    measure: Measure
    about: str | None
    """What items of some measures ask about; null for others."""
    reversed: bool
    """Whether the lowest number is the happiest end."""
    reverse_of: str | None
    """Item that this one puts in the opposite sense; null if none."""
    requirement: str | None
    indicator: str | None
    weight: Amount | None


class SectionOut(ResponseModel):
    title: TranslatedOut | None
    """Heading of the page; null: none."""
    items: list[ItemOut]


class IndicatorOut(ResponseModel):
    path: str
    text: TranslatedOut | None
    weight: Amount | None


class QuestionnaireOut(ResponseModel):
    """All questions, in the form in which a survey is created from them."""

    title: TranslatedOut
    """What respondents read above the questions."""
    languages: list[Language]
    """Languages in which all texts are complete."""
    sections: list[SectionOut]
    """Pages of the form, in their order."""
    indicators: list[IndicatorOut]
    """Indicators above the items, each before those below it."""

    @classmethod
    def from_domain(cls, questionnaire: Questionnaire) -> Self:
        return cls.model_validate(
            {
                "title": questionnaire.title,
                "languages": questionnaire.languages,
                "sections": list(questionnaire.sections),
                "indicators": list(questionnaire.indicator_nodes),
            }
        )
