"""Errors of classification."""

from heed_common.errors import NotFound, Unprocessable


class AspectUnknown(NotFound):
    code, title = "aspect_unknown", "Customers are not classified by this aspect."
    advice = "List the aspects of classification."


class OverrideNotFound(NotFound):
    code, title = "override_not_found", "No one has decided on this aspect of the customer."


class DuplicateRule(Unprocessable):
    code, title = "rule_twice", "Two rules have this name."
    advice = "Give each rule a name of its own."


class ValueUnknown(Unprocessable):
    code, title = "value_unknown", "This aspect has no such value."
    advice = "Use a value that the aspect lists."
