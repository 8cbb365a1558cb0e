"""Lists as files: behind the path of every list, `.csv` and `.ndjson` stream all of its items with the same filters.

The file is read page by page like the list, each page in a transaction of its own: a long download holds neither memory
nor a database connection. Like the pages of a list it is no snapshot: an item that is written meanwhile may be in it.
A list whose columns depend on its content returns a `TablePage`.
"""

import csv
import inspect
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from heed_common.fields import ResponseModel
from heed_common.http.dependencies import get_resources
from heed_common.paging import Page, PageRequest, TablePage, page_request
from heed_common.spreadsheets import BYTE_ORDER_MARK, neutralize_formula

ListEndpoint = Callable[..., Awaitable[Page[Any]]]
FileFormat = Literal["csv", "ndjson"]
MEDIA_TYPES: Mapping[FileFormat, str] = {"csv": "text/csv; charset=utf-8", "ndjson": "application/x-ndjson"}
UNIONS = (Union, UnionType)
"""Of a model and null. A list of models is one cell, a JSON text."""
PAGE_ITEMS = 500
PER_REQUEST = ("session", "page")
"""Parameters of a list's endpoint that the export provides for each page."""


class ListRouter(APIRouter):
    """A router that also serves each of its lists as a file."""

    def add_api_route(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:  # noqa: ANN401
        super().add_api_route(path, endpoint, **options)
        item = item_model(endpoint)
        if item is not None and set(options.get("methods") or ()) == {"GET"}:
            super().add_api_route(
                path + ".{file_format}",
                _export_endpoint(endpoint, item),
                methods=["GET"],
                dependencies=options.get("dependencies"),
                tags=options.get("tags"),
                name=f"export_{endpoint.__name__.removeprefix('list_')}",
                summary=f"Stream all items of the list `{endpoint.__name__}` as CSV or NDJSON.",
                description="All items that match the filters; one that is written meanwhile may be in it.",
                response_class=StreamingResponse,
                response_model=None,
                responses={200: {"description": "The file.", "content": {kind: {} for kind in MEDIA_TYPES.values()}}},
            )


def column_names(item: type[BaseModel]) -> list[str]:
    """Return the columns of the items: their fields, and for objects those of the object."""
    return [name for name, _ in _columns(item)]


def csv_cells(item: BaseModel) -> list[object]:
    """Return the cells of an item in the order of its columns; lists are JSON texts."""
    document = item.model_dump(mode="json", by_alias=True)
    return [_cell(document, path) for _, path in _columns(type(item))]


def item_model(endpoint: Callable[..., Any]) -> type[BaseModel] | None:
    """Return the item model of a list's endpoint; None for other endpoints."""
    signature = inspect.signature(endpoint)
    returned = signature.return_annotation
    is_list = isinstance(returned, type) and issubclass(returned, Page) and "page" in signature.parameters
    if not is_list:
        return None
    (item,) = get_args(returned.model_fields["items"].annotation)
    return item if isinstance(item, type) and issubclass(item, BaseModel) else None


def _export_endpoint(endpoint: ListEndpoint, item: type[BaseModel]) -> Callable[..., Awaitable[StreamingResponse]]:
    signature = inspect.signature(endpoint)
    filters = [parameter for name, parameter in signature.parameters.items() if name not in PER_REQUEST]

    async def export(*, request: Request, file_format: FileFormat, **arguments: Any) -> StreamingResponse:  # noqa: ANN401
        pages = _pages(endpoint, request, file_format, arguments)
        first = await anext(pages)  # Fails, if it fails, before the response begins.
        return StreamingResponse(
            _encoded(first, pages, item, file_format),
            media_type=MEDIA_TYPES[file_format],
            headers={"Content-Disposition": f'attachment; filename="{_file_name(request)}"'},
        )

    own = [
        inspect.Parameter("request", inspect.Parameter.KEYWORD_ONLY, annotation=Request),
        inspect.Parameter("file_format", inspect.Parameter.KEYWORD_ONLY, annotation=FileFormat),
    ]
    by_name = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in filters]
    taken = {parameter.name for parameter in own}
    export.__signature__ = inspect.Signature([*own, *(p for p in by_name if p.name not in taken)])  # type: ignore[attr-defined]
    return export


async def _pages(
    endpoint: ListEndpoint, request: Request, file_format: FileFormat, arguments: Mapping[str, Any]
) -> AsyncIterator[Page[Any]]:
    """Yield the pages of the list; there is at least one."""
    resources, names = get_resources(request), inspect.signature(endpoint).parameters
    own = {"request": request} if "request" in names else {}
    first = await page_request(request, limit=PAGE_ITEMS, cursor=None)
    path, cursor = first.path.removesuffix(f".{file_format}"), None
    while True:
        page = PageRequest(first.signer, path, PAGE_ITEMS, cursor, first.metrics, first.route)
        if "session" in names:
            async with resources.database.transaction(wakes_jobs=False) as session:
                found = await endpoint(session=session, page=page, **arguments, **own)
        else:  # The endpoint reads several databases.
            found = await endpoint(page=page, **arguments, **own)
        yield found
        cursor = found.next_cursor
        if cursor is None:
            return


async def _encoded(
    first: Page[Any], rest: AsyncIterator[Page[Any]], item: type[BaseModel], file_format: FileFormat
) -> AsyncIterator[str]:
    encode = _csv_lines if file_format == "csv" else _json_lines
    if file_format == "csv":
        columns = first.columns if isinstance(first, TablePage) else column_names(item)
        yield BYTE_ORDER_MARK + _csv_text([columns])
    yield encode(first)
    async for page in rest:
        yield encode(page)


def _csv_lines(page: Page[Any]) -> str:
    if isinstance(page, TablePage):
        return _csv_text([neutralize_formula(row.get(name)) for name in page.columns] for row in page.rows())
    return _csv_text(map(neutralize_formula, csv_cells(item)) for item in page.items)


def _json_lines(page: Page[Any]) -> str:
    return "".join(f"{item.model_dump_json(by_alias=True)}\n" for item in page.items)


def _csv_text(rows: Any) -> str:  # noqa: ANN401 any iterable of iterables of cells
    file = io.StringIO()
    csv.writer(file, lineterminator="\r\n").writerows(rows)
    return file.getvalue()


def _columns(item: type[BaseModel]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for python_name, field in item.model_fields.items():
        name = field.serialization_alias or python_name
        parts = (field.annotation, *get_args(field.annotation)) if get_origin(field.annotation) in UNIONS else ()
        inner = next((part for part in parts or (field.annotation,) if _is_model(part)), None)
        if inner is None:
            yield name, (name,)
        else:
            yield from ((f"{name}_{below}", (name, *path)) for below, path in _columns(inner))


def _is_model(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, ResponseModel)


def _cell(document: object, path: tuple[str, ...]) -> object:
    for name in path:
        document = document.get(name) if isinstance(document, dict) else None
    return json.dumps(document, ensure_ascii=False) if isinstance(document, dict | list) else document


def _file_name(request: Request) -> str:
    return str(request.scope["path"]).rpartition("/")[2]
