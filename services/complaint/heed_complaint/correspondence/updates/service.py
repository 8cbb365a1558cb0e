"""Use cases of updates: each is stored with the complaint's messages and queued, in the transaction of its cause."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.complaint import ComplaintStatus, Milestone
from heed_common.contracts.message import ContactChannel
from heed_common.currencies import round_to_minor_unit
from heed_common.messages import templates
from heed_common.messages.rendering import TemplateInvalid, render
from heed_complaint.core.rules import Channel
from heed_complaint.correspondence.templates.catalogue import TEMPLATES
from heed_complaint.correspondence.updates import repository, rules
from heed_complaint.intake.email import service as mails
from heed_complaint.intake.status_links import service as status_links
from heed_complaint.lifecycle.messages import service as messages
from heed_complaint.lifecycle.messages.rules import Visibility
from heed_complaint.lifecycle.notifications import service as notifications
from heed_complaint.lifecycle.notifications.rules import MessageKind, moment_text
from heed_complaint.lifecycle.notifications.service import Notification
from heed_complaint.lifecycle.transitions.rules import Action
from heed_complaint.reference.taxonomies import service as taxonomies
from heed_complaint.resolution.callback_answers import service as callback_policies
from heed_complaint.resolution.remedies import service as remedies
from heed_complaint.resolution.remedies.rules import GrantedRemedy
from heed_complaint.sla import case as cases
from heed_complaint.sla.case import Case
from heed_complaint.sla.clock import milestones

REASON_ACTIONS = {
    ComplaintStatus.DECLINED: (Action.DECLINE,),
    ComplaintStatus.REFERRED: (Action.REFER,),
}


async def acknowledge(session: AsyncSession, case: Case, *, now: datetime) -> None:
    """Confirm the receipt, with the deadlines ahead, while the milestone is pending."""
    clock = case.clocks.get(Milestone.ACKNOWLEDGEMENT)
    if clock is None or clock.stopped_at:
        return
    notification = await notifications.prepare(
        session, case.complaint, MessageKind.ACKNOWLEDGEMENT, cause=MessageKind.ACKNOWLEDGEMENT
    )
    if notification is not None and await _may_loop(session, notification, now=now):
        # A machine that answers every mail with a new one gets no more of them.
        await cases.save(session, Case(case.complaint, milestones.unreachable(case.clocks, now)), now=now)
    elif notification is not None:
        own = rules.deadline_params(case.clocks, language=notification.language, zone=notification.zone, now=now)
        await _queue(session, notification, own, now=now)


async def report_progress(session: AsyncSession, case: Case, *, now: datetime) -> bool:
    """Report that there is no result yet. Return whether the report was queued."""
    clock = case.clocks[Milestone.PROGRESS]
    cause = f"{MessageKind.PROGRESS}:{clock.cycle}:{clock.runs[-1].started_at.isoformat()}"
    notification = await notifications.prepare(session, case.complaint, MessageKind.PROGRESS, cause=cause)
    if notification is None:
        return False
    language, zone = notification.language, notification.zone
    own = rules.progress_params(case.clocks, language=language, zone=zone, now=now) | {
        "promise": case.complaint.promise,
        "promised_by": moment_text(case.complaint.promised_by, language=language, zone=zone),
    }
    await _queue(session, notification, own, now=now)
    return True


async def announce_decision(session: AsyncSession, case: Case, *, now: datetime) -> None:
    """Announce the decision with its reason, and the remedies that are granted."""
    complaint = case.complaint
    state = ComplaintStatus(complaint.state)
    at = complaint.completed_at if state is ComplaintStatus.COMPLETED else complaint.ended_at
    if state not in rules.DECISIONS or at is None or complaint.merged_into is not None:
        return
    cause = f"{MessageKind.DECISION}:{at.isoformat()}"
    notification = await notifications.prepare(session, complaint, MessageKind.DECISION, cause=cause)
    if notification is None:
        return
    reason = complaint.resolution
    if state in REASON_ACTIONS:
        reason = await repository.latest_reason(session, complaint.id, actions=REASON_ACTIONS[state])
    granted = (
        await remedies.granted_remedies(session, complaint_id=complaint.id)
        if state is ComplaintStatus.COMPLETED
        else ()
    )
    own = {
        "outcome": rules.DECISIONS[state],
        "reason": reason or "",
        "remedies": [await _remedy_text(session, notification, remedy) for remedy in granted],
        "recourse": notification.policy.recourse.get(notification.language),
    }
    await _queue(session, notification, own, now=now)


async def announce_remedies(
    session: AsyncSession, case: Case, granted: Sequence[GrantedRemedy], *, now: datetime
) -> None:
    """Announce remedies that are granted while the complaint is open; the decision announces those before it."""
    cause = f"{MessageKind.REMEDY}:{granted[0].id}"
    notification = await notifications.prepare(session, case.complaint, MessageKind.REMEDY, cause=cause)
    if notification is not None:
        own = {"remedies": [await _remedy_text(session, notification, remedy) for remedy in granted]}
        await _queue(session, notification, own, now=now)


async def request_answer(session: AsyncSession, case: Case, *, now: datetime) -> bool:
    """Ask whether it is solved. Return whether the request was queued."""
    cause = f"{MessageKind.CALL_BACK}:{case.complaint.completed_at}"
    notification = await notifications.prepare(session, case.complaint, MessageKind.CALL_BACK, cause=cause)
    if notification is None:
        return False
    await _queue(session, notification, {}, now=now)
    return True


async def announce_closing(session: AsyncSession, case: Case, *, now: datetime) -> None:
    """Announce that the complaint is closed, and for how long a message opens it again."""
    complaint = case.complaint
    if complaint.state != ComplaintStatus.CLOSED or complaint.merged_into is not None:
        return
    cause = f"{MessageKind.CLOSED}:{complaint.ended_at}"
    notification = await notifications.prepare(session, complaint, MessageKind.CLOSED, cause=cause)
    if notification is not None:
        policy = await callback_policies.get_policy(session)
        await _queue(session, notification, {"reopen_days": policy.reopen_within.days}, now=now)


async def _may_loop(session: AsyncSession, notification: Notification, *, now: datetime) -> bool:
    address = notification.recipient.address
    by_mail = notification.complaint.channel == Channel.MAIL
    return address is not None and by_mail and await mails.is_flooding(session, address, now=now)


async def _queue(session: AsyncSession, notification: Notification, own: Mapping[str, Any], *, now: datetime) -> None:
    """Store the update as a message to the customer and queue it. The stored text is without the private link."""
    params = await notifications.common_params(session, notification) | dict(own)
    message = await messages.create_message(
        session,
        complaint_id=notification.complaint.id,
        visibility=Visibility.CUSTOMER,
        text=await _render(session, notification, params),
        by=notification.author,
        now=now,
    )
    params["link"] = await _private_link(session, notification, now=now)
    await notifications.enqueue(session, notification, message_id=message.id, params=params, now=now)


async def _render(session: AsyncSession, notification: Notification, params: Mapping[str, Any]) -> str:
    """Return the text as the customer will read it; that of the shipped template if an edited one fails.

    A template must not keep a complaint from being opened: its own delivery reports the failure.
    """
    name, language = notification.template, notification.language
    template = await templates.get_template(session, TEMPLATES, name=name, language=language)
    given = {"preferences_url": None, **params}
    try:
        return render(template.text, given, channel=ContactChannel.MAIL).text
    except TemplateInvalid:
        return render(TEMPLATES[name].texts[language], given, channel=ContactChannel.MAIL).text


async def _private_link(session: AsyncSession, notification: Notification, *, now: datetime) -> str | None:
    """Return a new private link; none where no address is known under which customers reach this service."""
    policy = notification.policy
    if policy.public_url is None:
        return None
    link = await status_links.create_link(
        session, complaint_id=notification.complaint.id, days=policy.link_days, now=now
    )
    return f"{policy.public_url}{link.path}?lang={notification.language}"


async def _remedy_text(session: AsyncSession, notification: Notification, remedy: GrantedRemedy) -> str:
    language = notification.language
    label = await taxonomies.load_label(session, "remedy", remedy.kind, language=language)
    amount = None
    if remedy.amount > Decimal(0):
        amount = f"{round_to_minor_unit(remedy.amount, remedy.currency)} {remedy.currency}"
    return rules.remedy_text(label, amount, language=language)
