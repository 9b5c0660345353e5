"""Mail to those who left a comment, and ticked the box that asks for it; to nobody else.

First a mail that asks whether the address is theirs, for anybody can type any address. An address
gets one such mail, and no other while it is not confirmed or for some time after it said stop,
whatever is sent in its name. Only then: that the comment is on the site, once it *is*, and that
there is a reply. No mail holds a word of the comment, a name or an address, and no subject says
what the page is about: it is shown on locked phones.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Greatest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.crypto import salted_hmac

from cms.comments.forgetting import forget_addresses
from cms.comments.mail.outbox import TO_READERS, OutgoingMail, Purpose, put
from cms.comments.mail.subscriptions import MailSubscription
from cms.comments.models import Action, Event, ReaderComment, StaffReply, State
from cms.comments.person import same_address
from cms.comments.public_address import public_address
from cms.core.absolute import on_site
from cms.core.letters import Letter, one_line

logger = logging.getLogger(__name__)

CONFIRM, UNSUBSCRIBE = "confirm", "unsubscribe"
# A comment and its reply that go out together are one mail.
NOTED_IN = {
    Purpose.CONFIRM: ("asked_at",),
    Purpose.LIVE: ("told_live_at", "told_reply_at"),
    Purpose.REPLY: ("told_reply_at",),
}
NEVER_ASKED = (State.SPAM, State.ERASED)  # spam may have been sent to have us write to others


def subscribe(comment: ReaderComment, now: datetime) -> None:
    """The reader of a new comment ticked the box."""
    if comment.email:
        found = MailSubscription.objects.create(
            comment=comment, address_hash=hash_of(comment.email), made_at=now
        )
        if comment.state not in NEVER_ASKED:
            _ask(found, now)


def comment_changed(event: Event) -> None:
    """Ask when a comment turns out to be no spam; take back what is not so any more; forget."""
    if event.to_state == State.ERASED:
        _forget(event.comment_id)
    elif event.action == Action.REPLY_REMOVED:
        _take_back(event.comment_id, Purpose.REPLY)
        MailSubscription.objects.filter(comment=event.comment_id).update(told_reply_at=None)
    elif event.to_state == State.SPAM or event.from_state == State.APPROVED != event.to_state:
        question = [Purpose.CONFIRM] if event.to_state == State.SPAM else []
        _take_back(event.comment_id, Purpose.LIVE, Purpose.REPLY, *question)
    elif event.from_state == State.SPAM and event.to_state not in NEVER_ASKED:
        found = MailSubscription.objects.filter(comment=event.comment_id).first()
        if found:
            _ask(found, event.at)


def confirm(token: str, at: datetime) -> None:
    """A reader pressed the button behind the link of the first mail, at ``at``."""
    with transaction.atomic():
        found = _named_by(token, CONFIRM)
        lasts = timedelta(days=settings.PLAINLEAF_READER_MAIL_CONFIRM_DAYS)
        if found is None or found.stopped_at or not found.asked_at:
            logger.info("A confirmation was of no use: its link is not one that is open.")
        elif at > found.asked_at + lasts:
            logger.info("Confirmation %s was of no use: it came too late.", found.pk)
        elif not found.confirmed_at:
            found.confirmed_at = at
            found.save(update_fields=["confirmed_at"])
            OutgoingMail.objects.filter(key=_key_of_asking(found.address_hash)).delete()
            _ask_next(found.address_hash, timezone.now())


def unsubscribe(token: str, at: datetime) -> None:
    """A reader wants no more mail about a comment: the address goes, at once and for good.

    With it go those that were never confirmed: somebody else may have typed the address.
    """
    with transaction.atomic():
        found = _named_by(token, UNSUBSCRIBE)
        if found is None:
            logger.info("A reader wanted no more mail, by a link of which nothing is known.")
            return
        ended = MailSubscription.objects.filter(
            Q(pk=found.pk) | Q(address_hash=found.address_hash, confirmed_at=None), stopped_at=None
        )
        comments = list(ended.values_list("comment", flat=True))
        ended.update(stopped_at=at)
        forget_addresses(ReaderComment.objects.filter(pk__in=comments))


def awaiting_live() -> QuerySet[ReaderComment]:
    """Approved comments whose readers are to hear of them, or of a reply, once it can be read."""
    shown = ReaderComment.objects.publishable()
    return shown.filter(
        Q(mail_subscription__told_live_at=None)
        | Q(mail_subscription__told_reply_at=None, reply__isnull=False),
        state=State.APPROVED,
        mail_subscription__confirmed_at__isnull=False,
        mail_subscription__stopped_at=None,
    ).exclude(email="")


def comments_are_live(numbers: Iterable[int], now: datetime) -> None:
    """Readers can read these now, and their replies: whoever awaits that is told."""
    with transaction.atomic():
        subscriptions = (
            MailSubscription.objects.filter(comment__in=awaiting_live().filter(pk__in=numbers))
            .select_for_update(of=("self",))
            .select_related("comment")
            .order_by("pk")
        )
        replies = StaffReply.objects.select_related("author").in_bulk(
            [one.comment_id for one in subscriptions], field_name="comment_id"
        )
        for one in subscriptions:
            reply = replies.get(one.comment_id)
            is_news = bool(reply) and one.told_reply_at is None
            if is_news and not _is_by_reader(reply, one.comment):
                purpose = Purpose.REPLY if one.told_live_at else Purpose.LIVE
            elif one.told_live_at is None:
                purpose = Purpose.LIVE
            else:
                purpose = None
            one.told_live_at = one.told_live_at or now
            one.told_reply_at = now if is_news else one.told_reply_at
            one.save(update_fields=["told_live_at", "told_reply_at"])
            if purpose:
                key = f"{one.comment_id}:{now.isoformat()}"
                put(purpose, key=key, now=now, comment=one.comment)


def forget_subscriptions(now: datetime) -> None:
    """Those that lead to no more mail, when their address need not be spared any longer."""
    spared_since = now - timedelta(days=settings.PLAINLEAF_READER_MAIL_PAUSE_DAYS)
    MailSubscription.objects.annotate(
        last=Greatest(
            F("made_at"), Coalesce("asked_at", "made_at"), Coalesce("stopped_at", "made_at")
        )
    ).filter(
        Q(confirmed_at=None) | Q(stopped_at__isnull=False) | Q(comment=None) | Q(comment__email=""),
        last__lt=spared_since,
    ).delete()


def mail_is_over(mail: OutgoingMail, now: datetime) -> None:
    """It was not sent, for what it was about is over: another comment may be asked about."""
    if mail.purpose == Purpose.CONFIRM:
        _ask_next(mail.key.removeprefix(_key_of_asking("")), now)


def asking(mail: OutgoingMail) -> Letter | None:
    found = MailSubscription.objects.filter(comment=mail.comment_id).first()
    if found is None or found.confirmed_at or mail.comment.state in NEVER_ASKED:
        return None
    letter = _letter(
        mail.comment,
        found,
        "Do you want mail about your comment?",
        "confirm",
        confirm_url=_address(CONFIRM, found),
        days=settings.PLAINLEAF_READER_MAIL_CONFIRM_DAYS,
    )
    if letter:  # the days in which it can be confirmed run from now, however long it waited
        MailSubscription.objects.filter(pk=found.pk).update(asked_at=mail.claimed_at)
    return letter


def live(mail: OutgoingMail) -> Letter | None:
    return _news(mail, "Your comment is on our site", "live")


def reply(mail: OutgoingMail) -> Letter | None:
    return _news(mail, "There is a reply to your comment", "reply")


def _news(mail: OutgoingMail, subject: str, template: str) -> Letter | None:
    comment: ReaderComment = mail.comment
    found = MailSubscription.objects.filter(comment=comment).first()
    if found is None or not found.confirmed_at or comment.state != State.APPROVED:
        return None
    comment_url = public_address(comment)
    if not comment_url:
        return None
    answer = StaffReply.objects.filter(comment=comment).first()
    if template == "reply" and answer is None:
        return None
    return _letter(
        comment,
        found,
        subject,
        template,
        title=one_line(comment.page.title),
        comment_url=comment_url,
        has_reply=answer is not None and not _is_by_reader(answer, comment),
    )


def _letter(
    comment: ReaderComment,
    found: MailSubscription,
    subject: str,
    template: str,
    /,
    **context: object,
) -> Letter | None:
    if not comment.email or found.stopped_at:
        return None
    stop_url = _address(UNSUBSCRIBE, found)
    body = render_to_string(
        f"comments/mail/{template}.txt",
        {
            "site_url": settings.PLAINLEAF_SITE_URL,
            "stop_url": stop_url,
            **context,
        },
    )
    return Letter(
        to=comment.email,
        subject=subject,
        body=body,
        headers={
            "List-Unsubscribe": f"<{stop_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )


def _take_back(comment: int, *purposes: Purpose) -> None:
    """What has not been sent is not to be, until it is true again."""
    waiting = OutgoingMail.objects.waiting().filter(comment=comment)
    for purpose in purposes:
        if waiting.filter(purpose=purpose).delete()[0]:
            found = MailSubscription.objects.filter(comment=comment)
            found.update(**dict.fromkeys(NOTED_IN[purpose]))
            if purpose == Purpose.CONFIRM:
                for address_hash in found.values_list("address_hash", flat=True):
                    _ask_next(address_hash, timezone.now())


def _forget(comment: int) -> None:
    """It is erased. Of an address that was written to a hash stays, with the last date of that:
    it is left alone as long as was promised, and the links that it got still do what they say."""
    _take_back(comment, *TO_READERS)
    OutgoingMail.objects.settled().filter(comment=comment, purpose=Purpose.CONFIRM).delete()
    found = MailSubscription.objects.filter(comment=comment)
    found.filter(asked_at=None, stopped_at=None).delete()
    found.update(
        made_at=Coalesce("stopped_at", "asked_at"),
        comment=None,
        told_live_at=None,
        told_reply_at=None,
    )


def _ask(found: MailSubscription, now: datetime) -> None:
    """Write the mail that asks, unless the address must be left alone."""
    if found.asked_at or found.stopped_at or _must_be_left_alone(found.address_hash, now):
        return
    key = _key_of_asking(found.address_hash)
    OutgoingMail.objects.settled().filter(key=key).delete()  # of before the pause
    put(Purpose.CONFIRM, key=found.address_hash, now=now, comment=found.comment)


def _ask_next(address_hash: str, now: datetime) -> None:
    """What waited behind a question that is confirmed now, or was never sent."""
    waiting = (
        MailSubscription.objects.filter(
            address_hash=address_hash,
            asked_at=None,
            stopped_at=None,
            comment__isnull=False,
        )
        .exclude(comment__email="")
        .exclude(comment__state__in=NEVER_ASKED)
    )
    if found := waiting.order_by("pk").first():
        _ask(found, now)


def _must_be_left_alone(address_hash: str, now: datetime) -> bool:
    spared_since = now - timedelta(days=settings.PLAINLEAF_READER_MAIL_PAUSE_DAYS)
    return MailSubscription.objects.filter(
        Q(confirmed_at=None, asked_at__gt=spared_since) | Q(stopped_at__gt=spared_since),
        address_hash=address_hash,
    ).exists()


def _key_of_asking(address_hash: str) -> str:
    """One row of the outbox: two comments that come at once are not two mails."""
    return f"{Purpose.CONFIRM}:{address_hash}"


def hash_of(address: str) -> str:
    """By which an address is known again when it is forgotten; ``sam+2@`` is ``sam@``."""
    name, _, domain = same_address(address).rpartition("@")
    plain = f"{name.partition('+')[0]}@{domain}"
    return salted_hmac("plainleaf mail address", plain, algorithm="sha256").hexdigest()[:32]


def _is_by_reader(answer: StaffReply | None, comment: ReaderComment) -> bool:
    """Nobody is told of what they wrote themselves."""
    author = answer.author if answer else None
    return bool(author and author.email and hash_of(author.email) == hash_of(comment.email))


def _address(act: str, found: MailSubscription) -> str:
    """On the site, where the edge takes it: readers do not reach the CMS."""
    return on_site(f"/comments/mail/{act}/{_signer(act).sign_object([found.pk])}")


def _named_by(token: str, act: str) -> MailSubscription | None:
    """Held until the transaction ends."""
    try:
        [number] = _signer(act).unsign_object(token)
    except (BadSignature, ValueError, TypeError):
        return None
    return MailSubscription.objects.filter(pk=number).select_for_update().first()


def _signer(act: str) -> Signer:
    return Signer(salt=f"plainleaf.comments.mail.{act}")
