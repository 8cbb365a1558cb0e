"""Published schemas of the groups of customer profiles, served beside those of the events."""

from typing import Any

from heed_customer.accounts.profiles.groups.catalogue import ProfileGroup, json_schema

Document = dict[str, Any]


def schemas() -> dict[str, Document]:
    """By name, such as `profile.basics`, the schema of each group."""
    return {f"profile.{group}": json_schema(group) for group in ProfileGroup}
