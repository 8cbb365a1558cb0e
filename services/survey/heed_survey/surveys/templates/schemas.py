"""Templates in requests and responses."""

from typing import Annotated, Self

from pydantic import Field

from heed_common.fields import Code, RequestModel, ResponseModel, at_most
from heed_survey.surveys.questionnaire.schemas import Title, TranslatedIn, TranslatedOut
from heed_survey.surveys.templates.rules import Attribute, Parameters, Template

MAX_ATTRIBUTES = 50


class AttributeIn(RequestModel):
    code: Code
    text: TranslatedIn


Attributes = Annotated[tuple[AttributeIn, ...], Field(min_length=1, max_length=MAX_ATTRIBUTES), at_most(MAX_ATTRIBUTES)]


class ParametersIn(RequestModel):
    """What the template is filled in with; omitted ones have the template's own values."""

    product: Title | None = None
    attributes: Attributes | None = None

    def to_domain(self) -> Parameters:
        attributes = self.attributes or ()
        return Parameters(
            texts={} if self.product is None else {"product": self.product.to_domain()},
            lists={"attributes": tuple(Attribute(each.code, each.text.to_domain()) for each in attributes)}
            if attributes
            else {},
        )


class TextParameterOut(ResponseModel):
    name: str
    default: TranslatedOut


class TemplateAttributeOut(ResponseModel):
    code: str
    text: TranslatedOut


class ListParameterOut(ResponseModel):
    name: str
    default: list[TemplateAttributeOut]


class SurveyTemplateOut(ResponseModel):
    """A template, without its questions."""

    name: str
    title: TranslatedOut
    description: TranslatedOut
    texts: list[TextParameterOut]
    """Parameters that are a text."""
    lists: list[ListParameterOut]
    """Parameters that are a list of attributes, each of which has items of its own."""
    items: int
    """Number of items with the default parameters."""

    @classmethod
    def from_domain(cls, template: Template) -> Self:
        filled, defaults = template.fill(), template.defaults
        return cls.model_validate(
            {
                "name": template.name,
                "title": filled.title,
                "description": template.description,
                "texts": [{"name": name, "default": text} for name, text in defaults.texts.items()],
                "lists": [{"name": name, "default": list(entries)} for name, entries in defaults.lists.items()],
                "items": len(filled.items),
            }
        )
