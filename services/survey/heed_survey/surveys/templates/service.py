"""Templates that come with the product."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from heed_common.errors import NotFound
from heed_survey.surveys.templates.rules import ALIASES, Template, from_content

DATA = "data"


class TemplateNotFound(NotFound):
    code, title = "template_not_found", "There is no such template."


def get_template(name: str) -> Template:
    """Return the template of this name, or of the one that it had before. Raises `TemplateNotFound`."""
    template = load_templates().get(ALIASES.get(name, name))
    if template is None:
        raise TemplateNotFound
    return template


@cache
def load_templates() -> Mapping[str, Template]:
    """Return all templates by name, in the order of the names; their files are read once."""
    folder = files(__package__).joinpath(DATA)
    documents = sorted((path.name.removesuffix(".json"), path.read_text("utf-8")) for path in folder.iterdir())
    return {name: from_content(name, json.loads(text)) for name, text in documents}
