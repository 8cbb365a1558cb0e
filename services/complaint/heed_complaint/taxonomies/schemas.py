"""How taxonomies are shown."""

from heed_common.fields import Reply
from heed_common.languages import Language


class TermOut(Reply):
    code: str
    label: str


class TaxonomyOut(Reply):
    taxonomy: str
    terms: list[TermOut]


class TaxonomiesOut(Reply):
    """Every list, labelled in one language."""

    language: Language
    items: list[TaxonomyOut]

    @classmethod
    def of(cls, taxonomies: dict[str, dict[str, str]], *, language: Language) -> "TaxonomiesOut":
        return cls(
            language=language,
            items=[
                TaxonomyOut(taxonomy=name, terms=[TermOut(code=code, label=label) for code, label in terms.items()])
                for name, terms in taxonomies.items()
            ],
        )
