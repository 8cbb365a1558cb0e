"""A survey of 20 items with any number of responses: as arrays, and in PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import numpy as np
from numpy.typing import NDArray

from heed_common import migrations
from heed_common.clock import SystemClock
from heed_common.database import Database
from heed_common.encryption import new_key
from heed_common.metrics import Metrics
from heed_common.resources import Resources
from heed_measures.arrays import Floats, Integers
from heed_survey.app import create_app
from heed_survey.responses.encoding import FORMAT, MISSING
from heed_survey.settings import Settings
from tests.common.sample_app import make_client, make_token

ITEMS, DOMAINS, POINTS, BRANCHES = 20, 50, 5, 4
STRATA, CLUSTERS, POPULATION = 12, 2000, 500.0
MISSING_SHARE = 0.05
SEED = 14
CODES = tuple(f"q{item:02}" for item in range(ITEMS))
OVERALL = CODES[0]
"""Overall satisfaction; the other items are in the indicator tree."""
CHUNK_ROWS = 20_000
COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
COPY_TRAILER = b"\xff\xff"
WIDTHS = {"id": 16, "event_id": 16, "survey_id": 16, "survey_version": 4, "context": 37, "weight": 8, "stratum": 10}
WIDTHS |= {"cluster": 10, "population": 8, "answers": 2 + 12 * ITEMS, "encoded": 1 + 2 * ITEMS}
WIDTHS |= {"answered_at": 8, "received_at": 8}


class Responses(NamedTuple):
    """Codes 0–4 of the items (ITEMS, n), −1 without response; domain, weight, stratum and cluster (n,)."""

    codes: NDArray[np.int8]
    domains: NDArray[np.int16]
    weights: Floats
    strata: Integers
    clusters: Integers

    @property
    def n(self) -> int:
        return len(self.weights)

    def values(self, item: int) -> Floats:
        """Return the values 1–5 of an item, nan without response."""
        return np.where(self.codes[item] < 0, np.nan, self.codes[item] + 1.0)


def draw_responses(n: int) -> Responses:
    """Return responses that are alike within clusters, always the same."""
    random = np.random.default_rng(SEED)
    clusters = random.integers(0, CLUSTERS, n)
    level = random.normal(0, 0.5, CLUSTERS)[clusters] + random.normal(0, 0.7, n)
    codes = np.empty((ITEMS, n), dtype=np.int8)
    for item in range(ITEMS):
        codes[item] = np.digitize(level + random.normal(0, 0.8, n), [-1.5, -0.6, 0.3, 1.2])
        codes[item][random.uniform(size=n) < MISSING_SHARE] = -1
    domains = random.integers(0, DOMAINS, n).astype(np.int16)
    return Responses(codes, domains, random.uniform(0.5, 2, n), clusters % STRATA, clusters)


async def fill(url: str, responses: Responses) -> UUID:
    """Create the survey in an empty database and insert its responses. Return its id."""
    await migrations.upgrade(url, "heed_survey")
    database = Database(url)
    app = create_app(
        Settings.load(database_url=url, contact_keys=new_key()), Resources(database, SystemClock(), Metrics("survey"))
    )
    async with make_client(app, await make_token(database, now=datetime.now(UTC))) as client:
        created = await client.post("/v1/surveys", json={"title": "A million responses", "items": _items()})
        survey_id = UUID(created.raise_for_status().json()["id"])
        (await client.post(f"/v1/surveys/{survey_id}/publish")).raise_for_status()
    await database.close()
    connection = await asyncpg.connect(url)
    await connection.copy_to_table(
        "response", source=_copy_data(survey_id, responses), columns=list(WIDTHS), format="binary"
    )
    await connection.execute("VACUUM (FREEZE, ANALYZE) response")
    await connection.close()
    return survey_id


def _items() -> list[dict[str, Any]]:
    text, scale = {"en": "How was it?", "zh": "怎么样？"}, {"lowest": 1, "highest": POINTS}
    items: list[dict[str, Any]] = [
        {"code": code, "text": text, "type": "scale", "scale": scale, "measure": "other"} for code in CODES
    ]
    for number, item in enumerate(items[1:]):
        item["indicator"] = f"b{number % BRANCHES}"
    return [items[0] | {"measure": "satisfaction"}, *items[1:]]


async def _copy_data(survey_id: UUID, responses: Responses) -> AsyncIterator[bytes]:
    yield COPY_HEADER
    for start in range(0, responses.n, CHUNK_ROWS):
        yield await asyncio.to_thread(_rows, survey_id, responses, start, min(start + CHUNK_ROWS, responses.n))
    yield COPY_TRAILER


def _rows(survey_id: UUID, responses: Responses, start: int, end: int) -> bytes:
    """Return rows as PostgreSQL's binary COPY has them: all values of a column are equally long."""
    fields = [(f"{name}#", ">i4") for name in WIDTHS], [(name, f"V{width}") for name, width in WIDTHS.items()]
    kind = np.dtype([("#", ">i2"), *(part for pair in zip(*fields, strict=True) for part in pair)])
    table = np.zeros(end - start, dtype=kind)
    table["#"] = len(WIDTHS)
    columns = _columns(responses, start, end)
    for name, width in WIDTHS.items():
        table[f"{name}#"] = width
        table[name] = np.void(survey_id.bytes) if name == "survey_id" else columns[name].view(f"V{width}").reshape(-1)
    return table.tobytes()


def _columns(responses: Responses, start: int, end: int) -> dict[str, NDArray[np.generic]]:
    n, codes = end - start, np.ascontiguousarray(responses.codes[:, start:end].T, dtype="<i2")
    number = np.arange(start, end)
    random = np.random.default_rng(start).integers(0, 2**63, n)
    ids = np.column_stack([number + (0x019F << 48), random]).astype(">u8")
    values = np.where(codes < 0, "null", (codes + 1).astype(np.str_))
    answers = np.char.ljust(np.char.add(np.array([f'"{code}": ' for code in CODES]), values), 11)
    documents = [b"\x01{" + ",".join(row).encode() + b"}" for row in answers.tolist()]
    encoded = np.empty((n, 1 + 2 * ITEMS), dtype=np.uint8)
    encoded[:, 0] = FORMAT
    encoded[:, 1:] = np.where(codes < 0, MISSING, codes + 1).view(np.uint8).reshape(n, -1)
    moments = np.full(n, 826_000_000_000_000, dtype=">i8")
    return {
        "id": ids,
        "event_id": ids,
        "survey_version": np.ones(n, dtype=">i4"),
        "context": _texts('\x01{{"region": "region {:02}", "tier": "B"}}', responses.domains[start:end], 37),
        "weight": responses.weights[start:end].astype(">f8"),
        "stratum": _texts("stratum {:02}", responses.strata[start:end], 10),
        "cluster": _texts("point {:04}", responses.clusters[start:end], 10),
        "population": np.full(n, POPULATION, dtype=">f8"),
        "answers": np.array(documents, dtype=f"V{WIDTHS['answers']}"),
        "encoded": encoded,
        "answered_at": moments,
        "received_at": moments,
    }


def _texts(form: str, numbers: NDArray[np.generic], width: int) -> NDArray[np.generic]:
    levels = np.array([form.format(number).encode() for number in range(int(numbers.max(initial=0)) + 1)])
    assert levels.dtype.itemsize == width
    return np.asarray(levels[numbers])
