"""Tokens: drawn, derived, parsed."""

import string
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from heed_survey.call_backs.service import SURVEY_ID as SURVEY
from heed_survey.invitations.links import rules
from heed_survey.invitations.links.rules import AnonymousSigner

SECRET = b"a secret of the installation, 32+"


@given(st.integers(0, 117), st.sampled_from(string.ascii_letters + string.digits + "-_"))
def test_no_changed_letter_makes_another_valid_number(position, letter):
    signer = AnonymousSigner(SECRET, survey_id=SURVEY, wave=None)
    token = signer.draw()
    changed = rules.parse_signed(token[:position] + letter + token[position + 1 :])
    original = rules.parse_signed(token)
    if changed.hash != original.hash:
        assert not rules.is_signed_by(changed, signer.public_key)


def test_drawn_tokens_differ_and_derived_ones_are_stable():
    signer = AnonymousSigner(SECRET, survey_id=SURVEY, wave=None)
    assert len({signer.draw() for _ in range(200)}) == 200
    invitation = uuid4()
    token = rules.derive_token(SECRET, invitation_id=invitation)
    assert token == rules.derive_token(SECRET, invitation_id=invitation)
    assert rules.is_plain(token)
    assert token != rules.derive_token(SECRET, invitation_id=uuid4())
    assert AnonymousSigner(SECRET, survey_id=SURVEY, wave="2").key_id != signer.key_id
