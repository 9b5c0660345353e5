"""Two processes at once, on a real Postgres: no mail twice, none lost."""

import pytest

pytestmark = pytest.mark.postgres

SITE = """
import threading, time
from datetime import timedelta
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core import mail
from django.db import connection, transaction
from django.utils import timezone
from wagtail.models import Page
from cms.comments.models import *
from cms.comments import intake
from cms.comments.mail import causes
from cms.comments.mail.outbox import OutgoingMail
from cms.comments.mail.sending import send_due
from tests.cms.comment_site import comment, submission

settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
mail.outbox = []
page = Page.objects.last()
mo = User.objects.create_user(username="mo", email="mo@example.org")
mo.groups.add(Group.objects.get(name="Moderators"))

class NotAtOnce:  # here the tests say when mail is sent
    def enqueue(self):
        pass

causes.send_urgent_now = NotAtOnce()

def at_once(*works):
    def run(work):
        work()
        connection.close()
    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
"""


def test_two_senders_at_once_send_each_mail_once(on_postgres):
    output = on_postgres(
        SITE
        + """
for number in range(30):
    user = User.objects.create_user(username=f"mo{number}", email=f"mo{number}@example.org")
    user.groups.add(Group.objects.get(name="Moderators"))
comment(page).move_to(State.URGENT, by=None)
at_once(*[lambda: send_due(timezone.now() + timedelta(seconds=1))] * 4)
print(len(mail.outbox), len({one.to[0] for one in mail.outbox}))
"""
    )
    assert output.strip() == "31 31"


def test_comment_that_becomes_urgent_while_a_mail_is_sent_is_told_too(on_postgres):
    """It sees a mail that waits and adds none; that mail is then claimed before it is committed."""
    output = on_postgres(
        SITE
        + """
comment(page, text="first").move_to(State.URGENT, by=None)
second = comment(page, text="second")
has_looked, subjects = threading.Event(), []

def become_urgent():
    with transaction.atomic():
        second.move_to(State.URGENT, by=None)
        has_looked.set()
        time.sleep(0.5)

def send():
    has_looked.wait(10)
    send_due(timezone.now() + timedelta(minutes=2))

at_once(become_urgent, send)
print([one.subject for one in mail.outbox], OutgoingMail.objects.waiting().count())
"""
    )
    assert output.strip() == "['[Plainleaf] Urgent: 2 reader comments'] 0"


def test_comments_that_come_at_once_in_one_name_are_one_question(on_postgres):
    output = on_postgres(
        SITE
        + """
import json
page.locale  # before the threads

def send():
    record = submission(page, email="victim@example.org", notify=True)
    with transaction.atomic():
        intake.take(json.dumps(record).encode())
        time.sleep(0.2)

at_once(*[send] * 6)
send_due(timezone.now())
print(ReaderComment.objects.count(), OutgoingMail.objects.filter(purpose="confirm").count(),
      MailSubscription.objects.filter(asked_at__isnull=False).count())
"""
    )
    assert output.strip() == "6 1 1"


def test_batches_that_come_at_once_store_each_comment_once_and_tell_all(on_postgres):
    output = on_postgres(
        SITE
        + """
import json
page.locale  # before the threads
lines = [json.dumps(submission(page, text=f"Words {at}")).encode() for at in range(60)]
told = []
at_once(*[lambda: told.append([one.status for one in intake.take_all(lines)])] * 6)
events = set(Event.objects.values_list("comment", flat=True))
print(len(told), {*sum(told, [])} <= {200, 201}, sum(told, []).count(201),
      ReaderComment.objects.count(), Event.objects.count(), len(events))
"""
    )
    assert output.split() == ["6", "True", "60", "60", "60", "60"]
