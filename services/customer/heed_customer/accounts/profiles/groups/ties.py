"""Ties between a customer and its owner."""

from typing import ClassVar

from heed_customer.accounts.profiles.groups.fields import ProfileGroupModel, Sentence, field, sensitive


class Ties(ProfileGroupModel):
    titles: ClassVar = ("Five ties with the owner", "五缘")

    place: Sentence | None = field("Tie of place: the same home", "地缘")
    interest: Sentence | None = field("Tie of interest in the same things", "物缘")
    kin: Sentence | None = field("Tie of kin", "亲缘")
    trade_or_study: Sentence | None = field("Tie of trade or study", "业缘")
    faith: Sentence | None = sensitive("Tie of faith", "神缘")
