"""Errors of profiles."""

from heed_common.errors import Conflict, NotFound, Unprocessable


class ProfileGroupUnknown(NotFound):
    code, title = "profile_group_unknown", "There is no such group of profile fields."


class ProfileGroupNotApplicable(Conflict):
    code = "profile_group_not_applicable"
    title = "This group is of individuals and the customer is an organization, or the other way round."


class BirthDateInFuture(Unprocessable):
    code, title = "birth_date_in_future", "No one is born in the future."
