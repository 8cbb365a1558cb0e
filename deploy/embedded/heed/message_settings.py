"""Settings that let the services of the embedded product send messages: token, address and folder."""

import os
import secrets
from collections.abc import Mapping

from heed.settings import Settings
from heed_common.auth.key_file import write_private
from heed_common.errors import HeedError
from heed_common.secret_settings import FILE_SUFFIX

TOKEN_BYTES = 32
MIN_TOKEN_LENGTH = 32
LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - recognised, not listened on


class ServiceTokenUnreadable(HeedError):
    """The file of the service token does not contain one."""


def ensure(settings: Settings) -> None:
    """Create the file with the token that the services show each other, for its owner only, at the first start."""
    if not _has("service_token") and not settings.service_token_file.exists():
        write_private(settings.service_token_file, f"{secrets.token_urlsafe(TOKEN_BYTES)}\n")


def overrides(settings: Settings) -> Mapping[str, object]:
    """Return the settings that the environment does not set. Raises `ServiceTokenUnreadable`."""
    values: dict[str, object] = {"data_dir": settings.data_dir}
    if not _has("service_token"):
        values["service_token"] = _read_token(settings)
    if not _has("customer_url"):
        host = LOOPBACK.get(settings.host, f"[{settings.host}]" if ":" in settings.host else settings.host)
        values["customer_url"] = f"http://{host}:{settings.port}"
    return values


def _read_token(settings: Settings) -> str:
    token = settings.service_token_file.read_text().strip()
    if len(token) < MIN_TOKEN_LENGTH:
        raise ServiceTokenUnreadable(f"{settings.service_token_file} contains no token; remove it to get a new one")
    return token


def _has(name: str) -> bool:
    names = (f"HEED_{name.upper()}", f"HEED_{name.upper()}{FILE_SUFFIX}")
    return any(os.environ.get(variable) for variable in names)
