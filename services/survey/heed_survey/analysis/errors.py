"""Errors of analyses."""

from heed_common.errors import Conflict, Forbidden, NotFound, Unavailable, Unprocessable


class NoResponses(Conflict):
    code, title = "no_responses", "The survey has no responses to analyse yet."
    advice = "Wait for responses."


class TooFewResponses(Conflict):
    code, title = "too_few_responses", "Fewer people responded than the smallest group that results are shown for."
    advice = "Wait for more responses, or ask for larger groups."


class NoInvitations(Conflict):
    code, title = "no_invitations", "No one was invited to the survey, so there is no response rate."
    advice = "Invite customers first."


class NoFacts(Conflict):
    code, title = "no_facts", "No fact is known about these customers: they had no complaint and no promise before."
    advice = "Choose another `by` or `where`."


class AnonymousSurvey(Forbidden):
    code, title = "anonymous_survey", "Single responses to an anonymous survey are not shown."
    advice = "Read the analysis: single responses are not shown to anybody."


class UnknownItem(Unprocessable):
    code, title = "unknown_item", "The survey has no such item."
    advice = "Use a code of the survey's items."


class WrongItemType(Unprocessable):
    code, title = "wrong_item_type", "This analysis needs an item of another type."
    advice = "Choose an item of the type that the analysis takes."


class ItemMissing(Unprocessable):
    code, title = "item_missing", "Name the item: the survey has none, or several, that this analysis could mean."
    advice = "Name the item: `?item=CODE`."


class SelectionUnsupported(Unprocessable):
    code, title = "selection_unsupported", "Response rates are those of all invitations, or of those of a wave."
    advice = "Ask without `where`, `by` and `flags`."


class ConstantItem(Unprocessable):
    code, title = "constant_item", "Everyone gave the same answer to this item, so nothing can depend on it."
    advice = "Leave the item out: it does not vary."


class TooFewItems(Unprocessable):
    code, title = "too_few_items", "This analysis needs more items."
    advice = "Add items of this type to the questionnaire, or choose another analysis."


class UnknownField(Unprocessable):
    code, title = "unknown_field", "Responses cannot be grouped by this."
    advice = "Group by an item or by a field that the reference lists."


class TooManyGroups(Unprocessable):
    code, title = "too_many_groups", "There are more groups than one result shows."
    advice = "Group by something with fewer values, or filter."


class FilterInvalid(Unprocessable):
    code, title = "filter_invalid", "The filter is not a condition as JSON."
    advice = "Send `where` as a condition in JSON, URL-encoded."


class DesignInvalid(Unprocessable):
    code, title = "design_invalid", "The recorded sampling design contradicts itself."
    advice = "Correct weight, stratum, cluster and population so that they fit together."


class AnalysisTooLarge(Unprocessable):
    code, title = "analysis_too_large", "The analysis takes more time or responses than one may."
    advice = "Filter, or group by less."


class TooManyAnalyses(Unavailable):
    code, title = "too_many_analyses", "Too many analyses are running at this moment; please try again."
    advice = "Send it again after `Retry-After`."

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": "5"}


class WouldDisclose(Forbidden):
    code, title = "would_disclose", "The result would show the answers of fewer people than the smallest group."
    advice = "Ask for larger groups: fewer filters, fewer categories."


class AnalysisNotFound(NotFound):
    code, title = "analysis_not_found", "There is no such analysis."
