from heed_common.errors import Conflict, NotFound, Unprocessable


class InvitationNotFound(NotFound):
    code, title = "invitation_not_found", "There is no such invitation."


class SurveyNotOpen(Conflict):
    code, title = "survey_not_open", "The survey is not published, or it is closed, so it invites no customer."
    advice = "Publish the survey, or open a new wave."


class NoPublicURL(Conflict):
    code, title = "no_public_url", "HEED_PUBLIC_URL is not set, so a message could contain no link."
    advice = "Set HEED_PUBLIC_URL (operators): links in messages begin with it."


class GroupTooSmall(Unprocessable):
    code, title = "group_too_small", "An anonymous survey invites at least min_group customers at a time."
    advice = "Invite more customers at once."
