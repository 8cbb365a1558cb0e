"""Templates in both languages."""

import pytest

from heed_common.contracts.message import ContactChannel
from heed_common.languages import LANGUAGES
from heed_common.messages import rendering
from heed_complaint.correspondence.templates.catalogue import TEMPLATES
from heed_complaint.lifecycle.notifications.rules import MessageKind

EXAMPLES = [(name, language) for name in sorted(TEMPLATES) for language in LANGUAGES]
EMPTY = {"name", "category", "thread_subject", "link", "contact_by", "resolve_by", "update_by", "promise", "recourse"}
"""Parameters that may be null."""


def test_every_kind_of_message_has_a_template():
    assert set(TEMPLATES) == {f"complaint.{kind}" for kind in MessageKind}


@pytest.mark.parametrize(("name", "language"), EXAMPLES)
def test_a_template_uses_its_parameters_only_and_renders_with_and_without_them(name, language):
    shipped = TEMPLATES[name]
    text = shipped.texts[language]
    rendering.check(text, parameters=shipped.parameters)
    sparse = {key: None if key in EMPTY else value for key, value in shipped.sample.items()}
    for params in (shipped.sample, sparse):
        mail = rendering.render(text, params, channel=ContactChannel.MAIL)
        assert params["reference"] in mail.text
        assert "None" not in mail.text + mail.subject
        short = rendering.render(text, params, channel=ContactChannel.SMS)
        assert short.text


@pytest.mark.parametrize(("name", "language"), EXAMPLES)
def test_the_message_about_a_confidential_complaint_has_no_details(name, language):
    shipped = TEMPLATES[name]
    params = {key: f"secret {key}" if isinstance(value, str) else value for key, value in shipped.sample.items()}
    params |= {"confidential": True, "reference": "R-1", "received_at": "today", "name": None, "link": None}
    mail = rendering.render(shipped.texts[language], params, channel=ContactChannel.MAIL)
    assert "secret" not in mail.text + mail.subject
