"""Templates of acknowledgement, progress, request to answer, and closing. Pure."""

from heed_common.messages.rendering import TemplateText
from heed_complaint.correspondence.templates.parts import letter_en, letter_zh, subject_en, subject_zh

ACKNOWLEDGEMENT_EN = TemplateText(
    subject=subject_en("We have received your {{ case }}{% if category %} ({{ category }}){% endif %}"),
    text=letter_en(
        """\
thank you for turning to us. Your {{ case }}{% if category %} ({{ category }}){% endif %} reached us on
{{ received_at }}.

{% if contact_by %}
A person of our team will contact you by {{ contact_by }}.
{% elif update_by %}
You will hear from us by {{ update_by }}.
{% endif %}
{% if resolve_by %}
We aim to have it resolved by {{ resolve_by }}.
{% endif %}
{% if contact_by and update_by %}
If it takes longer, you will not wait in silence: we write to you by {{ update_by }} at the latest.
{% endif %}
""",
        neutral="we have received your message of {{ received_at }} and will be in touch with you.\n",
    ),
    short="We have received your {{ case }} ({{ reference }}).{% if link %} {{ link }}{% endif %}",
)
ACKNOWLEDGEMENT_ZH = TemplateText(
    subject=subject_zh("我们已收到您的{{ case }}{% if category %}（{{ category }}）{% endif %}"),
    text=letter_zh(
        """\
感谢您与我们联系。我们已于{{ received_at }}收到您的{{ case }}{% if category %}（{{ category }}）{% endif %}。

{% if contact_by %}
我们的同事会在{{ contact_by }}之前与您联系。
{% elif update_by %}
我们会在{{ update_by }}之前给您消息。
{% endif %}
{% if resolve_by %}
我们力争在{{ resolve_by }}之前为您解决。
{% endif %}
{% if contact_by and update_by %}
如需更长时间，我们不会让您空等：最迟在{{ update_by }}之前向您说明进展。
{% endif %}
""",
        neutral="我们已收到您于{{ received_at }}提交的事项，会与您联系。\n",
    ),
    short="我们已收到您的{{ case }}（编号{{ reference }}）。{% if link %}{{ link }}{% endif %}",
)
PROGRESS_EN = TemplateText(
    subject=subject_en("Your {{ case }}: we are still working on it"),
    text=letter_en("""\
we are still working on your {{ case }} of {{ received_at }}. There is no result yet.

{% if missed %}
We had aimed to have it resolved by {{ resolve_by }}, and we have not managed that. We are sorry.
{% elif resolve_by %}
We aim to have it resolved by {{ resolve_by }}.
{% endif %}
{% if promise %}
Our promise to you: {{ promise }}{% if promised_by %} (by {{ promised_by }}){% endif %}

{% endif %}
{% if update_by %}
You will hear from us again by {{ update_by }}.
{% endif %}
"""),
    short="We are still working on your {{ case }} ({{ reference }}).{% if link %} {{ link }}{% endif %}",
)
PROGRESS_ZH = TemplateText(
    subject=subject_zh("您的{{ case }}：我们仍在处理"),
    text=letter_zh("""\
您于{{ received_at }}提交的{{ case }}仍在处理中，目前还没有结果。

{% if missed %}
我们原计划在{{ resolve_by }}之前解决，未能做到，非常抱歉。
{% elif resolve_by %}
我们力争在{{ resolve_by }}之前为您解决。
{% endif %}
{% if promise %}
我们对您的承诺：{{ promise }}{% if promised_by %}（期限：{{ promised_by }}）{% endif %}

{% endif %}
{% if update_by %}
我们会在{{ update_by }}之前再次给您消息。
{% endif %}
"""),
    short="您的{{ case }}（编号{{ reference }}）仍在处理中。{% if link %}{{ link }}{% endif %}",
)
CALL_BACK_EN = TemplateText(
    subject=subject_en("Is it solved? Your {{ case }}"),
    text=letter_en("""\
we believe that your {{ case }} of {{ received_at }} is solved. Is it?

Please reply with a word: if it is not solved, we take it up again at once.
"""),
    short="Is your {{ case }} ({{ reference }}) solved? If not, please reply.{% if link %} {{ link }}{% endif %}",
)
CALL_BACK_ZH = TemplateText(
    subject=subject_zh("问题解决了吗？关于您的{{ case }}"),
    text=letter_zh("""\
我们认为您于{{ received_at }}提交的{{ case }}已经解决。是这样吗？

请简单回复一句：如果没有解决，我们会立即重新处理。
"""),
    short="您的{{ case }}（编号{{ reference }}）解决了吗？如果没有，请回复。{% if link %}{{ link }}{% endif %}",
)
CLOSED_EN = TemplateText(
    subject=subject_en("Your {{ case }} is closed"),
    text=letter_en("""\
we have closed your {{ case }} of {{ received_at }}.

{% if reopen_days %}
If it is not solved after all, reply within {{ reopen_days }} days, and it is opened again. Later messages open a new
one that is linked to it.
{% endif %}
"""),
    short="Your {{ case }} ({{ reference }}) is closed.{% if link %} {{ link }}{% endif %}",
)
CLOSED_ZH = TemplateText(
    subject=subject_zh("您的{{ case }}已结案"),
    text=letter_zh("""\
您于{{ received_at }}提交的{{ case }}已经结案。

{% if reopen_days %}
如果问题其实没有解决，请在{{ reopen_days }}天内回复，我们会重新处理。之后的来信会作为相关的新事项处理。
{% endif %}
"""),
    short="您的{{ case }}（编号{{ reference }}）已结案。{% if link %}{{ link }}{% endif %}",
)
