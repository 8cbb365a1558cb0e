"""`python -m heed_common.platform`: serve callers, keys and the audit trail of all services."""

import asyncio
import sys
from typing import TYPE_CHECKING

from heed_common import cli, logs
from heed_common.database import Database
from heed_common.http import server
from heed_common.http.app import prepare_routes
from heed_common.http.limits import ConnectionLimits
from heed_common.platform.app import create_app
from heed_common.platform.settings import Settings, database_urls
from heed_common.resources import Resources
from heed_common.settings import SettingsError
from heed_common.tracing.process import span_export

if TYPE_CHECKING:
    from heed_common.tracing.export import SpanExport

POOL_SIZE = 4
REFUSED = 2


def main() -> int:
    """Serve until a stop signal. Return 2 if a setting is wrong."""
    try:
        urls = database_urls()
        settings = Settings.load(database_url=next(iter(urls.values())))
    except SettingsError as error:
        print(error, file=sys.stderr)
        return REFUSED
    logs.configure(level=settings.log_level, style=settings.log_format)
    try:
        with asyncio.Runner(loop_factory=cli.loop_factory()) as runner:
            runner.run(_trace_and_serve(settings, urls))
    except SettingsError as error:
        print(error, file=sys.stderr)
        return REFUSED
    return 0


async def _trace_and_serve(settings: Settings, urls: dict[str, str]) -> None:
    async with span_export() as spans:
        await _serve(settings, urls, spans)


async def _serve(settings: Settings, urls: dict[str, str], spans: "SpanExport | None") -> None:
    resources = Resources.open(settings, spans=spans)
    others = {
        service: Database(url, pool_size=POOL_SIZE, application_name="heed-platform") for service, url in urls.items()
    }
    try:
        app = create_app(settings, resources, others)
        prepare_routes(app)
        limits = ConnectionLimits.of_settings(settings)
        await server.serve(
            server.Server(app, host=settings.host, port=settings.port, limits=limits, metrics=resources.metrics),
            readiness=app.state.readiness,
            stop=server.stop_on_signals(),
            drain_seconds=settings.drain_seconds,
        )
    finally:
        for database in others.values():
            await database.close()
        await resources.close()


if __name__ == "__main__":
    raise SystemExit(main())
