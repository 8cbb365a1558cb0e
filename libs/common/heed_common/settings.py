"""Settings, loaded once from the environment at the start; an error names the variable."""

import json
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, Self, cast
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from heed_common.currencies import is_currency, is_known_currency
from heed_common.encryption import parse_keys
from heed_common.occurrence import DEFAULT_EARLIEST
from heed_common.origins import parse_origins
from heed_common.secret_settings import FILE_SUFFIX, read_secret, secret_fields, set_by
from heed_common.secret_settings import SettingsError as SettingsError

NO_DATABASE_URL = "postgresql://nobody@/none"
"""For commands without a database: nothing connects before the first request."""
MIN_EARLIEST = date(1900, 1, 1)
BUS = re.compile(r"embedded|kafka(\+ssl)?://[A-Za-z0-9._-]+:[0-9]{1,5}(,[A-Za-z0-9._-]+:[0-9]{1,5})*")


def _currency(code: str) -> str:
    if not is_currency(code):
        raise ValueError("must be an ISO 4217 currency code, such as USD")
    return code


def _rated_currency(code: str) -> str:
    if not is_known_currency(code):
        raise ValueError("must be an ISO 4217 currency code, such as USD, or one that was withdrawn, such as DEM")
    return code


@cache
def _time_zones() -> frozenset[str]:
    """Return the names of all time zones; cached, because the standard library reads hundreds of files each time."""
    return frozenset(available_timezones())


def known_time_zone(name: str) -> str:
    """Return the name. Raises `ValueError` unless it is an IANA time zone."""
    if name not in _time_zones():
        raise ValueError("must be an IANA time zone, such as Asia/Shanghai")
    return name


def _not_after_today(day: date) -> date:
    if not MIN_EARLIEST <= day <= datetime.now(UTC).date():
        raise ValueError(f"must be a day from {MIN_EARLIEST} to today, such as 1970-01-01")
    return day


def _bus(address: str) -> str:
    if not BUS.fullmatch(address):
        raise ValueError("must be embedded, kafka://host:port[,host:port…] or kafka+ssl://host:port[,host:port…]")
    return address


def _database_url(url: str) -> str:
    if not re.match(r"postgres(ql)?(\+asyncpg)?://", url):
        raise ValueError("must be an address such as postgresql://user:password@host/database")
    return url


def _country(code: str) -> str:
    from heed_common.contact_addresses import SUPPORTED_REGIONS  # Most processes never parse a number.

    if code not in SUPPORTED_REGIONS:
        raise ValueError("must be an ISO 3166 code of a country, such as CN")
    return code


def _encryption_keys(keys: SecretStr) -> SecretStr:
    if not parse_keys(keys.get_secret_value()):
        raise ValueError("must contain at least one key")
    return keys


def json_object(value: object) -> object:
    """Parse the JSON of an environment variable. Raises `ValueError` that does not repeat it."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        raise ValueError('must be a JSON object, such as {"EUR": "1.08"} for rates') from None


Currency = Annotated[str, AfterValidator(_currency)]
RatedCurrency = Annotated[str, AfterValidator(_rated_currency)]
Rate = Annotated[Decimal, Field(gt=0, allow_inf_nan=False)]
TimeOfDay = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Port = Annotated[int, Field(ge=1, le=65535)]
Secret = Annotated[SecretStr, Field(min_length=32)]
Country = Annotated[str, AfterValidator(_country)]
EncryptionKeys = Annotated[SecretStr, AfterValidator(_encryption_keys)]
"""Keys of a `FieldCipher`: random bytes in URL-safe base64, comma-separated, newest first."""


class _SecretSource(PydanticBaseSettingsSource):
    """Secrets, by value or file; of the databases the service's own, so that one environment can hold all four."""

    def get_field_value(self, field: object, field_name: str) -> tuple[object, str, bool]:
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        values: dict[str, Any] = {}
        errors: list[str] = []
        for name in secret_fields(self.settings_cls):
            try:
                if (secret := read_secret(variable(self.settings_cls, name))) is not None:
                    values[name] = secret
            except SettingsError as error:
                errors.append(str(error))
        if errors:
            raise SettingsError("\n".join(errors))
        return values


class ServiceSettings(BaseSettings):
    """Settings of all services; each service inherits them and sets its name."""

    model_config = SettingsConfigDict(
        env_prefix="HEED_", frozen=True, extra="ignore", hide_input_in_errors=True, env_ignore_empty=True
    )

    service: ClassVar[str]

    database_url: Annotated[str, AfterValidator(_database_url)] = Field(repr=False)
    database_pool_timeout: float = Field(30.0, gt=0, le=600)
    """Seconds that a request or a loop waits for a connection before it fails with a retryable error."""
    bus: Annotated[str, AfterValidator(_bus)] = "embedded"
    partitions: int = Field(12, ge=1, le=1000)
    instance_id: str | None = Field(None, pattern=r"^[A-Za-z0-9._-]{1,100}$")
    kafka_username: str | None = None
    kafka_password: SecretStr | None = None
    kafka_mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] = "SCRAM-SHA-512"

    currency: Currency = "USD"
    rates: Annotated[dict[RatedCurrency, Rate], NoDecode, BeforeValidator(json_object)] = {}
    """Units of `currency` for one unit of the other."""
    default_margin: Decimal = Field(Decimal("0.30"), ge=0, le=1, allow_inf_nan=False)
    time_zone: Annotated[str, AfterValidator(known_time_zone)] = "UTC"
    country: Country | None = None
    """Country of telephone numbers without a country code, unless the customer's region is a country."""
    earliest: Annotated[date, AfterValidator(_not_after_today)] = DEFAULT_EARLIEST
    """Earliest day (in UTC) on which something may have happened: before it lie typing errors in the year."""
    fit_schedule: TimeOfDay | None = None
    """Time of day in UTC; without one, models are never fitted automatically."""

    public_url: str | None = Field(None, pattern=r"^https?://[^\s/?#]+(/[^\s?#]*)?$")
    """Where customers reach the pages that messages link to; without it messages carry no such links."""
    cors_origins: Annotated[frozenset[str], NoDecode, BeforeValidator(parse_origins)] = frozenset()
    """Origins whose pages may call the API with a token, such as https://desk.example.com; * for all."""
    host: str = "127.0.0.1"
    port: Port = 8000
    health_port: Port = 9100
    max_connections: int | None = Field(None, ge=32, le=100_000)
    """Maximum number of open connections; default 1000, or as many as the file limit allows."""
    header_seconds: float = Field(10.0, gt=0, le=300)
    """Time limit for the header of a request, and for a new connection that sends nothing."""
    body_seconds: float = Field(30.0, gt=0, le=3600)
    """Time limit for the next chunk of a body, and for the client to read the next part of a response."""
    keep_alive_seconds: float = Field(75.0, gt=0, le=3600)
    """Time limit of an idle connection after a response."""
    drain_seconds: float = Field(2.0, ge=0, le=60)
    """How long `/readyz` responds 503 before the port closes, so that a gateway stops sending requests."""

    inbox_days: int = Field(30, ge=7, le=3650)
    """Days that the id of a processed event is stored: longer than any record can be delivered again."""
    dead_letter_days: int = Field(90, ge=1, le=3650)
    """Days after which an unhandled dead letter is dropped."""
    audit_days: int = Field(365, ge=30, le=3650)
    """Days that entries of the audit trail are stored."""

    oidc_issuer: str | None = Field(None, pattern=r"^https?://\S+$")
    oidc_audience: str | None = Field(None, min_length=1)
    service_token: Secret | None = None

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "text"] = "json"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, _SecretSource(settings_cls), env_settings

    @classmethod
    def load(cls, **overrides: object) -> Self:
        """Load the settings of this process. Raises `SettingsError` with a line for each invalid variable."""
        try:
            return cls(**cast("dict[str, Any]", overrides))
        except ValidationError as error:
            raise SettingsError("\n".join(_lines(cls, error))) from None

    @classmethod
    def for_documents(cls) -> Self:
        """Return settings for generating the API documents: without a database, and without secrets of its own."""
        return cls.load(database_url=NO_DATABASE_URL)

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @model_validator(mode="after")
    def _require_password(self) -> Self:
        if self.kafka_username and not self.kafka_password:
            raise ValueError("HEED_KAFKA_PASSWORD must be set when HEED_KAFKA_USERNAME is")
        return self

    @model_validator(mode="after")
    def _require_audience(self) -> Self:
        if self.oidc_issuer and not self.oidc_audience:
            raise ValueError("HEED_OIDC_AUDIENCE must be set when HEED_OIDC_ISSUER is")
        return self


def variable(settings: type[BaseSettings], field: str) -> str:
    """Return the environment variable of a field."""
    if field == "database_url" and issubclass(settings, ServiceSettings):
        return f"HEED_{settings.service.upper()}_DATABASE_URL"
    return f"HEED_{field.upper()}"


def variables(settings: type[BaseSettings]) -> set[str]:
    """Return the environment variables of all fields; a secret has a second one, for the file that contains it."""
    names = {variable(settings, field) for field in settings.model_fields}
    return names | {variable(settings, field) + FILE_SUFFIX for field in secret_fields(settings)}


def read_database_url(service: str) -> str | None:
    """Return the address of the service's database that the environment sets. Raises `SettingsError`."""
    return read_secret(f"HEED_{service.upper()}_DATABASE_URL")


def read_all_database_urls(services: Iterable[str], *, reason: str) -> dict[str, str]:
    """Return the address of each service's database. Raises `SettingsError` with the reason if one is missing."""
    urls = {service: read_database_url(service) for service in services}
    missing = [f"HEED_{service.upper()}_DATABASE_URL" for service, url in urls.items() if url is None]
    if missing:
        raise SettingsError(f"{', '.join(missing)}: must be set, because {reason}")
    return {service: url for service, url in urls.items() if url is not None}


def _lines(settings: type[BaseSettings], error: ValidationError) -> list[str]:
    """Return the rule of each invalid variable, never its value, which may be a secret."""
    lines = []
    for item in error.errors(include_url=False, include_input=False, include_context=False):
        message = item["msg"].removeprefix("Value error, ")
        lines.append(f"{set_by(variable(settings, str(item['loc'][0])))}: {message}" if item["loc"] else message)
    return lines
