"""Columns of CSV files of customers and purchases. Pure."""

from heed_common.imports.headers import Columns
from heed_customer.imports.formats.contact_columns import REACH_COLUMNS
from heed_customer.imports.formats.kinds import ImportKind

PURCHASE_COLUMNS = ("external_id", "customer_id", "customer_external_id", "kind", "occurred_at", "currency")
LINE_COLUMNS = ("sku", "category", "quantity", "unit_price", "unit_cost")
COLUMNS = {
    ImportKind.CUSTOMERS: Columns(
        allowed=REACH_COLUMNS.union(
            ("external_id", "kind", "role", "buyer_type", "name", "language", "time_zone", "region", "owner")
        ),
        required=frozenset(("kind", "name")),
    ),
    ImportKind.PURCHASES: Columns(
        allowed=frozenset((*PURCHASE_COLUMNS, *LINE_COLUMNS, "service_point_id")),
        required=frozenset(("external_id", "occurred_at", "currency", "sku", "category", "quantity", "unit_price")),
        one_of=frozenset(("customer_id", "customer_external_id")),
    ),
}
