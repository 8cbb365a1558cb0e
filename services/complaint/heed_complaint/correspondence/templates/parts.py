"""Parts that the templates have in common. Pure.

Every template gets every common parameter; a fact that is unknown, or that a confidential complaint must not repeat, is
null. Templates cannot include each other, so the parts are put together here.
"""

COMMON_PARAMETERS = {
    "confidential": False,
    "name": "Li Na",
    "reference": "0195f2c4-7d1e-7c3a-9a55-0d6f6c0e2b11",
    "case": "complaint",
    "category": "Delivery",
    "received_at": "2 March 2026, 12:00",
    "thread_subject": "Re: My order has not arrived",
    "link": "https://service.example/c/…",
}
"""By name, with an example for the preview."""

GREETING_EN = """\
{% if name %}Dear {{ name }},{% else %}Hello,{% endif %}


"""
GREETING_ZH = """\
{% if name %}{{ name }}，您好！{% else %}您好！{% endif %}


"""
CLOSING_EN = """

{% if link %}
See how it is going, or write to us, on your private page (please do not pass the link on):
{{ link }}
{% endif %}
You can also reply to this message. Please leave the reference in your reply or call:
{{ reference }}
"""
CLOSING_ZH = """

{% if link %}
您可以在专属页面查看处理进度或给我们留言（请勿转发此链接）：
{{ link }}
{% endif %}
您也可以直接回复本邮件。来电或回复时请提供编号：
{{ reference }}
"""
NEUTRAL_EN = """\
there is news about your message of {{ received_at }}. For the protection of your privacy this message has no details.
Please reply to it, or call us, and we will tell you in person.
"""
NEUTRAL_ZH = """\
您于{{ received_at }}提交的事项有新的消息。为保护您的隐私，本邮件不含具体内容。
请回复本邮件或致电我们，我们将当面向您说明。
"""
NEUTRAL_SUBJECT_EN, NEUTRAL_SUBJECT_ZH = "About your message to us", "关于您提交的事项"


def subject_en(own: str) -> str:
    """Return the subject: neutral for a confidential complaint, that of the thread where there is one."""
    return _subject(NEUTRAL_SUBJECT_EN, own)


def subject_zh(own: str) -> str:
    return _subject(NEUTRAL_SUBJECT_ZH, own)


def letter_en(body: str, *, neutral: str = NEUTRAL_EN) -> str:
    """Return the whole text around the body, which a confidential complaint replaces by the neutral text."""
    return GREETING_EN + _unless_confidential(neutral, body) + CLOSING_EN


def letter_zh(body: str, *, neutral: str = NEUTRAL_ZH) -> str:
    return GREETING_ZH + _unless_confidential(neutral, body) + CLOSING_ZH


def _subject(neutral: str, own: str) -> str:
    thread = "{% elif thread_subject %}{{ thread_subject }}{% else %}"
    return "{% if confidential %}" + neutral + thread + own + "{% endif %}"


def _unless_confidential(neutral: str, body: str) -> str:
    return "{% if confidential %}\n" + neutral + "{% else %}\n" + body + "{% endif %}\n"
