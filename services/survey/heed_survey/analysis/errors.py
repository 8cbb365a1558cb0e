"""Errors of analyses."""

from heed_common.errors import Conflict, Forbidden, NotFound, Unavailable, Unprocessable


class NoResponses(Conflict):
    code, title = "no_responses", "The survey has no responses to analyse yet."


class TooFewResponses(Conflict):
    code, title = "too_few_responses", "Fewer people responded than the smallest group that results are shown for."


class NoInvitations(Conflict):
    code, title = "no_invitations", "No one was invited to the survey, so there is no response rate."


class NoFacts(Conflict):
    code, title = "no_facts", "No fact is known about these customers: they had no complaint and no promise before."


class AnonymousSurvey(Forbidden):
    code, title = "anonymous_survey", "Single responses to an anonymous survey are not shown."


class UnknownItem(Unprocessable):
    code, title = "unknown_item", "The survey has no such item."


class WrongItemType(Unprocessable):
    code, title = "wrong_item_type", "This analysis needs an item of another type."


class ItemMissing(Unprocessable):
    code, title = "item_missing", "Name the item: the survey has none, or several, that this analysis could mean."


class SelectionUnsupported(Unprocessable):
    code, title = "selection_unsupported", "Response rates are those of all invitations, or of those of a wave."


class ConstantItem(Unprocessable):
    code, title = "constant_item", "Everyone gave the same answer to this item, so nothing can depend on it."


class TooFewItems(Unprocessable):
    code, title = "too_few_items", "This analysis needs more items."


class UnknownField(Unprocessable):
    code, title = "unknown_field", "Responses cannot be grouped by this."


class TooManyGroups(Unprocessable):
    code, title = "too_many_groups", "There are more groups than one result shows."


class FilterInvalid(Unprocessable):
    code, title = "filter_invalid", "The filter is not a condition as JSON."


class DesignInvalid(Unprocessable):
    code, title = "design_invalid", "The recorded sampling design contradicts itself."


class AnalysisTooLarge(Unprocessable):
    code, title = "analysis_too_large", "The analysis takes more time or responses than one may."


class TooManyAnalyses(Unavailable):
    code, title = "too_many_analyses", "Too many analyses are running at this moment; please try again."

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": "5"}


class WouldDisclose(Forbidden):
    code, title = "would_disclose", "The result would show the answers of fewer people than the smallest group."


class AnalysisNotFound(NotFound):
    code, title = "analysis_not_found", "There is no such analysis."
