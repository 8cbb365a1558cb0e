"""Single POSTs of interactions take a short path and share transactions; callers see no difference."""

from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from heed_common.contracts.customer import InteractionRecorded
from tests.common.http.grouped_posts import GroupedPosts, GroupedPostTests
from tests.customer.factories import make_interaction, register

pytestmark = pytest.mark.asyncio

PATH = "/v1/interactions"


@pytest_asyncio.fixture
async def posts(app, client, customer_database):
    customer_id = str(await register(client))

    def make_body(**changes):
        return make_interaction(customer_id=customer_id, external_id=str(uuid4())) | changes

    return GroupedPosts(
        client=client,
        app=app,
        database=customer_database,
        path=PATH,
        template=PATH,
        key=PATH,
        table="interaction",
        event=InteractionRecorded,
        make_body=make_body,
        variants=[
            {},
            {"external_id": None},
            {"cost": "1", "currency": "CNY", "occurred_at": "2026-03-02T09:00:00.123456+08:00"},
            {"cost": None, "campaign": None, "promise": "一定\t回电话", "kind": "visit", "channel": "call_centre"},
        ],
        invalid=[
            {"customer_id": "none"},
            {"customer_id": None},
            {"channel": "telepathy"},
            {"occurred_at": "2026-03-02"},
            {"cost": "-1"},
            {"colour": "red"},
        ],
        refused={
            "customer_unknown": {"customer_id": str(UUID(int=1))},
            "too_early": {"occurred_at": "1888-03-02T00:00:00Z"},
            "in_the_future": {"occurred_at": "2999-03-02T00:00:00Z"},
        },
        other={"channel": "chat"},
    )


class TestGroupedInteractions(GroupedPostTests):
    """Interactions pass the tests of all grouped POSTs."""


async def test_interactions_without_an_external_id_are_all_recorded(posts):
    body = posts.make_body(external_id=None)
    responses = [await posts.post(body) for _ in range(3)]
    assert [response.status_code for response in responses] == [201] * 3
    assert len({response.json()["id"] for response in responses}) == len(await posts.events()) == 3
