"""What the holder of a preference link sees and sends."""

from heed_common.contracts.customer import ConsentChannel, ConsentPurpose
from heed_common.fields import ResponseModel
from heed_common.http.negotiation import FormModel
from heed_common.languages import Language
from heed_customer.reach.preferences.rules import OVER_ALL_CHANNELS
from heed_customer.reach.preferences.service import Preferences
from heed_customer.reach.preferences.texts import CHANNELS, PURPOSES


class PreferenceIn(FormModel):
    granted: bool
    """True to allow the purpose over the channel from now on, false to refuse it."""


class PreferenceOut(ResponseModel):
    purpose: ConsentPurpose
    """What the organisation may write about."""
    purpose_label: str
    """The purpose in the language of the page."""
    channel: ConsentChannel
    channel_label: str
    """The channel in the language of the page."""
    allowed: bool
    """What counts now."""


class PreferencesOut(ResponseModel):
    language: Language
    items: list[PreferenceOut]

    @classmethod
    def from_domain(cls, preferences: Preferences, *, language: Language) -> "PreferencesOut":
        items = [
            PreferenceOut(
                purpose=purpose,
                purpose_label=PURPOSES[purpose][language],
                channel=channel,
                channel_label=CHANNELS[channel][language],
                allowed=_is_allowed(preferences, purpose, channel),
            )
            for purpose in ConsentPurpose
            for channel in ConsentChannel
        ]
        return cls(language=language, items=items)


def _is_allowed(preferences: Preferences, purpose: ConsentPurpose, channel: ConsentChannel) -> bool:
    if purpose in OVER_ALL_CHANNELS:
        return preferences.consents.allows_over_any_channel(purpose)
    return preferences.consents.get(purpose, channel).allowed
