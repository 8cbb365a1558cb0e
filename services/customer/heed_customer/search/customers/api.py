"""HTTP API of the list of customers."""

from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query

from heed_common import http
from heed_common.contracts.customer import BuyerType
from heed_common.fields import ShortText
from heed_common.http import DbSession, Now, SettingsDep, requires
from heed_common.http.filters import ANY_OF, MAX_VALUES, AnyOf, ExternalIds
from heed_common.paging import Page, PageQuery, PageRequest, paginate
from heed_customer.records.customers.schemas import CustomerOut
from heed_customer.search.customers import service
from heed_customer.search.customers.rules import CustomerFilter, CustomerSort

router = http.router(prefix="/v1/customers", tags=["customers"])

SearchText = Annotated[
    ShortText,
    Query(
        description=(
            "Parts of name and external_id in any order, an id, or the pinyin of a Chinese name or its initials; case,"
            " accents and width make no difference."
        )
    ),
]
Owners = Annotated[
    tuple[ShortText, ...],
    Query(alias="owner", max_length=MAX_VALUES, description=f"The account manager, exactly. {ANY_OF}"),
]
Tags = Annotated[
    tuple[ShortText, ...],
    Query(
        alias="tag", max_length=MAX_VALUES, description=f"A tag; case, accents and width make no difference. {ANY_OF}"
    ),
]
Tier = Literal["A", "B", "C", "D"]
Band = Literal["low", "elevated", "high", "critical"]
Buyer = Annotated[BuyerType, Query(description="As people decided it, or else as the rules derive it now.")]
KeyAccount = Annotated[Literal["key", "ordinary"], Query(description="As people decided, or else the rules derive it.")]
Sort = Annotated[
    CustomerSort,
    Query(description="`-value_at_risk` lists customers without a score last; a Chinese name sorts by its pinyin."),
]
KEYS: dict[CustomerSort, Any] = {CustomerSort.NAME: str, CustomerSort.VALUE_AT_RISK: Decimal | None}
"""Types of the sort keys in cursors; otherwise the id is the key."""


@router.get("", dependencies=[requires("customers:read")])
async def list_customers(
    session: DbSession,
    page: PageQuery,
    settings: SettingsDep,
    now: Now,
    q: SearchText | None = None,
    external_ids: ExternalIds = (),
    owners: Owners = (),
    tags: Tags = (),
    tier: AnyOf[Tier] = (),
    band: AnyOf[Band] = (),
    buyer_type: Buyer | None = None,
    key_account: KeyAccount | None = None,
    sort: Sort = CustomerSort.REGISTRATION,
) -> Page[CustomerOut]:
    """List customers, by default in the order of their registration. A match of a merged duplicate is its survivor.

    With `buyer_type` or `key_account` a page may be short: the list has ended where there is no `next_cursor`.
    """
    ids = await service.find_survivors(session, external_ids=external_ids)
    filters = CustomerFilter(q, ids, owners, tags, tier, band, buyer_type, key_account)
    found = await service.list_customers(
        session,
        filters=filters,
        sort=sort,
        after=_after(page, sort),
        limit=page.fetch_limit,
        time_zone=settings.time_zone,
        now=now,
    )
    items, next_cursor = paginate(found.entries, page, key=lambda row: (sort.value, row.key, row.customer.id))
    if found.examined_to is not None:
        next_cursor = page.cursor_after(sort.value, *found.examined_to)
    shown = page.show(items, lambda row: CustomerOut.model_validate(row.customer), name=lambda row: row.customer.id)
    return Page(items=shown, next_cursor=next_cursor)


def _after(page: PageRequest, sort: CustomerSort) -> tuple[Any, UUID] | None:
    """Return key and id behind which the page begins. A cursor of another sort is refused."""
    key = page.after(Literal[sort.value], KEYS.get(sort), UUID)
    return None if key is None else (key[1], key[2])
