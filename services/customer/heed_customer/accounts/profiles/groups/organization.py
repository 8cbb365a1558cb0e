"""Groups of an organization."""

from typing import Annotated, ClassVar

from pydantic import Field

from heed_common.fields import Currency, Money, RequestModel, ShortText, at_most
from heed_customer.accounts.profiles.groups.fields import (
    MAX_LIST,
    Day,
    Paragraph,
    ProfileGroupModel,
    Sentence,
    Texts,
    Year,
    business,
    field,
)


class AmountIn(RequestModel):
    amount: Money
    currency: Currency


class Registration(ProfileGroupModel):
    titles: ClassVar = ("Registration", "登记情况")

    legal_name: ShortText | None = business("Legal name", "企业名称")
    registration_number: ShortText | None = business("Registration number", "统一社会信用代码")
    tax_number: ShortText | None = business("Tax number", "税号")
    legal_form: ShortText | None = business("Legal form", "企业类型")
    registered_on: Day | None = business("Registered on", "成立日期")
    registered_address: Sentence | None = business("Registered address", "注册地址")
    legal_representative: ShortText | None = field("Legal representative", "法定代表人")
    registered_capital: AmountIn | None = business("Registered capital", "注册资本")
    industry: ShortText | None = business("Industry", "所属行业")
    business_scope: Paragraph | None = business("Business scope", "经营范围")


class Leader(RequestModel):
    name: ShortText
    position: ShortText | None = None
    since_year: Year | None = None


class Management(ProfileGroupModel):
    titles: ClassVar = ("Management", "管理情况")

    leaders: Annotated[list[Leader], Field(max_length=MAX_LIST), at_most(MAX_LIST)] | None = field(
        "Leaders", "主要负责人"
    )
    decision_makers: Texts | None = field("Who decides on purchases", "采购决策人")
    employees: Annotated[int, Field(strict=True, ge=0, le=10_000_000)] | None = business("Employees", "员工人数")
    structure: Paragraph | None = business("Structure", "组织结构")
    management_style: Sentence | None = business("Management style", "管理风格")
    systems: Texts | None = business("Management systems", "管理体系")


class TradingStatus(ProfileGroupModel):
    titles: ClassVar = ("Trading status", "交易状况")

    sales_activity: Paragraph | None = business("Sales activity", "销售活动现状")
    problems: Paragraph | None = business("Problems", "存在的问题")
    advantages: Paragraph | None = business("Advantages kept", "保持的优势")
    plans: Paragraph | None = business("Plans", "未来的对策")
    image: Sentence | None = business("Image", "企业形象")
    reputation: Sentence | None = business("Reputation", "声誉")
    credit_standing: Sentence | None = business("Credit standing", "信用状况")
    trade_terms: Paragraph | None = business("Trade terms", "交易条件")
    credit_problems: Paragraph | None = business("Credit problems", "出现的信用问题")


class Credit(ProfileGroupModel):
    titles: ClassVar = ("Credit", "信用情况")

    leaders_credit: Sentence | None = field("Credit of the leaders", "领导者的信用")
    leaders_ability: Sentence | None = field("Ability of the leaders", "领导者的能力")
    capital: Sentence | None = business("Capital", "资本")
    guarantees: Sentence | None = business("Guarantees", "担保")
    operations: Paragraph | None = business("Operations", "经营状况")
    credit_limit: AmountIn | None = business("Credit limit", "信用额度")
