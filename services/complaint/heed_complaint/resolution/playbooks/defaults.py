"""Default limits and playbook of a new installation; operators change them as they like.

Migration 0010 inserts its own copy of them; this module recognises defaults that no operator has changed. Amounts are
in US dollars; the first start puts them on the scale of the organisation's currency.
"""

from decimal import Decimal
from typing import Any

from heed_common.money_scales import scaled

Content = dict[str, Any]

LIMITS: Content = {
    "currency": None,
    "kinds": [
        {"kind": "repair", "limit": "500"},
        {"kind": "replacement", "limit": "500"},
        {"kind": "refund", "limit": "500"},
        {"kind": "compensation", "limit": "200"},
        {"kind": "goodwill", "limit": "100"},
    ],
    "total": "500",
    "authorisers": {"scopes": [], "agents": []},
}


def _is(field: str, *, value: object, op: str = "eq") -> Content:
    return {"field": field, "op": op, "value": value}


def _fact(name: str, kind: str, en: str, zh: str) -> Content:
    return {"name": name, "kind": kind, "label": {"en": en, "zh": zh}}


def _step(code: str, kind: str, when: Content, do: tuple[str, str], say: tuple[str, str], **more: object) -> Content:
    optional: Content = {"remedy": None, "after": None, "refer_to": None}
    texts = {"do": {"en": do[0], "zh": do[1]}, "say": {"en": say[0], "zh": say[1]}}
    return {"code": code, "kind": kind, "when": when, **texts, **optional, **more}


DATA_INVALID = _is("case.card_data_invalid", value=True)
EXPIRED_UP_TO_THREE_MONTHS = {
    "all": [_is("case.expired_months", value="0", op="gt"), _is("case.expired_months", value="3", op="le")]
}
BATCH_AFFECTED = {"all": [_is("case.pin_billed", value=True), _is("case.affected_count", value="10", op="ge")]}
ABOUT_CALLING_CARD = {
    "any": [_is("complaint.category", value="product.calling_card"), _is("complaint.product", value="calling_card")]
}

CALLING_CARD_NAME = "calling_card"
CALLING_CARD: Content = {
    "when": ABOUT_CALLING_CARD,
    "title": {"en": "Calling cards that do not work", "zh": "电话卡无法使用"},
    "facts": [
        _fact("card_data_invalid", "boolean", "The data of the card are invalid", "卡数据无效"),
        _fact("pin_billed", "boolean", "The card is billed by PIN", "按密码计费的卡"),
        _fact("affected_count", "number", "How many cards are affected", "受影响的卡数量"),
        _fact("expired_months", "number", "For how many months it has been expired", "已过期月数"),
    ],
    "steps": [
        _step(
            "replace_card",
            "handle",
            DATA_INVALID,
            ("Replace the card at once.", "立即为客户换卡。"),
            (
                "I am sorry that your card does not work. You get a new one right now.",
                "很抱歉您的卡无法使用，我们马上为您更换一张新卡。",
            ),
            remedy="replacement",
        ),
        _step(
            "correct_data",
            "follow_up",
            DATA_INVALID,
            ("Then correct the data of the old card.", "然后更正原卡的数据。"),
            ("We put the data in order; you need do nothing.", "卡数据由我们更正，您无需再做任何事情。"),
            remedy="correction",
            after="replace_card",
        ),
        _step(
            "reactivate_batch",
            "batch",
            BATCH_AFFECTED,
            ("Reactivate the whole batch of PIN-billed cards.", "整批重新激活按密码计费的卡。"),
            (
                "The fault concerns a whole batch; we reactivate all of it.",
                "这是一批卡的共同问题，我们正在整批重新激活。",
            ),
            remedy="correction",
        ),
        _step(
            "refer_for_transfer",
            "referral",
            EXPIRED_UP_TO_THREE_MONTHS,
            ("Refer the customer to the appointed place.", "请客户到指定地点办理。"),
            (
                "Your card has been expired for no more than three months: the balance can be transferred for you.",
                "您的卡过期未超过三个月，可以办理余额转移。",
            ),
            refer_to={"en": "The appointed place, which transfers the balance", "zh": "指定地点办理余额转移"},
        ),
    ],
    "remedies": [
        {"kind": "replacement", "limit": "100"},
        {"kind": "correction", "limit": "0"},
        {"kind": "goodwill", "limit": "20"},
    ],
    "total": "100",
    "currency": None,
    "authorisers": {"scopes": [], "agents": []},
}


def on_scale(content: Content, scale: Decimal) -> Content:
    """Return limits or a playbook with their amounts on the scale of another currency."""
    permitted = "kinds" if "kinds" in content else "remedies"
    limits = [{**entry, "limit": scaled(entry["limit"], scale)} for entry in content[permitted]]
    return {**content, permitted: limits, "total": scaled(content["total"], scale)}
