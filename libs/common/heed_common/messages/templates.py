"""Templates of messages: those that a service ships, and the versions that an operator edited."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.advisory_locks import lock_text
from heed_common.contracts.message import ContactChannel
from heed_common.errors import NotFound, Unprocessable
from heed_common.languages import DEFAULT, LANGUAGES, Language
from heed_common.messages import rendering
from heed_common.messages.rendering import RenderedText, TemplateInvalid, TemplateText
from heed_common.messages.tables import MESSAGE_TEMPLATE
from heed_common.revisions import require_if_match

COMMON_PARAMETERS: Mapping[str, str | None] = {"preferences_url": "https://heed.example/p/example"}
"""Parameters of every template, with an example; None where the recipient is no identified customer."""
SHIPPED_VERSION = 0
NO_TEXT: dict[str, Any] = dict.fromkeys(("subject", "body", "html", "short"))


class UnknownTemplate(NotFound):
    code, title = "template_unknown", "There is no template of this name."
    advice = "List the templates and use one of their names."


class InvalidTemplate(Unprocessable):
    code, title = "template_invalid", "The template cannot be used."


@dataclass(frozen=True, slots=True)
class ShippedTemplate:
    """A template as the service ships it."""

    titles: Mapping[Language, str]
    texts: Mapping[Language, TemplateText]
    sample: Mapping[str, Any]
    """An example of each parameter, for previews. Other parameters are not allowed."""

    @property
    def parameters(self) -> frozenset[str]:
        return frozenset(self.sample) | frozenset(COMMON_PARAMETERS)


Catalogue = Mapping[str, ShippedTemplate]
"""The templates of a service by name."""
NO_TEMPLATES: Catalogue = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class TemplateVersion:
    """A template in force."""

    name: str
    language: Language
    version: int
    text: TemplateText
    is_shipped: bool
    changed_at: datetime | None = None
    changed_by: str | None = None


def to_language(tag: str | None) -> Language:
    """Return the supported language of a tag: `zh-Hans-CN` is Chinese."""
    primary = (tag or "").lower().partition("-")[0]
    return next((language for language in LANGUAGES if language == primary), DEFAULT)


async def list_templates(session: AsyncSession, catalogue: Catalogue) -> list[TemplateVersion]:
    """Return the templates in force, ordered by name and language."""
    edited = {(row.name, row.language): row for row in await _select_newest(session)}
    return [
        _in_force(shipped, name, language, edited.get((name, language)))
        for name, shipped in sorted(catalogue.items())
        for language in LANGUAGES
    ]


async def get_template(
    session: AsyncSession, catalogue: Catalogue, *, name: str, language: Language
) -> TemplateVersion:
    """Return the template in force. Raises `UnknownTemplate`."""
    shipped = catalogue.get(name)
    if shipped is None:
        raise UnknownTemplate
    rows = await _select_newest(session, name=name, language=language)
    return _in_force(shipped, name, language, rows[0] if rows else None)


async def put_template(
    session: AsyncSession,
    catalogue: Catalogue,
    *,
    name: str,
    language: Language,
    text: TemplateText,
    if_match: int | None,
    changed_by: str,
    now: datetime,
) -> TemplateVersion:
    """Store a new version of the template. Raises `UnknownTemplate`, `InvalidTemplate`, 412 and 428 for If-Match."""
    await _lock(session, name, language)
    current = await get_template(session, catalogue, name=name, language=language)
    require_if_match(if_match, current.version)
    preview(catalogue, name=name, text=text)
    changes = {"subject": text.subject, "body": text.text, "html": text.html, "short": text.short}
    await _insert_version(session, current, changes, changed_by=changed_by, now=now)
    return await get_template(session, catalogue, name=name, language=language)


async def restore_template(
    session: AsyncSession, catalogue: Catalogue, *, name: str, language: Language, changed_by: str, now: datetime
) -> None:
    """Put the shipped template in force again, as a new version. Raises `UnknownTemplate`."""
    await _lock(session, name, language)
    current = await get_template(session, catalogue, name=name, language=language)
    if not current.is_shipped:
        await _insert_version(session, current, {}, changed_by=changed_by, now=now)


def preview(catalogue: Catalogue, *, name: str, text: TemplateText) -> tuple[RenderedText, RenderedText]:
    """Return the message with example parameters, as a mail and as a short message.

    Raises `UnknownTemplate`, `InvalidTemplate`.
    """
    if name not in catalogue:
        raise UnknownTemplate
    shipped = catalogue[name]
    params = {**COMMON_PARAMETERS, **shipped.sample}
    try:
        rendering.check(text, parameters=shipped.parameters)
        mail = rendering.render(text, params, channel=ContactChannel.MAIL)
        return mail, rendering.render(text, params, channel=ContactChannel.SMS)
    except TemplateInvalid as error:
        raise InvalidTemplate(error.detail, pointer=f"/{error.part}") from None


async def _lock(session: AsyncSession, name: str, language: Language) -> None:
    """Let one change of the template follow another."""
    await lock_text(session, f"message_template {name} {language}")


async def _insert_version(
    session: AsyncSession,
    current: TemplateVersion,
    changes: Mapping[str, str | None],
    *,
    changed_by: str,
    now: datetime,
) -> None:
    """Insert the next version; without changes it means the shipped template."""
    key = {"name": current.name, "language": current.language, "version": current.version + 1}
    row = NO_TEXT | dict(changes) | key | {"changed_at": now, "changed_by": changed_by}
    await session.execute(insert(MESSAGE_TEMPLATE), row)


async def _select_newest(
    session: AsyncSession, *, name: str | None = None, language: str | None = None
) -> Sequence[Any]:
    columns = MESSAGE_TEMPLATE.c
    query = select(MESSAGE_TEMPLATE).ext(distinct_on(columns.name, columns.language))
    if name is not None:
        query = query.where(columns.name == name, columns.language == language)
    return (await session.execute(query.order_by(columns.name, columns.language, columns.version.desc()))).all()


def _in_force(shipped: ShippedTemplate, name: str, language: Language, row: Any) -> TemplateVersion:  # noqa: ANN401
    if row is None:
        return TemplateVersion(name, language, SHIPPED_VERSION, shipped.texts[language], is_shipped=True)
    is_shipped = row.body is None
    text = shipped.texts[language] if is_shipped else TemplateText(row.subject, row.body, row.html, row.short)
    return TemplateVersion(name, language, row.version, text, is_shipped, row.changed_at, row.changed_by)
