"""Templates in requests and responses."""

from typing import Annotated, Self

from pydantic import Field

from heed_common.fields import Code, RequestModel, ResponseModel, at_most
from heed_survey.surveys.questionnaire.schemas import Title, TranslatedIn, TranslatedOut
from heed_survey.surveys.templates.rules import Attribute, Parameters, Template

MAX_ATTRIBUTES = 50


class AttributeIn(RequestModel):
    code: Code
    """Part of the codes of its items."""
    text: TranslatedIn
    """The attribute as questions name it."""


Attributes = Annotated[tuple[AttributeIn, ...], Field(min_length=1, max_length=MAX_ATTRIBUTES), at_most(MAX_ATTRIBUTES)]


class ParametersIn(RequestModel):
    """What the template is filled in with; omitted ones have the template's own values."""

    product: Title | None = None
    """What the questions of the template are about; null: its own wording."""
    attributes: Attributes | None = None
    """Attributes that the template asks about; null: its own."""

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
    """Name of the parameter."""
    default: TranslatedOut
    """What is used without it."""


class TemplateAttributeOut(ResponseModel):
    code: str
    """Part of the codes of its items."""
    text: TranslatedOut
    """The attribute as questions name it."""


class ListParameterOut(ResponseModel):
    name: str
    """Name of the parameter."""
    default: list[TemplateAttributeOut]
    """What is used without it."""


class SurveyTemplateOut(ResponseModel):
    """A template, without its questions."""

    name: str
    """Goes into `template` of a new survey."""
    title: TranslatedOut
    """With the default parameters."""
    description: TranslatedOut
    """What it is for."""
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
