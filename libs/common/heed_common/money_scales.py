"""Scale of each currency: about how many units equal one US dollar, for default amounts that Heed ships.

Only for defaults that operators may change, such as "a refund of 500 needs no approval". Orders of magnitude of
2025, rounded to 1, 1.5, 2, 3, 5 or 7 times a power of ten: rates are HEED_RATES, and nothing is converted with these.
"""

from decimal import Decimal

CODES_BY_SCALE = {
    "0.02": "UYW",
    "0.03": "CLF",
    "0.3": "BHD KWD OMR XAD",
    "0.7": "JOD KYD",
    "1": "BMD BSD CHE CHF CHW EUR FKP GBP GIP PAB SHP USD USN",
    "1.5": "AUD AZN BAM BND CAD NZD SGD",
    "2": "AWG BBD BZD FJD MXV TOP XCG",
    "3": "AED BYN GEL ILS PEN PLN QAR SAR TMT TND WST XCD",
    "5": "BRL LYD MYR PGK RON",
    "7": "BOB BOV CNY DKK GTQ HKD MOP SBD TTD UYI",
    "10": "COU GHS MAD NOK SEK SVC TJS",
    "15": "BWP ERN MDL MVR SCR",
    "20": "CUP CZK LSL MXN NAD SLE STN SZL ZAR",
    "30": "HNL NIO SRD THB TWD ZMW ZWG",
    "50": "EGP MKD MRU MUR PHP TRY UAH UYU",
    "70": "AFN DOP GMD MZN RUB",
    "100": "ALL BDT BTN CVE INR KGS RSD VUV XPF",
    "150": "DZD ETB HTG ISK JMD JPY KES NPR",
    "200": "DJF GYD LRD VED VES",
    "300": "HUF LKR PKR",
    "500": "AMD CRC KMF KZT SOS XAF XOF YER",
    "700": "SDG",
    "1000": "AOA ARS CLP KPW",
    "1500": "IQD KRW NGN RWF",
    "2000": "MMK MWK",
    "3000": "BIF CDF MNT TZS UGX",
    "5000": "COP KHR MGA SSP",
    "7000": "PYG",
    "10000": "GNF",
    "15000": "IDR SYP UZS",
    "20000": "LAK VND",
    "50000": "IRR",
    "100000": "LBP",
}
SCALES = {code: Decimal(scale) for scale, codes in CODES_BY_SCALE.items() for code in codes.split()}


def scaled(amount: str, scale: Decimal) -> str:
    """Return the default amount, given in US dollars, on the scale of another currency."""
    return f"{(Decimal(amount) * scale).normalize():f}"
