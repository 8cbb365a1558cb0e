"""Templates of questionnaires, and their parameters. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from heed_common.errors import Unprocessable
from heed_common.languages import LANGUAGES, Language
from heed_survey.surveys.questionnaire.documents import from_document
from heed_survey.surveys.questionnaire.editing import check
from heed_survey.surveys.questionnaire.items import Translated
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire

ALIASES: Mapping[str, str] = {"satisfaction": "csat_5"}
"""Names that templates had before."""
PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


class ParameterUnknown(Unprocessable):
    code, title = "parameter_unknown", "The template has no such parameter."
    advice = "Use the parameters that the template lists."


@dataclass(frozen=True, slots=True)
class Attribute:
    """An entry of a list parameter: a function of the product, or what it is compared by."""

    code: str
    text: Translated


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a template is filled in with; omitted ones have the template's own values."""

    texts: Mapping[str, Translated] = field(default_factory=dict)
    lists: Mapping[str, tuple[Attribute, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Template:
    """A questionnaire with placeholders, and the default values of these."""

    name: str
    title: Translated
    description: Translated
    defaults: Parameters
    content: Mapping[str, Any]

    def fill(self, parameters: Parameters | None = None) -> Questionnaire:
        """Return the questionnaire. Its languages are those in which all parameters exist.

        Raises `ParameterUnknown`.
        """
        given = parameters or Parameters()
        for name in (*given.texts, *given.lists):
            if name not in (*self.defaults.texts, *self.defaults.lists):
                raise ParameterUnknown(pointer=f"/parameters/{name}")
        texts, lists = {**self.defaults.texts, **given.texts}, {**self.defaults.lists, **given.lists}
        return check(from_document(self._document(texts, lists)), flat=False)

    def _document(self, texts: Mapping[str, Translated], lists: Mapping[str, Sequence[Attribute]]) -> dict[str, Any]:
        sections = [
            section | {"items": [item for each in section["items"] for item in self._items(each, lists)]}
            for section in self.content["sections"]
        ]
        filled = {
            "title": self.content["title"],
            "languages": [],
            "sections": sections,
            "indicators": self.content.get("indicators", []),
        }
        document: dict[str, Any] = _replace(filled, {name: asdict(text) for name, text in texts.items()})
        return document

    def _items(self, item: Mapping[str, Any], lists: Mapping[str, Sequence[Attribute]]) -> Iterator[dict[str, Any]]:
        """Yield the item, or one for each attribute of its list."""
        scale = item.get("scale")
        plain = {name: value for name, value in item.items() if name != "each"}
        if scale is not None:
            plain["scale"] = self.content["scales"][scale]
        if "each" not in item:
            yield plain
            return
        for attribute in lists[item["each"]]:
            yield _replace(plain, {"code": attribute.code, "text": asdict(attribute.text)})


def from_content(name: str, content: Mapping[str, Any]) -> Template:
    """Return the template that a file contains."""
    texts = {parameter: Translated(**text) for parameter, text in content.get("parameters", {}).items()}
    lists = {
        parameter: tuple(Attribute(entry["code"], Translated(**entry["text"])) for entry in entries)
        for parameter, entries in content.get("lists", {}).items()
    }
    title, description = Translated(**content["title"]), Translated(**content["description"])
    return Template(name, title, description, Parameters(texts, lists), content)


def _replace(value: Any, values: Mapping[str, Any]) -> Any:  # noqa: ANN401 JSON
    """Return the JSON value with its placeholders replaced; a text loses the languages that a value lacks."""
    if isinstance(value, list):
        return [_replace(each, values) for each in value]
    if isinstance(value, str):
        return PLACEHOLDER.sub(lambda found: _plain(found, values), value)
    if not isinstance(value, dict):
        return value
    if value.keys() <= set(LANGUAGES):
        return {language: text for language in LANGUAGES if (text := _text(value.get(language), language, values))}
    return {name: _replace(below, values) for name, below in value.items()}


def _text(text: str | None, language: Language, values: Mapping[str, Any]) -> str | None:
    missing = [name for name in PLACEHOLDER.findall(text or "") if isinstance(values.get(name), dict)]
    if text is None or any(values[name][language] is None for name in missing):
        return None
    return PLACEHOLDER.sub(lambda found: _plain(found, values, language), text)


def _plain(found: re.Match[str], values: Mapping[str, Any], language: Language | None = None) -> str:
    """Return the value of a placeholder; those of another step of the expansion stay."""
    value = values.get(found[1])
    if isinstance(value, dict):
        value = None if language is None else value[language]
    return found[0] if value is None else str(value)
