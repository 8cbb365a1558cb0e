"""Templates read their parameters and do nothing else; what they cannot do is explained to the operator."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.contracts.message import ContactChannel
from heed_common.messages.rendering import MAX_CHARACTERS, TemplateInvalid, TemplateText, check, render

MAIL, SMS = ContactChannel.MAIL, ContactChannel.SMS
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(texts)
def test_a_parameter_appears_as_it_is_in_text_and_escaped_in_html(name):
    template = TemplateText("s", "<{{ name }}>", html="<p>{{ name }}</p>")
    rendered = render(template, {"name": name}, channel=MAIL)
    assert f"<{name}>" in rendered.text
    assert rendered.html.count("<") == 2


@given(texts)
def test_a_subject_is_one_line_whatever_its_parameters_are(name):
    subject = render(TemplateText("For {{ name }}", "t"), {"name": name}, channel=MAIL).subject
    assert subject.splitlines() == [subject]
    assert subject.startswith("For")


def test_a_short_message_has_its_own_text():
    template = TemplateText("s", "long {{ code }}", short="code {{ code }}")
    assert render(template, {"code": 1}, channel=SMS).text == "code 1"
    assert render(template, {"code": 1}, channel=MAIL).text == "long 1\n"
    assert render(TemplateText("s", "long"), {}, channel=SMS).text == "long"


def test_conditions_and_lists_are_possible():
    text = "{% for item in items %}- {{ item.name | upper }}\n{% endfor %}{% if more %}more{% endif %}"
    rendered = render(TemplateText("s", text), {"items": [{"name": "a"}, {"name": "b"}], "more": True}, channel=MAIL)
    assert rendered.text == "- A\n- B\nmore\n"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("{{ name", "syntax error in line 1"),
        ("a\n{% if %}", "syntax error in line 2"),
        ("{{ name.upper() }}", "Call in line 1"),
        ("{% include 'x' %}", "Include in line 1"),
        ("{% macro m() %}{% endmacro %}", "Macro in line 1"),
        ("{{ 'a' * 1000000000 }}", "Mul in line 1"),
        ("{{ '%999999999d' % 1 }}", "Mod in line 1"),
        ("{{ 10 ** 10 }}", "Pow in line 1"),
        ("{% for a in l %}{% for b in l %}{% for c in l %}{% endfor %}{% endfor %}{% endfor %}", "nested 2 deep"),
        ("{{ unknown }}", "unknown parameters; allowed are l, name"),
        ("{{ name | pprint }}", "unknown filter or test in line 1"),
    ],
)
@pytest.mark.parametrize("part", ["subject", "text", "html", "short"])
def test_what_a_template_cannot_do_is_refused_with_its_reason(part, source, reason):
    template = TemplateText(**({"subject": "s", "text": "t"} | {part: source}))
    with pytest.raises(TemplateInvalid) as refused:
        check(template, parameters=frozenset({"name", "l"}))
    assert reason in refused.value.detail
    assert refused.value.part == part


@pytest.mark.parametrize("source", ["{{ 'a' * 1000000000 }}", "{{ '%999999999d' % 1 }}"])
def test_what_a_template_cannot_do_is_refused_before_it_is_computed(source):
    tracemalloc.start()
    try:
        with pytest.raises(TemplateInvalid):
            check(TemplateText("s", source), parameters=frozenset())
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "source",
    [
        "{{ missing }}",
        "{{ name.missing }}",
        "{{ name.__class__ }}",
        "{{ name['__class__'] }}",
        "{{ name | length.__globals__ }}",
        "{{ 1 / 0 }}",
        "{{ name + 1 }}",
        "{% for a in name %}{% for b in name %}{{ name }}{% endfor %}{% endfor %}",
    ],
)
def test_what_does_not_render_is_one_error_that_repeats_no_parameter(source):
    with pytest.raises(TemplateInvalid) as refused:
        render(TemplateText("s", source), {"name": "planted-secret" * 30}, channel=MAIL)
    assert "planted-secret" not in str(refused.value)


def test_a_long_text_is_not_rendered_to_its_end():
    with pytest.raises(TemplateInvalid):
        render(
            TemplateText("s", "{% for a in l %}{{ a }}{% endfor %}"), {"l": ["x" * MAX_CHARACTERS] * 2}, channel=MAIL
        )
