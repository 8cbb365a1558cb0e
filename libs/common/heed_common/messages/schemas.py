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
    """Subject line of mails; a template, too."""
    text: TemplateBody
    """Body as plain text."""
    html: TemplateHTML | None = None
    """Body of mails as HTML beside the plain text; null: plain text only."""
    short: TemplateShort | None = Field(None, description="For SMS and WeCom; without one, the text.")

    def to_domain(self) -> TemplateText:
        return TemplateText(self.subject, self.text, self.html, self.short)


class MessageTemplateOut(ResponseModel):
    """A template in force."""

    name: str
    """Code of the message that it is for."""
    language: Language
    title: str
    """What the message is for, in `language`."""
    version: int
    """0 is the shipped one."""
    is_shipped: bool
    """Whether it is Heed's own text, not replaced."""
    parameters: list[str]
    """Names that the template may use."""
    subject: str
    """Subject line of mails; a template, too."""
    text: str
    """Body as plain text."""
    html: str | None
    """Body of mails as HTML; null: plain text only."""
    short: str | None
    """For SMS and WeCom; null: the text is used."""
    changed_at: Moment | None
    """When it replaced Heed's own text; null while that is in force."""
    changed_by: str | None
    """Caller who replaced it; null while Heed's own text is in force."""

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
    """Subject line of a mail, filled in."""
    text: str
    """Body as plain text, filled in."""
    html: str | None
    """Body as HTML, filled in; null if the template has none."""
    short: str
    """Content of the SMS."""

    @classmethod
    def from_domain(cls, mail: RenderedText, short: RenderedText) -> "MessagePreviewOut":
        return cls(subject=mail.subject, text=mail.text, html=mail.html, short=short.text)
