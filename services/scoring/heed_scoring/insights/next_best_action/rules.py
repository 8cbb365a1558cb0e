"""Reward the loyal, encourage the wavering, let leaving cost; who has a grievance is heard and sold nothing. Pure.

The rules are asked in their order and the first that holds decides; the bounds are ours †.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

Bond = Literal["financial", "social", "structural"]
LoyaltyClass = Literal["true", "latent", "spurious", "none", "unknown"]

MIN_SATISFACTION = 0.5
"""Below the middle of the scale a customer counts as dissatisfied."""
HIGH_RISK_BANDS = {"high", "critical"}


class Situation(NamedTuple):
    """What the rules look at."""

    loyalty_class: LoyaltyClass
    band: str
    """Of the churn risk."""
    reason: str
    """Why the customer would leave."""
    tier: str
    stage: str
    """Of the lifecycle."""
    satisfaction: float | None
    """From 0 to 1."""
    has_bought: bool
    has_open_complaint: bool
    stopped_category: str | None
    """One that was given up while others go on."""
    is_held: bool = False
    """Whether selling is suspended for a reason that the reader may not see."""


class Rule(NamedTuple):
    """When it holds; the bond that it ties with, and the action where it is not that of class and bond."""

    name: str
    holds: Callable[[Situation], bool]
    bond: Bond | None
    action: str | None = None
    may_sell: bool = True


class Choice(NamedTuple):
    """The action, and the rule that chose it."""

    rule: str
    action: str
    bond: Bond | None
    may_sell: bool


RULES = (
    Rule("open_complaint", lambda seen: seen.has_open_complaint, None, "resolve_complaint", may_sell=False),
    Rule(
        "dissatisfied",
        lambda seen: seen.satisfaction is not None and seen.satisfaction < MIN_SATISFACTION,
        "social",
        "ask_and_repair",
        may_sell=False,
    ),
    Rule("other", lambda seen: seen.is_held, None, "wait", may_sell=False),
    Rule("never_bought", lambda seen: not seen.has_bought, "financial", "welcome"),
    Rule("price_gap", lambda seen: seen.reason == "price", "structural"),
    Rule("life_event", lambda seen: seen.stopped_category is not None, "social", "care_offer"),
    Rule("hold_the_attached", lambda seen: _is(seen, "true", "latent") and seen.band in HIGH_RISK_BANDS, "social"),
    Rule("let_leaving_cost", lambda seen: _is(seen, "spurious", "none") and seen.band in HIGH_RISK_BANDS, "structural"),
    Rule("deepen", lambda seen: _is(seen, "true") and seen.tier == "A" and seen.stage == "stability", "structural"),
    Rule("reward_the_loyal", lambda seen: _is(seen, "true"), "financial"),
    Rule("encourage_the_wavering", lambda seen: _is(seen, "latent"), "financial"),
    Rule("win_attachment", lambda seen: _is(seen, "spurious"), "social"),
    Rule("win_back", lambda seen: _is(seen, "none"), "financial"),
    Rule("get_to_know", lambda _: True, "social"),
)

ACTIONS: dict[tuple[LoyaltyClass, Bond], str] = {
    ("true", "financial"): "loyalty_reward",
    ("true", "social"): "personal_attention",
    ("true", "structural"): "partnership",
    ("latent", "financial"): "purchase_incentive",
    ("latent", "social"): "invitation",
    ("latent", "structural"): "easier_buying",
    ("spurious", "financial"): "price_advantage",
    ("spurious", "social"): "closer_relation",
    ("spurious", "structural"): "switching_cost",
    ("none", "financial"): "win_back_offer",
    ("none", "social"): "ask_for_reason",
    ("none", "structural"): "term_contract",
    ("unknown", "financial"): "small_thanks",
    ("unknown", "social"): "ask_opinion",
    ("unknown", "structural"): "membership",
}
"""What each bond level means for each class of loyalty."""


def choose(seen: Situation) -> Choice:
    """The first rule that holds; the last one always does."""
    rule = next(rule for rule in RULES if rule.holds(seen))
    action = rule.action
    if action is None and rule.bond is not None:
        action = ACTIONS[seen.loyalty_class, rule.bond]
    return Choice(rule.name, str(action), rule.bond, rule.may_sell)


def _is(seen: Situation, *classes: LoyaltyClass) -> bool:
    return seen.loyalty_class in classes
