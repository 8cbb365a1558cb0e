"""Field types of requests and responses, the same in all services: moments, money, quantities, texts."""

import re
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, LiteralString

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from heed_common.currencies import is_currency, is_known_currency, was_valid
from heed_common.strict_json import UNSTORABLE
from heed_common.text import is_blank

MAX_UNKNOWN_MEMBERS = 20
CLOCK_TOLERANCE = timedelta(minutes=5)
"""Other machines' clocks may run a little ahead of ours."""
RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}([.,][0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
LEAP_SECOND = re.compile(r"(.{10}[Tt ][0-9]{2}:[0-9]{2}):60(?:[.,][0-9]+)?(.*)")
MOMENT_FORMAT = PydanticCustomError("moment_format", "must be a moment of RFC 3339, such as 2026-03-02T12:00:00Z")
PLAIN_DECIMAL = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?")


def _moment(value: object, parse: ValidatorFunctionWrapHandler) -> datetime:
    """Validate a text. A datetime passes unchanged: it was read from the database or computed.

    Therefore responses never reject what is stored: one such row would make its whole list fail.
    """
    if isinstance(value, datetime):
        return value
    # Pydantic would also take seconds since 1970, which is never intended.
    if not (isinstance(value, str) and RFC_3339.fullmatch(value)):
        raise MOMENT_FORMAT
    leap = LEAP_SECOND.fullmatch(value)
    if leap is None:
        return _in_utc(parse(value))
    moment = _in_utc(parse(f"{leap[1]}:59.999999{leap[2]}"))
    if not _ends_a_month(moment):
        raise MOMENT_FORMAT
    return moment


def _ends_a_month(moment: datetime) -> bool:
    """Return whether the next microsecond begins a month in UTC: leap seconds are inserted only there."""
    following = moment + timedelta(microseconds=1)
    return (following.day, following.hour, following.minute) == (1, 0, 0)


def _in_utc(value: datetime) -> datetime:
    """Return the moment in UTC, without Python's first and last year, which asyncpg would store as infinity."""
    try:
        moment = value.astimezone(UTC)
    except OverflowError:
        moment = value.replace(tzinfo=UTC)
    if not MINYEAR < moment.year < MAXYEAR:
        raise PydanticCustomError("moment_range", "must lie between the years 2 and 9998 in UTC")
    return moment


def format_moment(value: datetime) -> str:
    """RFC 3339 in UTC, always with microseconds, so that texts sort as the moments do."""
    if value.tzinfo is not None:  # asyncpg returns infinity without a zone.
        value = value.astimezone(UTC)
    return value.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def is_too_far_ahead(moment: datetime, *, now: datetime) -> bool:
    """Nothing can have happened later than now, but for clocks that differ a little."""
    return moment > now + CLOCK_TOLERANCE


def _plain_decimal(value: object) -> object:
    """Digits and a point, as a string or a JSON number; neither exponents nor digits of other scripts."""
    if isinstance(value, str) and not PLAIN_DECIMAL.fullmatch(value):
        raise PydanticCustomError("decimal_format", "must be a decimal number such as 12.50")
    return value


def format_decimal(value: Decimal) -> str:
    """Plain digits, never an exponent."""
    return f"{value:f}"


def _known_currency(code: str) -> str:
    if not is_currency(code):
        raise PydanticCustomError("currency_unknown", "must be a currency code of ISO 4217 in capitals, such as USD")
    return code


def _currency_then(code: str, info: ValidationInfo) -> str:
    """Validate the currency for the day of `occurred_at`, a member that comes before it."""
    if not is_known_currency(code):
        return _known_currency(code)
    then = info.data.get("occurred_at")
    if isinstance(then, datetime) and not was_valid(code, on=then.date()):
        raise PydanticCustomError("currency_withdrawn", "must be a currency that was not withdrawn before this moment")
    return code


def storable(text: str) -> str:
    """Return the text. Raise a validation error for characters that PostgreSQL cannot store."""
    if UNSTORABLE.search(text):
        raise PydanticCustomError("text_forbidden", "may hold neither NUL nor a lone surrogate")
    return text


def visible(text: str) -> str:
    """Return the text. Raise a validation error where there is nothing to see in it, or it cannot be stored."""
    if is_blank(text):
        raise PydanticCustomError("text_blank", "must have at least one visible character")
    return storable(text)


def validation_error(code: str, text: LiteralString) -> PydanticCustomError:
    """Return an error for a validator to raise. Callers see the text, so it names the rule and never the value.

    The text of a plain ValueError is not shown, because the standard library's repeat the value.
    """
    return PydanticCustomError(code, text)


def at_most(limit: int) -> BeforeValidator:
    """Reject a list or an object with more entries before any of them is validated.

    Used beside `Field(max_length=…)`, which pydantic checks for lists during validation, but for tuples and objects
    only after it has validated every entry.
    """

    def check(value: object) -> object:
        if isinstance(value, list | tuple | dict) and len(value) > limit:
            raise PydanticCustomError("too_many_entries", "may have at most {limit} entries", {"limit": limit})
        return value

    return BeforeValidator(check)


MOMENT_SCHEMA = {"type": "string", "format": "date-time", "examples": ["2026-03-02T12:00:00.000000Z"]}
DECIMAL_OUT = PlainSerializer(format_decimal, return_type=str, when_used="json")

Moment = Annotated[
    AwareDatetime,
    WrapValidator(_moment),
    PlainSerializer(format_moment, return_type=str, when_used="json"),
    WithJsonSchema(MOMENT_SCHEMA),
]
"""A leap second counts as the last microsecond before it, so that it stays within its day."""

Money = Annotated[
    Decimal,
    Field(ge=0, le=Decimal("999999999.9999"), decimal_places=4, allow_inf_nan=False),
    BeforeValidator(_plain_decimal),
    DECIMAL_OUT,
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]{1,9}(\.[0-9]{1,4})?$", "examples": ["12.50"]}),
]
Quantity = Annotated[
    Decimal,
    Field(gt=0, le=1_000_000, decimal_places=3, allow_inf_nan=False),
    BeforeValidator(_plain_decimal),
    DECIMAL_OUT,
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]{1,7}(\.[0-9]{1,3})?$", "examples": ["2"]}),
]
Amount = Annotated[
    Decimal, DECIMAL_OUT, WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$", "examples": ["-3.20"]})
]
"""Money of any sign and size, for responses."""
AmountText = Annotated[str, WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"})]
"""The same where it is text already, as in score documents."""
Currency = Annotated[
    str,
    AfterValidator(_known_currency),
    WithJsonSchema({"type": "string", "pattern": "^[A-Z]{3}$", "examples": ["USD"]}),
]
CurrencyThen = Annotated[
    str,
    AfterValidator(_currency_then),
    WithJsonSchema({"type": "string", "pattern": "^[A-Z]{3}$", "examples": ["USD"]}),
]
"""Currency of a past event: also one that has been withdrawn since."""

Text = Annotated[str, AfterValidator(storable)]
Visible = AfterValidator(visible)
"""Must come after the constraints: around a validator pydantic would measure the length before it strips."""
ShortText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), Visible]
LongText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000), Visible]
ExternalId = Annotated[str, StringConstraints(min_length=1, max_length=200), Visible]
"""The caller's own identifier, stored as it was sent."""
Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_]{0,63}(\.[a-z0-9][a-z0-9_]{0,63}){0,3}$")]
"""A code of a taxonomy: `delivery`, `delivery.late`."""


class RequestModel(BaseModel):
    """Base model of request bodies. Unknown members are rejected, so that a typing error is not silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _has_few_members(cls, value: object) -> object:
        """Reject an object with many unknown members: each of them would be a separate error."""
        if isinstance(value, dict) and len(value) > len(cls.model_fields) + MAX_UNKNOWN_MEMBERS:
            raise validation_error("too_many_members", "has far more members than this object allows")
        return value

    @field_validator("*", mode="after")
    @classmethod
    def _texts_can_be_stored(cls, value: object) -> object:
        """Reject texts that PostgreSQL cannot store; in imports nothing else does."""
        return storable(value) if type(value) is str else value


class ResponseModel(BaseModel):
    """Base model of responses, created from the attributes of rows or results.

    Its fields have types and no limits (`Amount`, not `Money`): limits hold for what comes in.
    """

    model_config = ConfigDict(from_attributes=True, frozen=True)
