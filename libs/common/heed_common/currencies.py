"""ISO 4217: the currencies in use and the digits of their minor units."""

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
EXPONENTS = {code: digits for digits, codes in CODES_BY_EXPONENT.items() for code in codes.split()}


def is_currency(code: str) -> bool:
    """Whether the code is one of ISO 4217, in capitals."""
    return code in EXPONENTS


def exponent(code: str) -> int:
    """Digits behind the point of the minor unit: 2 for USD, 0 for JPY."""
    return EXPONENTS[code]


def round_to_minor_unit(amount: Decimal, code: str) -> Decimal:
    """Half to even, as money is rounded everywhere in Heed."""
    return amount.quantize(Decimal(1).scaleb(-EXPONENTS[code]), rounding=ROUND_HALF_EVEN)
