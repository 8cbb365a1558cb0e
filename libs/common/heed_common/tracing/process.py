"""The export of spans as a part of a process."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from heed_common.settings import SettingsError
from heed_common.tracing.settings import ENDPOINTS, exports_traces

if TYPE_CHECKING:
    from heed_common.tracing.export import SpanExport

PACKAGES = "opentelemetry-sdk opentelemetry-exporter-otlp-proto-http"


@asynccontextmanager
async def span_export() -> AsyncIterator["SpanExport | None"]:
    """Yield the export of spans that the environment asks for; None without one. Raises `SettingsError`."""
    if not exports_traces(os.environ):
        yield None
        return
    export = _open()
    try:
        yield export
    finally:
        await asyncio.to_thread(export.close)


def _open() -> "SpanExport":
    try:
        from heed_common.tracing.export import SpanExport  # Only here: it costs memory and a tenth of a second.
    except ImportError as error:
        name = next(name for name in ENDPOINTS if os.environ.get(name))
        raise SettingsError(
            f"{name}: is set, but {error.name} is not installed, without which traces cannot be exported: "
            f"pip install {PACKAGES} (the extra `otel` of heed-common), or unset the variable"
        ) from None
    return SpanExport()
