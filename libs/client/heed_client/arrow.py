"""Scores as an Arrow table, for pandas, polars or DuckDB. Needs `heed-client[arrow]`."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

import pyarrow as pa

MONEY = pa.decimal128(38, 4)
SCHEMA = pa.schema(
    [
        pa.field("customer_id", pa.string(), nullable=False),
        pa.field("scored_day", pa.date32(), nullable=False),
        pa.field("model_version", pa.string(), nullable=False),
        pa.field("currency", pa.string(), nullable=False),
        pa.field("value", MONEY, nullable=False),
        pa.field("current", MONEY, nullable=False),
        pa.field("potential", MONEY, nullable=False),
        pa.field("tier", pa.string(), nullable=False),
        pa.field("loyalty", pa.float64()),
        pa.field("loyalty_class", pa.string()),
        pa.field("churn_risk", pa.float64(), nullable=False),
        pa.field("horizon_days", pa.int32(), nullable=False),
        pa.field("band", pa.string(), nullable=False),
        pa.field("value_at_risk", MONEY, nullable=False),
        pa.field("stage", pa.string(), nullable=False),
    ]
)
ROWS_A_BATCH = 10_000


def scores(rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Return the last scores of all customers: `scores(heed.rows("/v1/scores"))`. Amounts are exact decimals."""
    return pa.Table.from_batches(_batches(iter(rows)), SCHEMA)


def _batches(rows: Iterator[Mapping[str, Any]]) -> Iterator[pa.RecordBatch]:
    while chunk := list(islice(rows, ROWS_A_BATCH)):
        yield pa.RecordBatch.from_pylist([_flat(row) for row in chunk], SCHEMA)


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    value, loyalty, risk = row["value"], row["loyalty"], row["churn_risk"]
    return {
        "customer_id": row["customer_id"],
        "scored_day": date.fromisoformat(row["scored_day"]),
        "model_version": row["model_version"],
        "currency": value["currency"],
        "value": Decimal(value["amount"]),
        "current": Decimal(value["current"]),
        "potential": Decimal(value["potential"]),
        "tier": value["tier"],
        "loyalty": loyalty["index"],
        "loyalty_class": loyalty["class"],
        "churn_risk": risk["probability"],
        "horizon_days": risk["horizon_days"],
        "band": risk["band"],
        "value_at_risk": Decimal(row["value_at_risk"]["amount"]),
        "stage": row["lifecycle"]["stage"],
    }
