from heed_common.errors import Unprocessable


class DuplicateRule(Unprocessable):
    code, title = "rule_twice", "Another rule has this name already."
    advice = "Give each rule a name of its own."
