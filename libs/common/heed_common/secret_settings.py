"""Secrets among the settings: the value of a variable, or the file that a variable with `_FILE` at its end names.

An environment is shown by many tools and inherited by each child process; a file has an owner and permissions.
"""

import os
from pathlib import Path
from typing import get_args

from pydantic import SecretBytes, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

FILE_SUFFIX = "_FILE"


class SettingsError(Exception):
    """The process must not start: each line names a variable and its rule."""


def is_secret(field: FieldInfo) -> bool:
    """Return whether the value of a field is a secret, or contains one: it is not shown when settings are printed."""
    return not field.repr or _holds_secret(field.annotation)


def secret_fields(settings: type[BaseSettings]) -> list[str]:
    """Return the names of the fields with a secret."""
    return [name for name, field in settings.model_fields.items() if is_secret(field)]


def read_secret(variable: str) -> str | None:
    """Return the secret that the environment sets, by its value or its file; None if by neither.

    A variable that is set to nothing is not set. Raises `SettingsError` if both are set, or if the file cannot be read
    or is empty; the error does not repeat the secret.
    """
    value, path = os.environ.get(variable), os.environ.get(variable + FILE_SUFFIX)
    if not path:
        return value or None
    if value:
        raise SettingsError(f"{variable}: must not be set while {variable}{FILE_SUFFIX} is; remove one of them")
    try:
        return read_secret_file(Path(path))
    except SettingsError as error:
        raise SettingsError(f"{variable}{FILE_SUFFIX}: {error}") from None


def read_secret_file(path: Path) -> str:
    """Return the content of the file without the line end after it. Raises `SettingsError`."""
    try:
        secret = path.read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not text in UTF-8") from None
    if not secret.strip():
        raise SettingsError(f"{path} is empty")
    return secret


def set_by(variable: str) -> str:
    """Return the variable by which the operator sets the secret, for errors about its value."""
    return variable + FILE_SUFFIX if os.environ.get(variable + FILE_SUFFIX) else variable


def _holds_secret(annotation: object) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, SecretStr | SecretBytes):
        return True
    return any(_holds_secret(part) for part in get_args(annotation))
