"""The reference for writes over HTTP: FastAPI, a validated body, and its inserts with asyncpg in one transaction.

Two are those of a record and its event. A complaint has five clocks as well, in one statement, and an entry of its
history.
"""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import asyncpg
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

INSERT_CLOCKS = "INSERT INTO bare_clock SELECT id, 'running' FROM unnest($1::uuid[]) AS clock(id)"


class Line(BaseModel):
    sku: str
    category: str
    quantity: str
    unit_price: str
    unit_cost: str


class Purchase(BaseModel):
    customer_id: str
    external_id: str
    occurred_at: str
    currency: str
    lines: list[Line]


class Interaction(BaseModel):
    customer_id: str
    external_id: str
    kind: str
    channel: str
    occurred_at: str
    cost: str


class ReturnedLine(BaseModel):
    sku: str
    quantity: str


class Return(BaseModel):
    external_id: str
    occurred_at: str
    lines: list[ReturnedLine]
    reason: str


class SurveyResponse(BaseModel):
    customer_id: str
    external_id: str
    answers: dict[str, int]


class Complaint(BaseModel):
    customer_id: str
    external_id: str
    occurred_at: str
    channel: str
    category: str
    severity: str
    description: str


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.pool = await asyncpg.create_pool(os.environ["BARE_DATABASE_URL"], min_size=10, max_size=10)
    async with app.state.pool.acquire() as connection:
        for table in ("bare_record", "bare_outbox", "bare_clock", "bare_history"):
            await connection.execute(f"CREATE TABLE IF NOT EXISTS {table} (id uuid PRIMARY KEY, body text)")
    yield
    await app.state.pool.close()


app = FastAPI(lifespan=lifespan)


@app.get("/readyz")
async def ready() -> dict[str, bool]:
    return {"ready": True}


@app.post("/v1/purchases", status_code=201)
async def post_purchase(body: Purchase) -> dict[str, str]:
    return await insert(body)


@app.post("/v1/interactions", status_code=201)
async def post_interaction(body: Interaction) -> dict[str, str]:
    return await insert(body)


@app.post("/v1/purchases/{purchase_id}/returns", status_code=201)
async def post_return(purchase_id: UUID, body: Return) -> dict[str, str]:
    return await insert(body)


@app.post("/v1/surveys/{survey_id}/responses", status_code=201)
async def post_response(survey_id: UUID, body: SurveyResponse) -> dict[str, str]:
    return await insert(body)


@app.post("/v1/complaints", status_code=201)
async def post_complaint(body: Complaint) -> dict[str, str]:
    return await insert(body, clocks=5)


async def insert(content: BaseModel, *, clocks: int = 0) -> dict[str, str]:
    key, body = uuid4(), content.model_dump_json()
    async with app.state.pool.acquire() as connection, connection.transaction():
        await connection.execute("INSERT INTO bare_record VALUES ($1, $2)", key, body)
        if clocks:
            await connection.execute(INSERT_CLOCKS, [uuid4() for _ in range(clocks)])
            await connection.execute("INSERT INTO bare_history VALUES ($1, $2)", key, body)
        await connection.execute("INSERT INTO bare_outbox VALUES ($1, $2)", key, body)
    return {"id": str(key)}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
