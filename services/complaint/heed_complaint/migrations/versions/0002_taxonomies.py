"""Taxonomies of complaints, seeded in English and Chinese."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SEED = {
    "category": [
        ("product", "Product", "产品"),
        ("service", "Service", "服务"),
        ("delivery", "Delivery", "配送"),
        ("billing", "Billing", "账单"),
        ("staff", "Staff", "人员"),
        ("other", "Other", "其他"),
    ],
    "cause": [
        ("no_intended_effect", "No intended effect", "未取得预期效果"),
        ("poor_performance_or_fault", "Poor performance or fault", "服务表现不佳或失误"),
        ("beyond_scope", "Beyond the scope of the service", "超出服务范围"),
        ("product_not_understood", "Product not understood", "对产品不了解"),
        ("distrust_of_seller", "Distrust of the seller", "对销售员不信任"),
        ("misuse", "Misuse", "误操作"),
    ],
    "responsibility": [
        ("customer", "Customer", "客户"),
        ("product", "Product", "产品"),
        ("service", "Service", "服务"),
        ("sales", "Sales", "销售"),
        ("intermediary", "Intermediary", "中间商"),
        ("supplier", "Supplier", "供应商"),
        ("third_party", "Third party", "第三方"),
    ],
    "quality_side": [
        ("technical", "Technical quality (outcome)", "技术性质量"),
        ("functional", "Functional quality (process)", "功能性质量"),
    ],
    "case_kind": [
        ("complaint", "Complaint", "投诉"),
        ("service_request", "Service request", "服务请求"),
        ("enquiry", "Enquiry", "咨询"),
        ("suggestion", "Suggestion", "建议"),
        ("praise", "Praise", "表扬"),
        ("unvoiced_grievance", "Unvoiced grievance", "抱怨"),
    ],
    "remedy": [
        ("apology", "Apology", "道歉"),
        ("explanation", "Explanation", "解释"),
        ("repair", "Repair", "维修"),
        ("replacement", "Replacement", "更换"),
        ("refund", "Refund", "退款"),
        ("compensation", "Compensation", "赔偿"),
        ("goodwill", "Goodwill gesture", "善意补偿"),
        ("correction", "Correction", "更正"),
    ],
    "guarantee_scope": [
        ("single_attribute", "Single attribute", "单一属性"),
        ("several_attributes", "Several attributes", "多重属性"),
        ("unconditional_satisfaction", "Unconditional satisfaction", "无条件满意"),
        ("combined", "Combined", "综合"),
    ],
    "severity": [
        ("minor", "Minor", "轻微"),
        ("major", "Major", "严重"),
        ("critical", "Critical", "危急"),
    ],
    "channel": [
        ("phone", "Phone", "电话"),
        ("visit", "Visit", "来访"),
        ("web", "Web", "网络"),
        ("mail", "E-mail", "电子邮件"),
        ("letter", "Letter", "信函"),
        ("chat", "Chat", "在线聊天"),
        ("social", "Social media", "社交媒体"),
        ("call_centre", "Call centre", "呼叫中心"),
        ("other", "Other", "其他"),
    ],
    "milestone": [
        ("first_contact", "First contact", "联系"),
        ("commitment", "Commitment", "承诺"),
        ("resolution", "Resolution", "完成"),
        ("call_back", "Call back", "回访"),
    ],
}


def upgrade() -> None:
    term = op.create_table(
        "term",
        sa.Column("taxonomy", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("en", sa.Text, nullable=False),
        sa.Column("zh", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("taxonomy", "code", name="pk_term"),
    )
    op.bulk_insert(
        term,
        [
            {"taxonomy": taxonomy, "code": code, "place": place, "en": en, "zh": zh}
            for taxonomy, terms in SEED.items()
            for place, (code, en, zh) in enumerate(terms, start=1)
        ],
    )


def downgrade() -> None:
    op.drop_table("term")
