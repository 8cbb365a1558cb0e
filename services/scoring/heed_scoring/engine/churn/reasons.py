"""Why a customer would leave, and what makes them stay: codes of the taxonomy, chosen by rules. Pure.

What the customer said comes first; then the factor that raises the risk most; without either nothing is claimed.
"""

from collections.abc import Sequence

from heed_common.contracts.customer import ReturnReason
from heed_common.contracts.survey import DefectionReason, RetentionMotive
from heed_scoring.engine.features.answers import above_threshold
from heed_scoring.engine.features.features import ComplaintFeature, Features

REASON_BY_CATEGORY = {"product": DefectionReason.PRODUCT, "billing": DefectionReason.PRICE}
"""By the first level; what concerns delivery, staff or the handling itself is service."""
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
"""From this attitude on a customer counts as attached without having been asked what makes them stay."""


def reason(customer: Features, names: Sequence[str], parts: Sequence[int], complaint: ComplaintFeature | None) -> str:
    """Of the factors with those contributions the one that raises the risk most says why."""
    if customer.answers.reasons and (said := above_threshold(customer.answers.reasons)):
        return said[0]
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
    """What makes the customer stay by their own word; a warm attitude is attachment without being called so."""
    heard = customer.answers
    said = above_threshold(heard.motives) if heard.motives else ()
    attached = heard.attitude is not None and heard.attitude.level >= ATTACHMENT_FROM
    asked = RetentionMotive.ATTACHMENT in heard.motives
    return (*said, RetentionMotive.ATTACHMENT) if attached and not asked else said


def barriers(customer: Features) -> tuple[str, ...]:
    """What keeps the customer from leaving, by their own word."""
    return above_threshold(customer.answers.barriers) if customer.answers.barriers else ()
