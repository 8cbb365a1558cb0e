"""All groups, of whom they are, and their published schemas."""

from enum import StrEnum
from functools import cache
from typing import Any

from heed_common.contracts.customer import CustomerKind
from heed_customer.accounts.profiles.groups import organization, person, ties
from heed_customer.accounts.profiles.groups.fields import ProfileGroupModel, Sensitivity

SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"
READ_ONLY = frozenset({"withheld", "verified"})


class ProfileGroup(StrEnum):
    BASICS = "basics"
    EDUCATION = "education"
    FAMILY = "family"
    RELATIONSHIPS = "relationships"
    CAREER = "career"
    REGISTRATION = "registration"
    MANAGEMENT = "management"
    TRADING_STATUS = "trading_status"
    CREDIT = "credit"
    TIES = "ties"


OF_PERSONS: dict[ProfileGroup, type[ProfileGroupModel]] = {
    ProfileGroup.BASICS: person.Basics,
    ProfileGroup.EDUCATION: person.Education,
    ProfileGroup.FAMILY: person.Family,
    ProfileGroup.RELATIONSHIPS: person.Relationships,
    ProfileGroup.CAREER: person.Career,
}
OF_ORGANIZATIONS: dict[ProfileGroup, type[ProfileGroupModel]] = {
    ProfileGroup.REGISTRATION: organization.Registration,
    ProfileGroup.MANAGEMENT: organization.Management,
    ProfileGroup.TRADING_STATUS: organization.TradingStatus,
    ProfileGroup.CREDIT: organization.Credit,
}
MODELS: dict[ProfileGroup, type[ProfileGroupModel]] = {
    **OF_PERSONS,
    **OF_ORGANIZATIONS,
    ProfileGroup.TIES: ties.Ties,
}


def groups_of(kind: CustomerKind) -> frozenset[ProfileGroup]:
    """Return the groups that a customer of this kind may have."""
    own = OF_ORGANIZATIONS if kind is CustomerKind.ORGANIZATION else OF_PERSONS
    return frozenset({*own, ProfileGroup.TIES})


@cache
def sensitive_fields(group: ProfileGroup) -> frozenset[str]:
    """Return the names of the fields that are stored encrypted."""
    properties = MODELS[group].model_json_schema()["properties"]
    return frozenset(
        name for name, schema in properties.items() if schema.get("x-sensitivity") == Sensitivity.SENSITIVE
    )


@cache
def json_schema(group: ProfileGroup) -> dict[str, Any]:
    """Return the schema that is published as `/schemas/profile.{group}`."""
    model = MODELS[group]
    en, zh = model.titles
    kinds = [kind.value for kind in CustomerKind if group in groups_of(kind)]
    head = {"$schema": SCHEMA_DIALECT, "$id": f"/schemas/profile.{group}", "x-version": model.schema_version}
    return head | model.model_json_schema() | {"title": en, "x-titles": {"en": en, "zh": zh}, "x-customer-kinds": kinds}
