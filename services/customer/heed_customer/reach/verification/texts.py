"""Template of the message with a code."""

from heed_common.messages.rendering import TemplateText
from heed_common.messages.templates import Catalogue, ShippedTemplate

TEMPLATE = "contact_code"
TEMPLATES: Catalogue = {
    TEMPLATE: ShippedTemplate(
        titles={"en": "Verification code", "zh": "验证码"},
        texts={
            "en": TemplateText(
                subject="Your verification code",
                text=(
                    "Your code is {{ code }}. It is valid for {{ minutes }} minutes.\n\n"
                    "If you did not expect it, you need not do anything.\n"
                ),
                short="Your code is {{ code }}, valid for {{ minutes }} minutes.",
            ),
            "zh": TemplateText(
                subject="您的验证码",
                text="您的验证码是 {{ code }}，{{ minutes }} 分钟内有效。\n\n如非您本人操作，请忽略本消息。\n",
                short="验证码 {{ code }}，{{ minutes }} 分钟内有效。",
            ),
        },
        sample={"code": "013579", "minutes": 10},
    )
}
