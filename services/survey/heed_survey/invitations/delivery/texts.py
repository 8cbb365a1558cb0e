"""Templates of invitations and reminders. Pure.

The title of the survey exists in the languages of the survey; in the other language of a message it is the same.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from heed_common.messages.rendering import TemplateText
from heed_common.messages.templates import Catalogue, ShippedTemplate
from heed_survey.invitations.records.rules import CALL_BACK, INVITATION, REMINDER, THANKS

PARAMETERS: Mapping[str, Any] = {
    "link": "https://service.example/s/example",
    "title_en": "How satisfied are you with us?",
    "title_zh": "您对我们满意吗？",
    "anonymous": False,
    "expires_on": "2026-03-31",
}

OPT_OUT_EN = """
{% if preferences_url %}
If you do not want to be invited to surveys, you can decline them here:
{{ preferences_url }}
{% endif %}
"""
OPT_OUT_ZH = """
{% if preferences_url %}
如果您不希望再收到调查邀请，可在此处拒绝：
{{ preferences_url }}
{% endif %}
"""
PRIVACY_EN = """\
{% if anonymous %}
The survey is anonymous: we do not store who received which link, so your answers cannot be connected with you.
{% else %}
The link is for you only; please do not pass it on.
{% endif %}
"""
PRIVACY_ZH = """\
{% if anonymous %}
本调查为匿名调查：我们不记录谁收到了哪个链接，因此您的回答无法与您本人关联。
{% else %}
此链接仅供您本人使用，请勿转发。
{% endif %}
"""


def _letter_en(body: str) -> str:
    return f"Hello,\n\n{body}\n{{{{ link }}}}\n\nYou can answer until {{{{ expires_on }}}}. {PRIVACY_EN}{OPT_OUT_EN}"


def _letter_zh(body: str) -> str:
    return f"您好！\n\n{body}\n{{{{ link }}}}\n\n您可在{{{{ expires_on }}}}前作答。{PRIVACY_ZH}{OPT_OUT_ZH}"


INVITATION_EN = TemplateText(
    subject="{{ title_en }}",
    text=_letter_en("your opinion helps us to become better. Please answer a few questions:"),
    short="{{ title_en }} {{ link }}",
)
INVITATION_ZH = TemplateText(
    subject="{{ title_zh }}",
    text=_letter_zh("您的意见能帮助我们做得更好。请回答几个问题："),
    short="{{ title_zh }} {{ link }}",
)
REMINDER_EN = TemplateText(
    subject="Reminder: {{ title_en }}",
    text=_letter_en(
        "some days ago we invited you to a survey."
        "{% if anonymous %} As it is anonymous, we cannot know whether you have answered: if so, thank you, and please"
        " ignore this message.{% endif %} Your answers are still welcome:"
    ),
    short="{{ title_en }} {{ link }}",
)
REMINDER_ZH = TemplateText(
    subject="提醒：{{ title_zh }}",
    text=_letter_zh(
        "几天前我们邀请您参加一项调查。"
        "{% if anonymous %}由于调查是匿名的，我们无法得知您是否已作答：如已作答，谢谢您，请忽略本邮件。{% endif %}"
        "我们仍然期待您的回答："
    ),
    short="{{ title_zh }} {{ link }}",
)
CALL_BACK_EN = TemplateText(
    subject="Is it solved?",
    text=_letter_en(
        "we believe that what you brought to us is solved. Is it, and were you treated well? Two questions:"
    ),
    short="Is it solved? Two questions: {{ link }}",
)
CALL_BACK_ZH = TemplateText(
    subject="问题解决了吗？",
    text=_letter_zh("我们认为您反映的问题已经解决。是否确实如此？我们的服务态度如何？请回答两个问题："),
    short="问题解决了吗？请回答两个问题：{{ link }}",
)
THANKS_EN = TemplateText(
    subject="Thank you: {{ title_en }}",
    text="Hello,\n\nthank you for your answers. They are read, and what we change because of them we will tell you.\n",
)
THANKS_ZH = TemplateText(
    subject="感谢您的参与：{{ title_zh }}",
    text="您好！\n\n感谢您的回答。我们会认真阅读，并告知您我们因此作出的改进。\n",
)


def _shipped(titles: tuple[str, str], english: TemplateText, chinese: TemplateText) -> ShippedTemplate:
    return ShippedTemplate(
        titles={"en": titles[0], "zh": titles[1]}, texts={"en": english, "zh": chinese}, sample=PARAMETERS
    )


TEMPLATES: Catalogue = MappingProxyType(
    {
        INVITATION: _shipped(("Invitation to a survey", "调查邀请"), INVITATION_EN, INVITATION_ZH),
        REMINDER: _shipped(("Reminder of a survey", "调查提醒"), REMINDER_EN, REMINDER_ZH),
        CALL_BACK: _shipped(("Invitation to a call-back", "回访邀请"), CALL_BACK_EN, CALL_BACK_ZH),
        THANKS: _shipped(("Thanks for a response", "答谢"), THANKS_EN, THANKS_ZH),
    }
)
WITH_LINK = (INVITATION, REMINDER, CALL_BACK)
"""Templates whose link is made when the message is sent."""
