"""Dispositions and their codes."""

from dataclasses import fields

from heed_measures.surveys.response_rates import Outcomes
from heed_survey.invitations.outcomes.rules import AAPOR_CODES, BY_STATE, OUTCOME_GROUPS, Disposition, disposition
from heed_survey.invitations.records.rules import InvitationState


def test_every_state_has_a_disposition_and_every_disposition_a_code_and_a_group():
    assert BY_STATE.keys() == set(InvitationState)
    assert AAPOR_CODES.keys() == OUTCOME_GROUPS.keys() == set(Disposition)
    assert disposition(InvitationState.REFUSED, "opted_out") is Disposition.OPTED_OUT


def test_every_group_is_a_count_of_the_response_rates():
    assert set(OUTCOME_GROUPS.values()) <= {field.name for field in fields(Outcomes)}
