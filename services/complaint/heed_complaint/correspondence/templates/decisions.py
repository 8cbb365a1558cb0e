"""Templates of decisions with their reasons, of remedies, and of messages that agents write. Pure."""

from heed_common.messages.rendering import TemplateText
from heed_complaint.correspondence.templates.parts import letter_en, letter_zh, subject_en, subject_zh

RECOURSE_EN = """\
{% if recourse %}

If you disagree and do not want to write to us again, you can turn to:
{{ recourse }}
{% endif %}
"""
RECOURSE_ZH = """\
{% if recourse %}

如果您不同意，且不希望再与我们联系，您可以求助于：
{{ recourse }}
{% endif %}
"""
DECISION_EN = TemplateText(
    subject=subject_en("Our decision about your {{ case }}"),
    text=letter_en(
        """\
{% if outcome == "completed" %}
we have finished our work on your {{ case }} of {{ received_at }}. This is the result:

{{ reason }}

{% for remedy in remedies %}
- {{ remedy }}
{% endfor %}

Is it solved for you? If not, please reply: we take it up again.
{% elif outcome == "referred" %}
your {{ case }} of {{ received_at }} has to be decided by others, and we have referred it. The reason:

{{ reason }}

If that does not help you, please reply, and we look at it again.
{% else %}
we have looked at your {{ case }} of {{ received_at }}, and we cannot take it up. The reason:

{{ reason }}

You may see this differently. Please reply with what we have overlooked, and we look at it again.
{% endif %}
"""
        + RECOURSE_EN
    ),
    short="We have decided about your {{ case }} ({{ reference }}).{% if link %} {{ link }}{% endif %}",
)
DECISION_ZH = TemplateText(
    subject=subject_zh("关于您的{{ case }}的处理决定"),
    text=letter_zh(
        """\
{% if outcome == "completed" %}
您于{{ received_at }}提交的{{ case }}已经处理完毕，结果如下：

{{ reason }}

{% for remedy in remedies %}
- {{ remedy }}
{% endfor %}

您的问题解决了吗？如果没有，请回复，我们会重新处理。
{% elif outcome == "referred" %}
您于{{ received_at }}提交的{{ case }}应由其他方面处理，我们已经转交。理由如下：

{{ reason }}

如果这对您没有帮助，请回复，我们会再次研究。
{% else %}
我们研究了您于{{ received_at }}提交的{{ case }}，很抱歉无法受理。理由如下：

{{ reason }}

如果您有不同意见，请回复说明我们忽略了什么，我们会再次研究。
{% endif %}
"""
        + RECOURSE_ZH
    ),
    short="关于您的{{ case }}（编号{{ reference }}），我们已作出决定。{% if link %}{{ link }}{% endif %}",
)
REMEDY_EN = TemplateText(
    subject=subject_en("What we do for you: your {{ case }}"),
    text=letter_en("""\
for your {{ case }} of {{ received_at }} we have granted you:

{% for remedy in remedies %}
- {{ remedy }}
{% endfor %}
"""),
    short="We have granted you a remedy for your {{ case }} ({{ reference }}).{% if link %} {{ link }}{% endif %}",
)
REMEDY_ZH = TemplateText(
    subject=subject_zh("关于您的{{ case }}的补救"),
    text=letter_zh("""\
针对您于{{ received_at }}提交的{{ case }}，我们为您提供：

{% for remedy in remedies %}
- {{ remedy }}
{% endfor %}
"""),
    short="针对您的{{ case }}（编号{{ reference }}），我们为您提供了补救。{% if link %}{{ link }}{% endif %}",
)
REPLY_EN = TemplateText(
    subject=subject_en("About your {{ case }}"),
    text=letter_en("{{ text }}\n"),
    short="{% if confidential %}Please contact us: {{ reference }}{% else %}{{ text }}{% endif %}",
)
REPLY_ZH = TemplateText(
    subject=subject_zh("关于您的{{ case }}"),
    text=letter_zh("{{ text }}\n"),
    short="{% if confidential %}请与我们联系：{{ reference }}{% else %}{{ text }}{% endif %}",
)
