"""Groups of an individual."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from heed_common.fields import RequestModel, ShortText, at_most
from heed_customer.accounts.profiles.groups.fields import (
    MAX_LIST,
    Day,
    Paragraph,
    ProfileGroupModel,
    Sentence,
    Texts,
    Year,
    field,
    sensitive,
)


class Sex(StrEnum):
    FEMALE = "female"
    MALE = "male"
    OTHER = "other"


class BloodType(StrEnum):
    A = "A"
    B = "B"
    AB = "AB"
    O = "O"  # noqa: E741 the name of the type


class MaritalStatus(StrEnum):
    SINGLE = "single"
    MARRIED = "married"
    DIVORCED = "divorced"
    WIDOWED = "widowed"
    OTHER = "other"


class Degree(StrEnum):
    PRIMARY = "primary"
    SECONDARY = "secondary"
    VOCATIONAL = "vocational"
    BACHELOR = "bachelor"
    MASTER = "master"
    DOCTOR = "doctor"
    OTHER = "other"


class Basics(ProfileGroupModel):
    titles: ClassVar = ("Basics", "基本情况")

    name: ShortText | None = field("Full name", "姓名")
    nickname: ShortText | None = field("Nickname", "绰号")
    sex: Sex | None = field("Sex", "性别")
    id_number: ShortText | None = sensitive("Identity number", "身份证号")
    employer: ShortText | None = field("Employer", "工作单位")
    position: ShortText | None = field("Position", "职务")
    home_address: Sentence | None = field("Home address", "家庭住址")
    company_address: Sentence | None = field("Company address", "单位地址")
    household_registration: Sentence | None = sensitive("Household registration", "户籍")
    native_place: ShortText | None = field("Native place", "籍贯")
    birth_date: Day | None = field("Date of birth", "出生日期")
    blood_type: BloodType | None = sensitive("Blood type", "血型")
    height_cm: Annotated[int, Field(strict=True, ge=20, le=280)] | None = field("Height in cm", "身高（厘米）")
    weight_kg: Annotated[float, Field(strict=True, ge=1, le=650)] | None = field("Weight in kg", "体重（公斤）")
    temperament: ShortText | None = field("Temperament", "性格")
    religion: ShortText | None = sensitive("Religion", "宗教信仰")


class School(RequestModel):
    name: ShortText
    from_year: Year | None = None
    to_year: Year | None = None


class Education(ProfileGroupModel):
    titles: ClassVar = ("Education", "教育情况")

    schools: Annotated[list[School], Field(max_length=MAX_LIST), at_most(MAX_LIST)] | None = field(
        "Schools and years", "就读学校与年份"
    )
    highest_degree: Degree | None = field("Highest degree", "最高学历")
    major: ShortText | None = field("Major", "专业")
    awards: Texts | None = field("Awards", "所获奖励")
    favourite_sport: ShortText | None = field("Favourite sport", "喜爱的运动")
    view_of_diplomas: Paragraph | None = field("View of diplomas", "对文凭的看法")
    societies: Texts | None = field("Societies", "参加的社团")


class Spouse(RequestModel):
    name: ShortText | None = None
    education: ShortText | None = None
    interests: Texts | None = None
    birthday: Day | None = None


class Child(RequestModel):
    name: ShortText | None = None
    birth_date: Day | None = None
    school: ShortText | None = None
    grade: ShortText | None = None
    interests: Texts | None = None


class Family(ProfileGroupModel):
    titles: ClassVar = ("Family", "家庭情况")

    marital_status: MaritalStatus | None = field("Marital status", "婚姻状况")
    spouse: Spouse | None = field("Spouse", "配偶")
    wedding_day: Day | None = field("Wedding day", "结婚纪念日")
    children: Annotated[list[Child], Field(max_length=MAX_LIST), at_most(MAX_LIST)] | None = field(
        "Children and their schooling", "子女及其就学情况"
    )
    views: Paragraph | None = sensitive("Views", "观点")


class Relationships(ProfileGroupModel):
    titles: ClassVar = ("Relationships", "人际情况")

    relatives: Texts | None = field("Relatives", "亲戚")
    closest_relative: ShortText | None = field("Closest relative", "最亲近的亲戚")
    friends: Texts | None = field("Friends", "朋友")
    closest_friend: ShortText | None = field("Closest friend", "最亲密的朋友")
    neighbours: Texts | None = field("Neighbours", "邻居")
    view_of_relationships: Paragraph | None = sensitive("View of relationships", "对人际关系的看法")
    portrait: Sentence | None = field("Portrait in one sentence", "一句话描述")


class Job(RequestModel):
    employer: ShortText
    position: ShortText | None = None
    from_year: Year | None = None
    to_year: Year | None = None


class Career(ProfileGroupModel):
    titles: ClassVar = ("Career", "事业情况")

    past_jobs: Annotated[list[Job], Field(max_length=MAX_LIST), at_most(MAX_LIST)] | None = field(
        "Past jobs", "以往就业情况"
    )
    present_position: ShortText | None = field("Present position", "目前职务")
    position_rank: ShortText | None = field("Rank of the present position", "目前职位的地位")
    view_of_company: Paragraph | None = field("View of the company", "对单位的看法")
    associations: Texts | None = field("Associations", "参加的协会")
    first_dealing: Sentence | None = field("First dealing with us", "与本公司首次往来")
    course_of_dealings: Paragraph | None = field("Course of the dealings", "往来经过")
    relation_to_us: ShortText | None = field("Relation to us", "与本公司的关系")
    acquaintances: Texts | None = field("Who of us knows them", "本公司熟悉此人的员工")
    attitude: Sentence | None = field("Attitude towards us", "对本公司的态度")
    long_term_goals: Paragraph | None = field("Long-term goals", "长期事业目标")
    medium_term_goals: Paragraph | None = field("Medium-term goals", "中期事业目标")
    present_concern: Paragraph | None = field("Present concern", "目前最关心的问题")
