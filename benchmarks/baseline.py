"""The reference for writes over HTTP: FastAPI, a validated body, and two inserts with asyncpg in one transaction."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel


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


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.pool = await asyncpg.create_pool(os.environ["BARE_DATABASE_URL"], min_size=10, max_size=10)
    async with app.state.pool.acquire() as connection:
        for table in ("bare_record", "bare_outbox"):
            await connection.execute(f"CREATE TABLE IF NOT EXISTS {table} (id uuid PRIMARY KEY, body text)")
    yield
    await app.state.pool.close()


app = FastAPI(lifespan=lifespan)


@app.get("/readyz")
async def ready() -> dict[str, bool]:
    return {"ready": True}


@app.post("/v1/purchases", status_code=201)
async def post(purchase: Purchase) -> dict[str, str]:
    key, body = uuid4(), purchase.model_dump_json()
    async with app.state.pool.acquire() as connection, connection.transaction():
        await connection.execute("INSERT INTO bare_record VALUES ($1, $2)", key, body)
        await connection.execute("INSERT INTO bare_outbox VALUES ($1, $2)", key, body)
    return {"id": str(key)}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
