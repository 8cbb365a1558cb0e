"""Default amounts make sense in every currency."""

from decimal import Decimal
from math import log10

from heed_common.currencies import CURRENT, minor_unit
from heed_common.money_scales import CODES_BY_SCALE, SCALES, scaled

DEFAULTS = ("1000", "500", "300", "200", "100", "20", "0")


def test_every_currency_in_use_has_one_scale():
    assert SCALES.keys() == CURRENT.keys()
    assert sum(len(codes.split()) for codes in CODES_BY_SCALE.values()) == len(SCALES)


def test_a_scale_is_a_round_number():
    mantissas = {round(float(scale) / 10 ** (log10(scale) // 1), 9) for scale in SCALES.values()}
    assert mantissas == {1, 1.5, 2, 3, 5, 7}


def test_every_default_can_be_paid_in_every_currency():
    unpayable = [
        (code, default)
        for code, scale in SCALES.items()
        for default in DEFAULTS
        if Decimal(scaled(default, scale)) % minor_unit(code)
    ]
    assert unpayable == []


def test_a_thousand_dollars_have_round_equivalents_in_other_currencies():
    output = {code: scaled("1000", SCALES[code]) for code in ("USD", "EUR", "CNY", "JPY", "KWD", "VND")}
    assert output == {
        "USD": "1000", "EUR": "1000", "CNY": "7000", "JPY": "150000", "KWD": "300", "VND": "20000000"
    }  # fmt: skip
