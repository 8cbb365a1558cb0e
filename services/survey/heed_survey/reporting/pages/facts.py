"""The record of the study, and how the responses were collected, as names with their values."""

from collections.abc import Iterator
from typing import NamedTuple

from heed_common.languages import Language
from heed_plots.numbers import percent
from heed_survey.analysis.results.documents import CountCell
from heed_survey.reporting.content.document import CollectionPart, StudyPart
from heed_survey.reporting.pages.days import day_text
from heed_survey.reporting.pages.sentences import design_text
from heed_survey.reporting.pages.texts import TEXTS, translate

RATES = ("rr1", "rr3")
"""The strictest response rate, and the one that estimates how many of the others were eligible."""
INTERNAL = ("use", "report_due", "responsible")
"""Members of the record that are for employees only."""


class Fact(NamedTuple):
    name: str
    value: str


def study_facts(study: StudyPart | None, language: Language, *, is_public: bool) -> tuple[Fact, ...]:
    """Return what is on record of the design, without internal facts for the public."""
    if study is None:
        return ()
    values = {
        "purpose": study.purpose,
        "nature": study.nature and translate(language, study.nature),
        "population": study.population,
        "method": study.method and _method(study.method, language),
        "regions": ("、" if language == "zh" else ", ").join(study.regions),
        "frequency": study.frequency,
        "use": study.use,
        "report_due": study.report_due and day_text(study.report_due, language),
        "responsible": study.responsible,
    }
    shown = [name for name, value in values.items() if value and not (is_public and name in INTERNAL)]
    return tuple(Fact(translate(language, name), str(values[name])) for name in shown)


def collection_facts(collection: CollectionPart, language: Language) -> tuple[Fact, ...]:
    """Return how many responses came in, and how."""
    return tuple(_collection_facts(collection, language))


def _collection_facts(collection: CollectionPart, language: Language) -> Iterator[Fact]:
    yield Fact(translate(language, "responses"), _count(collection.responses, language))
    if collection.modes:
        modes = [f"{_method(mode, language)} {_count(n, language)}" for mode, n in collection.modes.items()]
        yield Fact(translate(language, "modes"), ("；" if language == "zh" else "; ").join(modes))
    flagged = _count(collection.flagged, language)
    note = f" ({translate(language, 'flagged_note')})" if collection.flagged != 0 else ""
    yield Fact(translate(language, "flagged"), flagged + note)
    yield Fact(translate(language, "design"), design_text(collection.design, language))
    if collection.invitations is not None:
        yield Fact(translate(language, "invitations"), f"{collection.invitations:,}")
    for name in RATES:
        if collection.rates.get(name) is not None:
            text = translate(language, "response_rate", name=name.upper())
            yield Fact(text, percent(collection.rates[name]))


def _count(count: CountCell, language: Language) -> str:
    return f"{count:,}" if isinstance(count, int) else translate(language, "not_shown")


def _method(text: str, language: Language) -> str:
    """Return the name of a mode; a method that was recorded in other words is shown as it is."""
    return translate(language, text) if text in TEXTS else text
