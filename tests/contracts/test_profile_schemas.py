"""The schemas of profile groups are published beside those of the events."""

from heed.interface_docs import asyncapi, profiles
from heed_customer.accounts.profiles.groups.catalogue import ProfileGroup


def test_every_group_has_a_schema_under_its_name():
    published = profiles.schemas()
    assert published.keys() == {f"profile.{group}" for group in ProfileGroup}
    assert {schema["$id"] for schema in published.values()} == {f"/schemas/{name}" for name in published}
    assert published.keys().isdisjoint(asyncapi.schemas())
