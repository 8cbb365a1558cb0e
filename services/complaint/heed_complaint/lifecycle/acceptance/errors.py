"""What can be wrong with the rules of acceptance."""

from heed_common.errors import Unprocessable


class RuleTwice(Unprocessable):
    code, title = "rule_twice", "Another rule has this name already."
