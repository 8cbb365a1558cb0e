"""Errors of profiles."""

from heed_common.errors import Conflict, NotFound, Unprocessable


class ProfileGroupUnknown(NotFound):
    code, title = "profile_group_unknown", "There is no such group of profile fields."
    advice = "List the groups of profile fields; their schemas are at `/schemas/profile.{group}`."


class ProfileGroupNotApplicable(Conflict):
    code = "profile_group_not_applicable"
    title = "This group is of individuals and the customer is an organization, or the other way round."
    advice = "Use a group for this kind of customer."


class BirthDateInFuture(Unprocessable):
    code, title = "birth_date_in_future", "No one is born in the future."
    advice = "Correct the date of birth."
