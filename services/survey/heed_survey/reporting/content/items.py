"""Every item with its frequencies, or its mean where it is answered with a number."""

from heed_survey.analysis.results.documents import SUPPRESSED, Cell, EstimateOut
from heed_survey.analysis.results.frequencies import TYPES as COUNTED
from heed_survey.analysis.results.frequencies import FrequenciesOut, codes_of, frequencies
from heed_survey.analysis.results.means import TYPES as MEASURED
from heed_survey.analysis.results.means import means
from heed_survey.analysis.results.subject import Subject
from heed_survey.reporting.content.attempts import attempt, shown
from heed_survey.reporting.content.document import ChoicePart, ItemPart, Text, optional_text, to_text
from heed_survey.surveys.questionnaire.items import Item
from heed_survey.surveys.questionnaire.questionnaire import Section


def item_parts(subject: Subject) -> list[ItemPart]:
    """Return the items of all sections, in their order."""
    return [_part(subject, item, section) for section in subject.data.questionnaire.sections for item in section.items]


def _part(subject: Subject, item: Item, section: Section) -> ItemPart:
    head = {
        "code": item.code,
        "text": to_text(item.text),
        "section": optional_text(section.title),
        "type": item.type.value,
        "reversed": item.is_reversed,
    }
    if item.type in COUNTED:
        return ItemPart(**head, **_counted(subject, item))
    if item.type in MEASURED:
        mean = _mean(subject, item)
        return ItemPart(**head, responses=mean.n if isinstance(mean, EstimateOut) else SUPPRESSED, mean=mean)
    return ItemPart(**head, responses=None)


def _counted(subject: Subject, item: Item) -> dict[str, object]:
    found = shown(attempt(lambda: frequencies(subject, item=item.code)))
    if found is None:
        return {"responses": SUPPRESSED}
    return {
        "responses": found.n,
        "choices": _choices(item, found),
        "mean": _mean(subject, item) if item.type in MEASURED else None,
    }


def _choices(item: Item, found: FrequenciesOut) -> tuple[ChoicePart, ...]:
    texts = _texts(item)
    return tuple(
        ChoicePart(code=option.code, text=texts.get(option.code), count=option.count, share=option.share_of_respondents)
        for option in found.options
    )


def _texts(item: Item) -> dict[str, Text]:
    if item.scale is None:
        return {option.code: to_text(option.text) for option in item.options}
    labels = {code: item.scale.label(int(code)) for code in codes_of(item)}
    return {code: to_text(label) for code, label in labels.items() if label is not None}


def _mean(subject: Subject, item: Item) -> Cell:
    found = shown(attempt(lambda: means(subject, item=item.code)))
    return SUPPRESSED if found is None else found.groups[0].mean
