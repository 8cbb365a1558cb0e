"""Marks of mails that no person wrote, the strongest first."""

import pytest

from heed_complaint.intake.email.classification.rules import Evidence, IgnoredReason, find_mark
from heed_complaint.intake.email.classification.subjects import is_automatic_reply, is_bounce
from heed_complaint.intake.email.parsing.headers import Headers, parse_headers

OURS = "<heed-01954f9e-7e3a-7000-8000-000000000001.ab12@heed.internal>"
BOUNCE, REPLY = IgnoredReason.BOUNCE, IgnoredReason.AUTOMATIC_REPLY
BULK, MAILING_LIST = IgnoredReason.BULK, IgnoredReason.MAILING_LIST
MARKED = [
    ({"Auto-Submitted": "auto-replied"}, REPLY),
    ({"Auto-Submitted": "auto-generated (failure)"}, REPLY),
    ({"X-Auto-Response-Suppress": "All"}, REPLY),
    ({"X-Auto-Response-Suppress": "DR, RN, OOF"}, REPLY),
    ({"X-Autoreply": "yes"}, REPLY),
    ({"X-Autorespond": "order"}, REPLY),
    ({"Precedence": "auto_reply"}, REPLY),
    ({"Precedence": "auto-reply"}, REPLY),
    ({"Precedence": "Bulk"}, BULK),
    ({"Precedence": "junk"}, BULK),
    ({"Precedence": "list"}, MAILING_LIST),
    ({"List-Id": "<dev.example>"}, MAILING_LIST),
    ({"List-Unsubscribe": "<https://x.example>"}, MAILING_LIST),
    ({"Content-Type": "multipart/report; report-type=delivery-status"}, BOUNCE),
    ({"Content-Type": "message/delivery-status"}, BOUNCE),
    ({"Return-Path": "<>"}, BOUNCE),
    ({"X-Failed-Recipients": "a@example.com"}, BOUNCE),
]
HUMAN = [
    {},
    {"Auto-Submitted": "no"},
    {"Auto-Submitted": ""},
    {"X-Auto-Response-Suppress": "DR, RN, NRN"},
    {"X-Auto-Response-Suppress": "None"},
    {"X-Autoreply": "no"},
    {"Precedence": "first-class"},
    {"Return-Path": "<ana@example.com>"},
    {"Content-Type": "multipart/mixed; boundary=report"},
    {"List-Id": "<Support.Shop.Example>", "Precedence": "list", "List-Unsubscribe": "<https://x.example>"},
]
REPLIES = [
    *("Automatic reply: Kettle", "AUTOMATIC REPLY", "Auto-Reply: x", "[Out of Office] x", "Out of Office Re: x"),
    *("Automatische Antwort: x", "Abwesenheitsnotiz", "Réponse automatique : x", "Respuesta automática: x"),
    *("自动回复：投诉", "自动回复:投诉", "自動応答: 商品", "Автоматический ответ: x", "자동 회신: x"),
]
BOUNCES = [
    *("Undelivered Mail Returned to Sender", "failure notice", "Undeliverable: Kettle", "系统退信"),
    *("Mail delivery failed: returning message to sender", "Delivery Status Notification (Failure)"),
    *("Returned mail: see transcript for details",),
]
COMPLAINTS = [
    *("Delivery failed", "Undelivered parcel", "Undeliverable parcel", "Out of office chairs", "Returned mail order"),
    *(
        "自动回复太慢",
        "Automatic reply is useless",
        "My failure notice was wrong",
        "投递失败",
        "Re: Automatic reply: x",
    ),
]


def evidence(headers=None, *, sender="Ana <ana@example.com>", address="ana@example.com", subject="Kettle", own="<1@x>"):
    pairs = Headers.from_pairs((headers or {}).items())
    return Evidence(pairs, sender, address, subject, own, ["support.shop.example"])


@pytest.mark.parametrize(("headers", "reason"), MARKED)
def test_each_header_of_automatic_mail_is_a_mark(headers, reason):
    assert find_mark(evidence(headers)).reason is reason


@pytest.mark.parametrize("headers", HUMAN)
def test_the_headers_of_people_mark_nothing(headers):
    assert find_mark(evidence(headers)) is None


@pytest.mark.parametrize(
    "address",
    [
        "MAILER-DAEMON@mx.example",
        "postmaster@firm.example",
        "MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@x.example",
    ],
)
def test_servers_are_recognised_by_their_address(address):
    assert find_mark(evidence(sender=address, address=address)).reason is BOUNCE
    assert find_mark(evidence(sender="<>", address=None)).reason is BOUNCE


def test_a_message_of_heed_is_recognised_by_its_id():
    assert find_mark(evidence(own=OURS)).reason is IgnoredReason.OWN_MESSAGE
    assert find_mark(evidence(own=OURS.upper())).reason is IgnoredReason.OWN_MESSAGE


@pytest.mark.parametrize("subject", REPLIES)
def test_subjects_of_automatic_replies_are_recognised_in_the_usual_languages(subject):
    assert is_automatic_reply(subject)
    assert find_mark(evidence(subject=subject)).evidence == "subject"
    assert find_mark(evidence({"Auto-Submitted": "no"}, subject=subject)) is None


@pytest.mark.parametrize("subject", BOUNCES)
def test_subjects_of_bounces_are_recognised(subject):
    assert is_bounce(subject)


@pytest.mark.parametrize("subject", COMPLAINTS)
def test_subjects_of_complaints_are_not_classified_as_automatic(subject):
    assert find_mark(evidence(subject=subject)) is None


@pytest.mark.parametrize(
    "given",
    [
        {"List-Id": "<x>", "Received": ["a", "b"]},
        [["List-Id", "<x>"], ["Received", "a"], ["Received", "b"]],
        [{"Name": "List-Id", "Value": "<x>"}, {"name": "Received", "value": "a"}, {"name": "received", "value": "b"}],
        '[["List-Id", "<x>"], ["Received", "a"], ["Received", "b"]]',
        "List-Id:\r\n <x>\r\nReceived: a\r\nReceived: b\r\n",
    ],
)
def test_headers_are_read_in_every_shape_of_the_gateways(given):
    headers = parse_headers(given)
    assert (headers.get_text("list-id"), headers.values["received"]) == ("<x>", ["a", "b"])


@pytest.mark.parametrize("given", [None, 5, "", [], [None, ["a"]], {"a": {}}, "no header at all"])
def test_invalid_headers_are_ignored(given):
    assert find_mark(evidence(dict.fromkeys(parse_headers(given).values, "x"))) is None
