"""A sample service, with which the HTTP API is tested."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import Annotated, ClassVar
from uuid import UUID

import httpx
from fastapi import Depends, FastAPI, Query, Request, Response
from pydantic import Field
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import http, outbox
from heed_common.auth.api_keys import Token, add_key
from heed_common.auth.scopes import SCOPES
from heed_common.clock import Clock
from heed_common.contracts.event import Event
from heed_common.database import Database
from heed_common.errors import Conflict, NotFound
from heed_common.fields import Currency, Moment, Money, Quantity, ShortText
from heed_common.http.dependencies import open_session
from heed_common.identifiers import new_id
from heed_common.metrics import Metrics
from heed_common.paging import Page, PageQuery, paginate
from heed_common.resources import Resources
from heed_common.settings import ServiceSettings
from tests.documented import check_documented

SERVICE_TOKEN = "a service token that is long enough to be one"  # noqa: S105 it opens nothing
TABLE = text("""
    CREATE TABLE sample (
        id uuid PRIMARY KEY, name text NOT NULL, revision integer NOT NULL DEFAULT 1,
        twin uuid REFERENCES sample DEFERRABLE INITIALLY DEFERRED
    )
""")
INSERT = text("INSERT INTO sample (id, name, twin) VALUES (:id, :name, :twin)")
SELECT = text("SELECT id, name, revision FROM sample WHERE id = :id FOR UPDATE")
LIST = text(
    "SELECT id, name, revision FROM sample WHERE CAST(:after AS uuid) IS NULL OR id > :after ORDER BY id LIMIT :n"
)
RENAME = text("UPDATE sample SET name = :name, revision = revision + 1 WHERE id = :id RETURNING id, name, revision")

Rooms = Annotated[tuple[str, ...], Query()]
DefaultScopeSession = Annotated[AsyncSession, Depends(open_session)]


class SampleCreated(Event):
    topic: ClassVar[str] = "heed.sample"
    type: ClassVar[str] = "heed.sample.created"
    version: ClassVar[int] = 1

    sample_id: UUID

    @property
    def subject(self) -> UUID:
        return self.sample_id

    @property
    def key(self) -> UUID:
        return self.sample_id


class Settings(ServiceSettings):
    service: ClassVar[str] = "samples"


class SampleBroken(Conflict):
    code = "sample_broken"


class Part(http.RequestModel):
    name: ShortText
    quantity: Quantity
    price: Money


class SampleIn(http.RequestModel):
    name: ShortText
    twin: UUID | None = None
    made_at: Moment | None = None
    currency: Currency = "USD"
    parts: list[Part] = Field(default_factory=list)
    notes: dict[str, object] = Field(default_factory=dict)


class SampleOut(http.ResponseModel):
    id: UUID
    name: str
    revision: int


class Imported(http.ResponseModel):
    bytes: int


OUTDATED = http.deprecated(since=date(2026, 3, 1), sunset=date(2027, 3, 1), see="/docs/samples")
router = http.router(prefix="/v1/samples", tags=["samples"])
public = http.router(prefix="/v1/wishes", tags=["wishes"], public=True)


@router.post("", status_code=201, dependencies=[http.requires("customers:write")])
async def make_sample(sample: SampleIn, session: http.DbSession, now: http.Now, response: Response) -> SampleOut:
    """Makes a sample."""
    made = SampleOut(id=new_id(), name=sample.name, revision=1)
    await session.execute(INSERT, {"id": made.id, "name": sample.name, "twin": sample.twin})
    await outbox.stage(session, SampleCreated(occurred_at=now, sample_id=made.id), aggversion=1, now=now)
    response.headers["ETag"] = http.etag(made.revision)
    response.headers["Location"] = f"/v1/samples/{made.id}"
    return made


@router.post("/too-late", status_code=201)
async def make_sample_with_default_scope(sample: SampleIn, session: DefaultScopeSession) -> dict[str, str]:
    """As an author would write it who does not know the trap."""
    await session.execute(INSERT, {"id": new_id(), "name": sample.name, "twin": sample.twin})
    return {"made": "yes"}


@router.post("/tidy")
async def tidy_samples(session: http.DbSession, room: Rooms = (), dry_run: bool = False) -> dict[str, object]:
    """Tidy up, unless it is a dry run."""
    if not dry_run:
        await session.execute(INSERT, {"id": new_id(), "name": "tidied", "twin": None})
    return {"dry_run": dry_run, "rooms": room}


@router.post(":batch")
async def make_samples(samples: list[SampleIn]) -> dict[str, int]:
    return {"made": len(samples)}


@router.post("/break", status_code=201)
async def break_sample(session: http.DbSession) -> None:
    await session.execute(INSERT, {"id": new_id(), "name": "broken", "twin": None})
    raise SampleBroken("It is in two halves.", halves=2)


@router.get("/fail")
async def fail() -> None:
    raise KeyError("the caller's secret")


@router.get("", dependencies=[http.requires("customers:read")])
async def list_samples(page: PageQuery, session: http.DbSession) -> Page[SampleOut]:
    after = page.after(UUID)
    rows = (await session.execute(LIST, {"after": after and after[0], "n": page.fetch_limit})).all()
    items, next_cursor = paginate(rows, page, key=lambda row: (row.id,))
    return Page(items=[SampleOut.model_validate(row) for row in items], next_cursor=next_cursor)


@router.get("/{sample_id}")
async def read_sample(sample_id: UUID, session: http.DbSession, response: Response) -> SampleOut:
    row = (await session.execute(SELECT, {"id": sample_id})).one_or_none()
    if row is None:
        raise NotFound
    response.headers["ETag"] = http.etag(row.revision)
    return SampleOut.model_validate(row)


@router.get("/{sample_id}/old", dependencies=[http.requires("customers:read"), OUTDATED])
async def read_sample_as_before(sample_id: UUID, session: http.DbSession, response: Response) -> SampleOut:
    """As it was read before. 404."""
    return await read_sample(sample_id, session, response)


@router.patch("/{sample_id}")
async def rename_sample(
    sample_id: UUID, name: SampleIn, session: http.DbSession, if_match: http.IfMatch, response: Response
) -> SampleOut:
    sample = await read_sample(sample_id, session, response)
    http.require_if_match(if_match, sample.revision)
    row = (await session.execute(RENAME, {"id": sample_id, "name": name.name})).one()
    response.headers["ETag"] = http.etag(row.revision)
    return SampleOut.model_validate(row)


@router.post("/{sample_id}/again")
async def answer_as_before(sample_id: UUID, session: http.DbSession) -> dict[str, str]:
    """A write that repeats an earlier one: the sample's id serves as the id of the first event."""
    http.set_event_header(session, sample_id)
    return {}


@router.get("/me/who")
async def who(caller: http.Caller) -> dict[str, object]:
    return {"id": caller.id, "confidential": caller.may("complaints:confidential:read")}


@router.get("/secret/addresses", dependencies=[http.requires("contacts:read")])
async def addresses() -> dict[str, str]:
    return {}


@public.post("", status_code=201)
async def wish(sample: SampleIn) -> dict[str, str]:
    return {"wish": str(new_id())}


imports = http.router(prefix="/v1/imports/samples")


@imports.post("", status_code=202, response_model=Imported)
async def import_samples(request: Request, session: http.DbSession) -> Response | Imported:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
    first = await http.first_response(request, session)
    return first or Imported(bytes=size)


@imports.post("/forgetful", status_code=202)
async def import_forgetfully(request: Request, session: http.DbSession) -> None:
    """As an author would write it who does not know that a key may be there."""
    async for _ in request.stream():
        pass
    await session.execute(INSERT, {"id": new_id(), "name": "forgotten", "twin": None})


def create_app(settings: ServiceSettings, resources: Resources) -> FastAPI:
    app = http.create_app(settings, resources, title="Samples")
    for part in (router, public, imports):
        app.include_router(part)
    return app


def make_settings(**overrides: object) -> Settings:
    return Settings(**{"database_url": "postgresql://nobody@127.0.0.1:1/nothing", **overrides})  # type: ignore[arg-type]


def make_resources(database: Database, clock: Clock) -> Resources:
    return Resources(database, clock, Metrics("samples"))


async def make_token(database: Database, *, now: datetime, scopes: frozenset[str] = SCOPES) -> Token:
    token = Token.new()
    async with database.transaction() as session:
        await add_key(session, token, name="a test", scopes=scopes, now=now)
    return token


@asynccontextmanager
async def make_client(app: FastAPI, token: object = None) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client of the app, for which every response must be documented."""

    async def check(response: httpx.Response) -> None:
        check_documented(app.title, response)

    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    hooks = {"response": [check]}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://samples", headers=headers, event_hooks=hooks
    ) as client:
        yield client
