"""Payable amounts: multiples of the smallest coin of a currency in use."""

from collections.abc import Mapping
from decimal import Decimal

from heed_common.currencies import is_currency, minor_unit
from heed_common.errors import Unprocessable


class NotPayable(Unprocessable):
    code, title = "not_payable", "This amount cannot be paid."
    advice = "Choose an amount with at most the decimals of its currency, above zero."


def check_payable(amount: Decimal, currency: str, *, pointer: str, currency_pointer: str = "/currency") -> None:
    """Raise `NotPayable` for a fraction of a coin, and for a currency that is no longer in use."""
    if not amount:
        return
    if not is_currency(currency):
        raise NotPayable("This currency has been withdrawn; name another one.", pointer=currency_pointer)
    coin = minor_unit(currency)
    if amount % coin:
        raise NotPayable(f"In this currency an amount is a multiple of {coin:f}.", pointer=pointer)


def check_all_payable(amounts: Mapping[str, str | None], currency: str) -> None:
    """Raise `NotPayable` for the first of the amounts, as texts by their pointers, that cannot be paid."""
    for pointer, amount in amounts.items():
        if amount is not None:
            check_payable(Decimal(amount), currency, pointer=pointer)
