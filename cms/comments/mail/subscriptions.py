"""Which reader asked for mail about which comment, and how far that went."""

from __future__ import annotations

from django.db import models


class MailSubscription(models.Model):
    """A reader ticked the box below the e-mail address; the address itself is the comment's alone.

    So whatever forgets that address ends the mail. ``address_hash`` outlives it, keyed, for as
    long as the address must not be written to: see ``cms.comments.readers_mail``.
    """

    comment = models.OneToOneField(
        "comments.ReaderComment",
        null=True,
        on_delete=models.CASCADE,
        related_name="mail_subscription",
        help_text="None once it is erased: the hash and when it was written to are left.",
    )
    address_hash = models.CharField(max_length=32, db_index=True)
    made_at = models.DateTimeField()
    asked_at = models.DateTimeField(
        null=True, help_text="When the mail last went out that asks whether the address is theirs."
    )
    confirmed_at = models.DateTimeField(
        null=True, help_text="When the reader said so. Nothing but that mail is sent before."
    )
    stopped_at = models.DateTimeField(null=True, help_text="When the reader wanted no more.")
    told_live_at = models.DateTimeField(
        null=True, help_text="When the mail was written that says the comment is on the site."
    )
    told_reply_at = models.DateTimeField(
        null=True, help_text="When the mail was written that says there is a reply."
    )

    class Meta:
        default_permissions = ()
