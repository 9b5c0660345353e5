"""Who decided what about a comment: written once, taken back together, free of its words."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db.models import ProtectedError

from cms.comments.data_log import DataAction, note
from cms.comments.models import DataEvent, Event, ModerationError, ReaderComment, Reason, State
from cms.comments.receipts import receipt_of, shown, typed
from cms.comments.undoing import undo
from cms.export_feed.models import Change
from tests.cms.comment_site import comment
from tests.cms.feed_site import article, topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def ketamine():
    return article(topic())


def steps(of: ReaderComment) -> list[tuple[str, str, str]]:
    return [(event.action, event.from_state, event.to_state) for event in of.events.all()]


def test_every_decision_is_an_event(ketamine, admin_user):
    one = comment(ketamine)
    one.move_to(State.APPROVED, by=admin_user, reason="helpful")
    one.move_to(State.HIDDEN, by=admin_user)
    assert steps(one) == [("moved", "held", "approved"), ("moved", "approved", "hidden")]
    first = one.events.first()
    assert (first.actor, first.reason, first.channel) == (admin_user, "helpful", "admin")
    assert [event.version_after for event in one.events.all()] == [2, 3]


def test_decision_that_is_refused_leaves_no_event(ketamine):
    with pytest.raises(ModerationError):
        comment(ketamine).move_to(State.HIDDEN, by=None)
    assert not Event.objects.exists()


def test_what_a_program_does_is_no_decision_of_a_person(ketamine, admin_user):
    one = comment(ketamine)
    one.move_to(State.SPAM, by=None)
    assert (one.moderated_by, one.moderated_at) == (None, None)
    with pytest.raises(ModerationError, match="changed by somebody else"):
        one.move_to(State.APPROVED, by=admin_user, seen_version=1)
    one.move_to(State.APPROVED, by=admin_user)
    decided = (admin_user, one.moderated_at)
    one.move_to(State.HELD, by=None)
    assert (one.moderated_by, one.moderated_at) == decided
    with pytest.raises(ModerationError, match="changed by somebody else"):
        one.move_to(State.APPROVED, by=admin_user, seen_version=3)


def test_event_is_neither_changed_nor_removed(ketamine):
    one = comment(ketamine)
    event = one.move_to(State.APPROVED, by=None)
    for change in (event.save, event.delete):
        with pytest.raises(TypeError):
            change()
    with pytest.raises(ProtectedError):
        one.delete()


@pytest.mark.parametrize("log", [Event, DataEvent])
def test_no_log_is_changed_or_removed_as_a_whole(ketamine, admin_user, log):
    comment(ketamine).move_to(State.APPROVED, by=admin_user)
    note(DataAction.EXPORTED, 1, by=admin_user)
    entries = log.objects.all()
    for change in (
        lambda: entries.update(actor=None),
        lambda: log.objects.bulk_update(entries, ["actor"]),
        entries.delete,
    ):
        with pytest.raises(TypeError):
            change()
    admin_user.delete()  # which leaves them, without the name
    assert list(log.objects.values_list("actor", flat=True)) == [None]


def test_batch_is_undone_together_past_what_a_moderator_may_do(ketamine, admin_user):
    """No button leads back to 'urgent': undoing does."""
    batch = uuid4()
    urgent, held = comment(ketamine, State.URGENT), comment(ketamine)
    for one in (urgent, held):
        one.move_to(State.APPROVED, by=admin_user, batch=batch)
    undo(batch, by=admin_user)
    urgent.refresh_from_db()
    held.refresh_from_db()
    assert (urgent.state, held.state) == (State.URGENT, State.HELD)
    assert steps(urgent)[-1] == ("undone", "approved", "urgent")


def test_nothing_of_a_batch_is_undone_once_one_comment_was_changed_again(ketamine):
    batch = uuid4()
    one, other = comment(ketamine), comment(ketamine)
    for each in (one, other):
        each.move_to(State.APPROVED, by=None, batch=batch)
    other.move_to(State.HIDDEN, by=None)
    with pytest.raises(ModerationError, match="was changed again since: it is now 'Hidden'"):
        undo(batch, by=None)
    one.refresh_from_db()
    assert one.state == State.APPROVED


def test_undone_decision_is_not_undone_twice(ketamine):
    event = comment(ketamine).move_to(State.APPROVED, by=None)
    undo(event.batch, by=None)
    with pytest.raises(ModerationError):
        undo(event.batch, by=None)


def test_erasure_cannot_be_undone_and_unknown_decisions_are_named(ketamine):
    event = comment(ketamine).move_to(State.ERASED, by=None)
    with pytest.raises(ModerationError, match="cannot come back"):
        undo(event.batch, by=None)
    with pytest.raises(ModerationError, match="not known"):
        undo(uuid4(), by=None)


def test_erasure_leaves_nothing_of_the_words(ketamine):
    one = comment(ketamine, text="canary words", email="sam@example.org", network="ab12")
    Reason.objects.create(comment=one, rule="links", field="text", end=3, note="canary")
    one.move_to(State.ERASED, by=None)
    stored = ReaderComment.objects.filter(pk=one.pk).values().get()
    assert (stored["name"], stored["text"], stored["email"]) == ("", "", "")
    assert (stored["network"], stored["payload_digest"], stored["text_hash"]) == ("", "", "")
    assert not one.reasons.exists()
    assert one.receipt == receipt_of(one.idempotency_key)


@pytest.mark.parametrize(
    ("states", "is_told"),
    [
        ((State.HELD, State.REJECTED), False),
        ((State.HELD, State.SPAM), False),
        ((State.HELD, State.APPROVED), True),
        ((State.APPROVED, State.HIDDEN), True),
        ((State.HIDDEN, State.ERASED), False),
    ],
)
def test_exporter_is_told_only_of_what_readers_see_or_saw(ketamine, states, is_told):
    before, after = states
    one = comment(ketamine, before)
    Change.objects.all().delete()
    ReaderComment.objects.get(pk=one.pk).move_to(after, by=None)
    assert Change.objects.filter(kind="comment", object_id=one.pk).exists() is is_told


@pytest.mark.parametrize("text", ["k7qf-2m9x-rt4c", "K7QF 2M9X RT4C", "k7qf2m9xrt4c"])
def test_receipt_is_found_as_it_is_typed(text):
    assert typed(text) == "K7QF2M9XRT4C"
    assert shown(typed(text)) == "K7QF-2M9X-RT4C"


def test_receipt_has_no_letters_that_look_like_digits():
    codes = {receipt_of(str(number)) for number in range(500)}
    assert len(codes) == 500
    assert not set("".join(codes)) & set("ILOU")
    assert typed("ilo0-0000-0000") == "110000000000"
