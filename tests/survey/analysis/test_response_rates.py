"""Response rates over the API, from what became of the invitations."""

import pytest

from heed_survey.analysis.errors import NoInvitations
from heed_survey.analysis.results.response_rates import to_response_rates
from heed_survey.invitations.outcomes.rules import Disposition
from tests.survey.analysis.studies import ask, create_study

pytestmark = pytest.mark.asyncio


async def test_refusals_count_as_eligible_and_silence_as_unknown():
    counts = {
        Disposition.COMPLETE: 40,
        Disposition.REFUSED: 10,
        Disposition.NOTHING_RETURNED: 40,
        Disposition.INELIGIBLE: 10,
    }
    found = to_response_rates(counts, wave=None)
    rates = {each.name: each.rate for each in found.rates}
    assert found.invitations == 100
    assert rates["rr1"] == pytest.approx(40 / 90)
    assert found.eligibility == pytest.approx(50 / 60)
    assert rates["rr3"] == pytest.approx(40 / (50 + 50 / 60 * 40))


@pytest.mark.parametrize("parameter", [{"where": "{}"}, {"by": "region"}, {"flags": "exclude"}])
async def test_rates_of_invitations_cannot_be_selected_as_responses_are(client, parameter):
    response = await ask(client, await create_study(client), "response-rates", **parameter)
    assert (response.status_code, response.json()["code"]) == (422, "selection_unsupported")


async def test_without_invitations_there_is_no_rate(client):
    with pytest.raises(NoInvitations):
        to_response_rates({}, wave=None)
    response = await ask(client, await create_study(client), "response-rates")
    assert (response.status_code, response.json()["code"]) == (409, "no_invitations")
