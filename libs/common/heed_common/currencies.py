"""ISO 4217: the currencies in use, those withdrawn since 1970, and the digits of their minor units."""

from calendar import monthrange
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

CODES_BY_EXPONENT = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: """
       AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY
       COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS
       INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR
       MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP
       STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG
       """,
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
WITHDRAWN_IN = {
    "1981-12": "ESA GWE ILP MZE RHD", "1983-06": "MTP", "1984-11": "MLF", "1985-05": "LSM", "1985-07": "ARP",
    "1986-02": "GNS PES", "1986-03": "BRB", "1986-06": "GQE", "1987-02": "BOP", "1987-05": "UGS", "1989-02": "BRC",
    "1989-12": "ALK CNX EQE GNE LAJ MAF MVQ UYN ZWC", "1990-01": "YUD", "1990-02": "BUK",
    "1990-03": "BEC BEL BRN LUC LUL", "1990-09": "DDM", "1990-10": "NIC",
    "1990-12": "ARY BGJ BGK CSJ ILR ISJ PEH ROK SUR UGW VNC", "1991-03": "AOK", "1991-07": "PEI", "1991-09": "YDD",
    "1992-01": "ARA", "1993-01": "MXP", "1993-03": "BRE CSK UYP", "1993-07": "LTT", "1994-02": "ZRZ",
    "1994-07": "BRR", "1994-12": "ESB LVR", "1995-01": "HRD", "1995-03": "ZAL", "1995-10": "GEK", "1995-11": "YUN",
    "1996-09": "UAK", "1997-01": "PLZ", "1997-05": "GWP", "1997-07": "BAD", "1998-06": "SDP", "1999-01": "XEU",
    "1999-06": "ZRN", "1999-11": "XRE", "2000-02": "AON AOR", "2000-09": "ECS ECV", "2001-01": "BYB",
    "2001-04": "TJR", "2002-03": "ATS BEF DEM ESP FIM FRF GRD IEP ITL LUF NLG PTE", "2002-11": "TPE",
    "2003-01": "AFA", "2003-07": "ADP YUM", "2003-11": "BGL", "2003-12": "SRG", "2004-01": "RUR", "2004-11": "CHC",
    "2004-12": "MGF", "2005-06": "ROL", "2005-10": "AYM", "2005-12": "AZM TRL", "2006-06": "MZM", "2006-09": "ZWN",
    "2006-10": "CSD XFO", "2007-01": "SIT", "2007-06": "GHP", "2007-07": "SDD", "2008-01": "CYP GHC MTL VEB",
    "2008-08": "ZWD", "2009-01": "SKK TMM", "2009-06": "ZWR", "2011-01": "EEK", "2013-01": "ZMK", "2013-11": "XFU",
    "2014-01": "LVL", "2014-03": "USS", "2015-01": "LTL", "2017-01": "BYR", "2018-01": "MRO STD", "2018-08": "VEF",
    "2021-06": "CUC", "2023-01": "HRK", "2024-04": "SLL", "2024-09": "ZWL", "2025-07": "ANG", "2026-01": "BGN",
}  # fmt: skip
"""List three of ISO 4217 (historic denominations) by the month of the withdrawal; of a range its last one.

From https://github.com/datasets/currency-codes (public domain) up to 2011, and from the amendments of the maintenance
agency since. CNH is not there: it is a name of the market for yuan outside of mainland China, whose code is CNY.
"""
WITHOUT_MINOR_UNIT = {"ADP", "BEF", "BYB", "BYR", "ESP", "GRD", "ITL", "LUF", "MGF", "PTE", "TJR", "TPE", "TRL"}


def _last_day(month: str) -> date:
    year, number = map(int, month.split("-"))
    return date(year, number, monthrange(year, number)[1])


CURRENT = {code: digits for digits, codes in CODES_BY_EXPONENT.items() for code in codes.split()}
LAST_DAYS = {code: _last_day(month) for month, codes in WITHDRAWN_IN.items() for code in codes.split()}
EXPONENTS = {code: 0 if code in WITHOUT_MINOR_UNIT else 2 for code in LAST_DAYS} | CURRENT


def is_currency(code: str) -> bool:
    """Return whether the code is, in capitals, one of ISO 4217 that is in use."""
    return code in CURRENT


def is_known_currency(code: str) -> bool:
    """Return whether the code is or was one of ISO 4217."""
    return code in EXPONENTS


def was_valid(code: str, *, on: date) -> bool:
    """Return whether the currency was not withdrawn yet. The whole month of its withdrawal counts."""
    return code in CURRENT or (code in LAST_DAYS and on <= LAST_DAYS[code])


def exponent(code: str) -> int:
    """Return the number of decimals of the minor unit: 2 for USD, 0 for JPY."""
    return EXPONENTS[code]


def minor_unit(code: str) -> Decimal:
    """Return the smallest amount that can be paid: 0.01 for USD, 1 for JPY."""
    return Decimal(1).scaleb(-EXPONENTS[code])


def round_to_minor_unit(amount: Decimal, code: str) -> Decimal:
    """Round the amount half to even, as Heed does everywhere."""
    return amount.quantize(minor_unit(code), rounding=ROUND_HALF_EVEN)
