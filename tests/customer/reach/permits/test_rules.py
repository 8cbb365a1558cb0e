from datetime import timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from heed_common.contracts.message import ContactChannel, ContactPurpose
from heed_customer.reach.consents.rules import Consent, ConsentStatus, Decision
from heed_customer.reach.permits.rules import (
    Budget,
    ChannelConsent,
    PermitFacts,
    PermitRequest,
    ReachableAddress,
    Refusal,
    RefusalReason,
    decide,
)
from tests.conftest import NOON

CUSTOMER = UUID(int=1)
DAY = timedelta(days=1)
channels = st.sampled_from(ContactChannel)
consents = st.builds(Consent, st.sampled_from(ConsentStatus), st.booleans())
addresses = st.builds(
    ReachableAddress,
    contact_id=st.sampled_from([UUID(int=number) for number in range(10, 14)]),
    channel=channels,
    address=st.just("a"),
    preferred=st.booleans(),
    bounced=st.booleans(),
)
requests = st.builds(
    PermitRequest,
    customer_id=st.just(CUSTOMER),
    purpose=st.sampled_from(ContactPurpose),
    channels=st.lists(channels, min_size=1, unique=True).map(tuple),
    promotional=st.booleans(),
    contact_id=st.none() | st.just(UUID(int=10)),
)
facts = st.builds(
    PermitFacts,
    consents=st.fixed_dictionaries(
        {channel: st.builds(ChannelConsent, consents, st.none() | consents) for channel in ContactChannel}
    ),
    addresses=st.lists(addresses, max_size=6),
    has_open_complaint=st.booleans(),
    has_received_material=st.booleans(),
    contacted_at=st.lists(st.integers(0, 29).map(lambda days: NOON - days * DAY), max_size=5),
    erased=st.booleans(),
)
budgets = st.none() | st.builds(Budget, st.integers(0, 4), st.just(30))


@given(requests, facts, budgets)
def test_a_permit_breaks_no_rule(request, facts, budget):
    decision = decide(request, facts, budget=budget, now=NOON)
    if isinstance(decision, Refusal):
        return
    assert not facts.erased
    assert decision in facts.addresses
    assert not decision.bounced
    assert decision.channel in request.channels
    assert request.contact_id in (None, decision.contact_id)
    assert facts.consents[decision.channel].refusal is None
    assert not (facts.has_open_complaint and request.waits_for_complaints)
    assert not facts.has_received_material
    assert budget is None or len(facts.contacted_at) < budget.contacts


@given(requests, facts, budgets)
def test_a_refusal_names_a_rule_that_is_broken(request, facts, budget):
    decision = decide(request, facts, budget=budget, now=NOON)
    if not isinstance(decision, Refusal):
        return
    usable = [address for address in facts.addresses if facts.consents[address.channel].refusal is None]
    holds = {
        RefusalReason.ERASED: facts.erased,
        RefusalReason.NO_CONSENT: all(facts.consents[channel].refusal for channel in request.channels),
        RefusalReason.OPTED_OUT: any(
            (refusal := facts.consents[channel].refusal) and refusal.status is ConsentStatus.REFUSED
            for channel in request.channels
        ),
        RefusalReason.NO_CONTACT: not [
            address
            for address in usable
            if address.channel in request.channels and request.contact_id in (None, address.contact_id)
        ],
        RefusalReason.BOUNCED: any(address.bounced for address in usable),
        RefusalReason.COMPLAINT_OPEN: facts.has_open_complaint and request.waits_for_complaints,
        RefusalReason.DUPLICATE: facts.has_received_material,
        RefusalReason.BUDGET: budget is not None and len(facts.contacted_at) >= budget.contacts,
    }
    assert holds[decision.reason]


@given(requests, facts, st.integers(1, 4))
def test_at_the_moment_to_retry_the_budget_allows_one_contact_more(request, facts, limit):
    budget = Budget(limit, 30)
    decision = decide(request, facts, budget=budget, now=NOON)
    if isinstance(decision, Refusal) and decision.reason is RefusalReason.BUDGET:
        later = decision.retry_at
        still_counted = [at for at in facts.contacted_at if at > later - budget.period]
        just_before = [at for at in facts.contacted_at if at > later - timedelta(microseconds=1) - budget.period]
        assert len(still_counted) < limit <= len(just_before)


def consent(status: ConsentStatus = ConsentStatus.GRANTED, *, allowed: bool = True, valid_to=None) -> Consent:
    refusal = Decision(
        id=UUID(int=3), customer_id=CUSTOMER, granted=False, valid_from=NOON - DAY, valid_to=valid_to,
        replaces_of=frozenset(), recorded_at=NOON - DAY,
    )  # fmt: skip
    return Consent(status, allowed, refusal if status is ConsentStatus.REFUSED else None)


def reachable(channel: ContactChannel = ContactChannel.MAIL, **overrides) -> ReachableAddress:
    fields = {"contact_id": UUID(int=5), "channel": channel, "address": "a", "preferred": False, "bounced": False}
    return ReachableAddress(**fields | overrides)


def ask(purpose=ContactPurpose.SERVICE, *, channels=(ContactChannel.MAIL,), **overrides) -> PermitRequest:
    return PermitRequest(CUSTOMER, purpose, channels, **overrides)


def test_the_contact_that_the_customer_prefers_is_used_before_the_senders_first_channel():
    phone, mail = reachable(ContactChannel.PHONE, preferred=True), reachable()
    both = (ContactChannel.MAIL, ContactChannel.PHONE)
    allowed = PermitFacts({channel: ChannelConsent(consent()) for channel in both}, [mail, phone])
    assert decide(ask(channels=both), allowed, budget=None, now=NOON) == phone
    refused = {
        ContactChannel.MAIL: ChannelConsent(consent()),
        ContactChannel.PHONE: ChannelConsent(consent(allowed=False)),
    }
    assert decide(ask(channels=both), PermitFacts(refused, [mail, phone]), budget=None, now=NOON) == mail


def test_a_promotional_message_of_service_needs_no_grant_for_marketing_but_no_refusal_either():
    undecided = consent(ConsentStatus.UNDECIDED, allowed=False)
    for marketing, refused in [(undecided, False), (consent(ConsentStatus.REFUSED, allowed=False), True)]:
        facts = PermitFacts({ContactChannel.MAIL: ChannelConsent(consent(), marketing)}, [reachable()])
        decision = decide(ask(promotional=True), facts, budget=None, now=NOON)
        assert isinstance(decision, Refusal) is refused
        if refused:
            assert decision.reason is RefusalReason.OPTED_OUT


def test_a_refusal_for_a_time_states_when_it_ends():
    refused = consent(ConsentStatus.REFUSED, allowed=False, valid_to=NOON + DAY)
    facts = PermitFacts({ContactChannel.MAIL: ChannelConsent(refused)}, [reachable()])
    assert decide(ask(), facts, budget=None, now=NOON) == Refusal(RefusalReason.OPTED_OUT, NOON + DAY)


def test_an_open_complaint_stops_what_promotes_and_surveys_but_not_service():
    facts = PermitFacts({ContactChannel.MAIL: ChannelConsent(consent())}, [reachable()], has_open_complaint=True)
    stopped = [ask(ContactPurpose.MARKETING), ask(ContactPurpose.SURVEY), ask(promotional=True)]
    for request in stopped:
        assert decide(request, facts, budget=None, now=NOON) == Refusal(RefusalReason.COMPLAINT_OPEN)
    assert decide(ask(), facts, budget=None, now=NOON) == reachable()
