"""Reasons to leave and motives to stay: codes of the taxonomy, chosen by rules. Pure.

The customer's own answers come first; then the factor that raises the risk most; without either the reason is unknown.
"""

from collections.abc import Sequence

from heed_common.contracts.customer import ReturnReason
from heed_common.contracts.survey import DefectionReason, RetentionMotive
from heed_scoring.engine.features.answers import above_threshold
from heed_scoring.engine.features.features import ComplaintFeature, Features

REASON_BY_CATEGORY = {"product": DefectionReason.PRODUCT, "billing": DefectionReason.PRICE}
"""By the first level of the category; delivery, staff and handling count as service."""
REASON_BY_RETURN = {
    ReturnReason.FAULTY: DefectionReason.PRODUCT,
    ReturnReason.WRONG_ITEM: DefectionReason.SERVICE,
    ReturnReason.LATE: DefectionReason.SERVICE,
    ReturnReason.NOT_WANTED: DefectionReason.OWN_CHANGE,
}
REASON_BY_FACTOR = {
    "satisfaction": DefectionReason.SERVICE,
    "satisfaction_trend": DefectionReason.SERVICE,
    "attitude": DefectionReason.SERVICE,
    "hand_overs": DefectionReason.SERVICE,
}
ATTACHMENT_FROM = 0.75
"""From this attitude on a customer counts as attached, if attachment was not asked for."""


def reason(customer: Features, names: Sequence[str], parts: Sequence[int], complaint: ComplaintFeature | None) -> str:
    """Return the reason to leave: the customer's own, else that of the factor that raises the risk most."""
    if customer.answers.reasons and (own := above_threshold(customer.answers.reasons)):
        return own[0]
    most = max(parts)
    if most <= 0:
        return DefectionReason.UNKNOWN
    name = names[list(parts).index(most)]
    if name == "complaint" and complaint is not None:
        return REASON_BY_CATEGORY.get(complaint.category.partition(".")[0], DefectionReason.SERVICE)
    if name == "returns" and customer.return_reason is not None:
        return REASON_BY_RETURN.get(ReturnReason(customer.return_reason), DefectionReason.UNKNOWN)
    return REASON_BY_FACTOR.get(name, DefectionReason.UNKNOWN)


def motives(customer: Features) -> tuple[str, ...]:
    """Return the customer's own motives to stay; a warm attitude adds attachment where it was not asked for."""
    answers = customer.answers
    own = above_threshold(answers.motives) if answers.motives else ()
    attached = answers.attitude is not None and answers.attitude.level >= ATTACHMENT_FROM
    is_mentioned = RetentionMotive.ATTACHMENT in answers.motives
    return (*own, RetentionMotive.ATTACHMENT) if attached and not is_mentioned else own


def barriers(customer: Features) -> tuple[str, ...]:
    """Return the customer's own barriers to leaving."""
    return above_threshold(customer.answers.barriers) if customer.answers.barriers else ()
