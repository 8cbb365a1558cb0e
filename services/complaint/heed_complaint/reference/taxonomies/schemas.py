"""Taxonomies as JSON."""

from collections.abc import Iterable

from pydantic import Field, StrictBool

from heed_common.fields import Code, RequestModel, ResponseModel, ShortText
from heed_common.languages import Language
from heed_complaint.reference.taxonomies.rules import TermInput, parent_code
from heed_complaint.reference.taxonomies.tables import Term

MAX_TERMS = 1000


class TermIn(RequestModel):
    code: Code
    """Stored with complaints; on two levels `level1` or `level1.level2`."""
    en: ShortText
    zh: ShortText
    parent: Code | None = None
    """The first level; redundant, for callers that have it anyway."""
    retired: StrictBool = False
    """Not for new complaints any more."""

    def to_domain(self) -> TermInput:
        return TermInput(**{name: getattr(self, name) for name in type(self).model_fields})


class TaxonomyIn(RequestModel):
    """The whole list in its order; a term that is not in it is removed."""

    terms: list[TermIn] = Field(min_length=1, max_length=MAX_TERMS)
    """In the order in which they are shown."""


class TermOut(ResponseModel):
    code: str
    label: str
    """In the language that `Accept-Language` prefers."""
    parent: str | None
    """Code of the first level; null for terms of the first level."""
    retired: bool
    """Whether it is closed for new complaints; old ones keep it."""
    en: str | None = None
    """Both labels are given with `all=true`."""
    zh: str | None = None

    @classmethod
    def from_domain(cls, term: Term, *, language: Language, all_languages: bool) -> "TermOut":
        both = {"en": term.en, "zh": term.zh}
        return cls(
            code=term.code,
            label=both[language],
            parent=parent_code(term.code),
            retired=term.retired,
            **(both if all_languages else {}),
        )


class TaxonomyOut(ResponseModel):
    taxonomy: str
    """Name of the list, as in the path."""
    terms: list[TermOut]

    @classmethod
    def from_domain(cls, name: str, terms: Iterable[Term], *, language: Language, all_languages: bool) -> "TaxonomyOut":
        shown = [TermOut.from_domain(term, language=language, all_languages=all_languages) for term in terms]
        return cls(taxonomy=name, terms=shown)


class TaxonomiesOut(ResponseModel):
    """Every list, labelled in one language."""

    language: Language
    items: list[TaxonomyOut]
