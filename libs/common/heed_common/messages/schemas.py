"""Requests and responses of templates."""

from typing import Annotated

from pydantic import Field, StringConstraints

from heed_common.fields import Moment, RequestModel, ResponseModel, ShortText, Visible
from heed_common.languages import Language
from heed_common.messages.rendering import RenderedText, TemplateText
from heed_common.messages.templates import ShippedTemplate, TemplateVersion

MAX_TEXT = 20_000
MAX_HTML = 60_000
MAX_SHORT = 1_000

TemplateBody = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT), Visible]
TemplateHTML = Annotated[str, StringConstraints(min_length=1, max_length=MAX_HTML), Visible]
TemplateShort = Annotated[str, StringConstraints(min_length=1, max_length=MAX_SHORT), Visible]


class TemplateIn(RequestModel):
    """A template in Jinja2: `{{ parameter }}`, `{% if %}`, `{% for %}` and simple filters."""

    subject: ShortText
    text: TemplateBody
    html: TemplateHTML | None = None
    short: TemplateShort | None = Field(None, description="For SMS and WeCom; without one, the text.")

    def to_domain(self) -> TemplateText:
        return TemplateText(self.subject, self.text, self.html, self.short)


class MessageTemplateOut(ResponseModel):
    """A template in force."""

    name: str
    language: Language
    title: str
    version: int
    """0 is the shipped one."""
    is_shipped: bool
    parameters: list[str]
    subject: str
    text: str
    html: str | None
    short: str | None
    changed_at: Moment | None
    changed_by: str | None

    @classmethod
    def from_domain(
        cls, template: TemplateVersion, shipped: ShippedTemplate, *, language: Language
    ) -> "MessageTemplateOut":
        return cls(
            name=template.name,
            language=template.language,
            title=shipped.titles[language],
            version=template.version,
            is_shipped=template.is_shipped,
            parameters=sorted(shipped.parameters),
            subject=template.text.subject,
            text=template.text.text,
            html=template.text.html,
            short=template.text.short,
            changed_at=template.changed_at,
            changed_by=template.changed_by,
        )


class MessagePreviewOut(ResponseModel):
    """A message with example parameters."""

    subject: str
    text: str
    html: str | None
    short: str

    @classmethod
    def from_domain(cls, mail: RenderedText, short: RenderedText) -> "MessagePreviewOut":
        return cls(subject=mail.subject, text=mail.text, html=mail.html, short=short.text)
