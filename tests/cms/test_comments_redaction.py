"""A moderator removes words: just these, visibly, everywhere, and for a while with a way back."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from cms.articles.models import ArticlePage
from cms.comments.admin.queue_list import comment_url
from cms.comments.graphemes import GRAPHEME, edges_of
from cms.comments.models import Event, ModerationError, Original, ReaderComment, Reason, State
from cms.comments.redacting import redact, written_spans
from cms.comments.redaction import MARK, Span, moved, places_of, redacted, whole
from cms.comments.undoing import undo
from cms.core.groups import MODERATORS
from cms.export_feed.models import Change
from tests.cms.comment_site import comment, submission, told
from tests.cms.feed_site import article, records, topic

QUEUE = "wagtailsnippets_comments_readercomment"
FAMILY, FLAG, ACCENT = "👩‍👩‍👧", "🇬🇧", "e\u0301"


@pytest.fixture
def ketamine(db) -> ArticlePage:
    return article(topic())


@pytest.fixture
def moderator(db) -> Client:
    user = User.objects.create_user("maria")
    user.groups.add(Group.objects.get(name=MODERATORS))
    client = Client()
    client.force_login(user)
    return client


def remove(client: Client, of: ReaderComment, *spans: str, words: str = "", **fields):
    """What the form on the page of the comment posts."""
    return client.post(
        reverse(f"{QUEUE}:redact", args=[of.pk]),
        {"version": of.version, "span": spans, "words": words, "act": "save", **fields},
    )


def page_of(client: Client, one: ReaderComment) -> str:
    return unescape(client.get(comment_url(one, list="")).content.decode())


def ticked(page: str) -> list[str]:
    return re.findall(r'name="span" value="([^"]+)" checked', page)


def fresh(one: ReaderComment) -> ReaderComment:
    return ReaderComment.objects.get(pk=one.pk)


@pytest.mark.parametrize(
    ("text", "words", "after"),
    [
        ("BP < 120 & > 80, call 0161 496 0000.", "0161 496 0000", f"BP < 120 & > 80, call {MARK}."),
        ("BP < 120 & > 80", "120 & > 80", f"BP < {MARK}"),
        ("Ann likes Annual reports, ANN!", "ann", f"{MARK} likes Annual reports, {MARK}!"),
        (f"We {FAMILY} live here", FAMILY, f"We {MARK} live here"),
        ("שלום דנה כהן, תודה", "דנה כהן", f"שלום {MARK}, תודה"),
        ("我叫王小明。", "王小明", f"我叫{MARK}。"),
        ("I am J\u200bohn", "John", f"I am {MARK}"),
        ("Line one\nSam Smith\n\nLine two", "Sam Smith", f"Line one\n{MARK}\n\nLine two"),
    ],
)
def test_written_words_are_removed_wherever_they_stand(ketamine, moderator, text, words, after):
    shown = comment(ketamine, State.APPROVED, text=text)
    remove(moderator, shown, words=words)
    assert fresh(shown).text == after


def test_words_are_removed_from_the_name_too(ketamine, moderator):
    shown = comment(ketamine, name="Sam Smith", text="I am sam smith.")
    remove(moderator, shown, words="Sam Smith")
    assert (fresh(shown).name, fresh(shown).text) == (MARK, f"I am {MARK}.")


@pytest.mark.parametrize(
    ("text", "span", "after"),
    [
        (f"a{FAMILY}b", (3, 4), f"a{MARK}b"),
        (f"a{FLAG}{FLAG}b", (2, 3), f"a{MARK}{FLAG}b"),
        (f"caf{ACCENT} au lait", (3, 4), f"caf{MARK} au lait"),
        (f"caf{ACCENT} au lait", (4, 5), f"caf{MARK} au lait"),
        ("a\r\nb", (2, 3), f"a{MARK}b"),
        ("abc", (0, 3), MARK),
    ],
)
def test_no_character_is_cut_in_two(text, span, after):
    assert redacted(text, whole("text", text, [Span("text", *span)])) == after


@given(
    st.text(alphabet="ab \n<&👩\u200d👧🇬🇧\u0301שא\u202e", min_size=1, max_size=40),
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 40)), max_size=5),
)
def test_what_is_left_is_whole_and_nothing_else_is_gone(text, chosen):
    chosen = [
        Span("text", start, min(start + length, len(text)))
        for start, length in chosen
        if start < len(text)
    ]
    spans = whole("text", text, chosen)
    edges = set(edges_of(text))
    assert all({span.start, span.end} <= edges for span in spans)
    removed = {at for span in spans for at in range(span.start, span.end)}
    assert removed >= {at for span in chosen for at in range(span.start, span.end)}
    left = "".join(letter for at, letter in enumerate(text) if at not in removed)
    result = redacted(text, spans)
    assert result.replace(MARK, "") == left
    assert result.count(MARK) == len(spans)
    for at in set(range(len(text))) - removed:
        assert result[moved(at, spans)] == text[at]


@given(st.text(alphabet="a🇬🇧👩\u200d\u0301\u0903\r\n", max_size=30))
def test_edges_of_characters_are_those_of_unicode(text):
    assert edges_of(text) == [0, *(match.end() for match in GRAPHEME.finditer(text))]


def test_words_are_sought_as_words_where_they_are_some():
    assert places_of("ann", "text", "Ann, Annual") == [Span("text", 0, 3)]
    assert places_of("nnu", "text", "Ann, Annual") == [Span("text", 6, 9)]
    assert places_of(" ", "text", "Ann") == []


def test_what_the_rules_found_is_offered_with_its_reason_and_removed_by_a_tick(ketamine, moderator):
    text = "Mail me at sam@example.org, my daughter Emma agrees."
    shown = comment(ketamine, State.APPROVED, text=text)
    page = page_of(moderator, shown)
    assert "<mark>sam@example.org</mark>" in page
    assert "(Personal data, e-mail address)" in page
    assert "<mark>Emma</mark>" in page
    assert ticked(page) == []
    start = text.index("sam@")
    remove(moderator, shown, f"text:{start}:{start + 15}")
    assert fresh(shown).text == f"Mail me at {MARK}, my daughter Emma agrees."
    assert ticked(page_of(moderator, shown)) == [f"text:{start}:{start + 15}"]


def test_crisis_words_are_not_offered(ketamine, moderator):
    urgent = comment(ketamine, State.URGENT, text="I want to die tonight")
    Reason.objects.create(comment=urgent, rule="crisis", field="text", start=2, end=13)
    assert "text:2:13" not in page_of(moderator, urgent)


def test_taking_a_tick_away_shows_the_words_again(ketamine, moderator):
    shown = comment(ketamine, State.APPROVED, text="one two three")
    remove(moderator, shown, "text:0:3", "text:8:13")
    assert fresh(shown).text == f"{MARK} two {MARK}"
    remove(moderator, fresh(shown), "text:8:13")
    assert fresh(shown).text == f"one two {MARK}"
    assert fresh(shown).edition == 2  # nothing more was taken back, so that no release need go


def test_readers_get_the_mark_and_the_edition_grows(ketamine, moderator, client):
    shown = comment(ketamine, State.APPROVED, name="Sam Canary", text="My name is Sam Canary.")
    Change.objects.all().delete()
    remove(moderator, shown, words="canary")
    [record] = records(client, "comment")
    assert (record["name"], record["text"]) == (f"Sam {MARK}", f"My name is Sam {MARK}.")
    assert record["edition"] == 2
    assert list(Change.objects.values_list("kind", "object_id")) == [("comment", shown.pk)]
    assert "Canary" not in str(records(client))


def test_redaction_is_undone_once_and_then_said_in_the_history(ketamine, moderator):
    shown = comment(ketamine, State.APPROVED, text="canary two three")
    remove(moderator, shown, "text:0:6")
    answer = remove(moderator, fresh(shown), "text:0:6", "text:11:16")
    page = moderator.get(answer["Location"]).content.decode()
    *_, undo_url = re.findall(r'action="([^"]+)"[^>]* data-undo>', page)
    moderator.post(undo_url)
    assert fresh(shown).text == f"{MARK} two three"
    assert list(shown.events.values_list("action", flat=True)) == [
        "redacted",
        "redacted",
        "restored",
    ]
    assert "Undone: words shown again" in page_of(moderator, shown)
    assert "canary" not in str(list(Event.objects.values()))
    [first] = Event.objects.filter(version_after=2)
    with pytest.raises(ModerationError, match="changed again since"):
        undo(first.batch, by=None)


def test_redaction_and_approval_are_one_press(ketamine, moderator, client):
    held = comment(ketamine, text="I am Sam Canary.")
    remove(moderator, held, words="Sam Canary", act="approve")
    assert [one["text"] for one in records(client, "comment")] == [f"I am {MARK}."]


def test_marks_of_the_rules_stay_on_their_words(ketamine, moderator):
    text = "Sam Smith says take 20 mg and see spam.example"
    held = comment(ketamine, text=text)
    for words, rule in (("take 20 mg", "dosing"), ("spam.example", "links"), ("Smith", "name")):
        start = text.index(words)
        Reason.objects.create(
            comment=held, rule=rule, field="text", start=start, end=start + len(words)
        )
    remove(moderator, held, "text:0:9")
    page = re.sub(r"<span class=\"w-sr-only\">[^<]*</span>", "", page_of(moderator, held))
    assert f">{MARK}</mark> says <mark" in page
    assert re.search(r'<mark title="Dosing advice">take 20 mg</mark>', page)
    assert re.search(r'<mark title="Link">spam.example</mark>', page)


def test_link_that_was_removed_is_no_link_any_more(ketamine, moderator):
    shown = comment(ketamine, text="See spam.example.com now", has_link=True)
    remove(moderator, shown, words="spam.example.com")
    assert fresh(shown).has_link is False


def test_second_moderator_is_told_and_keeps_what_they_chose(ketamine, moderator):
    held = comment(ketamine, text="one two three")
    held.move_to(State.REJECTED, by=User.objects.create_superuser("anna"))
    held.version = 1  # what the second one saw
    answer = remove(moderator, held, "text:4:7", words="three")
    page = unescape(answer.content.decode())
    assert answer.status_code == 409
    assert "was changed by 'anna' since you opened it: it is now 'Rejected'" in page
    assert ticked(page) == ["text:4:7"]
    assert ">three</textarea>" in page
    assert fresh(held).text == "one two three"


@pytest.mark.parametrize(
    ("spans", "words", "sentence"),
    [
        ([], "", "Nothing would change."),
        ([], "nowhere", "'nowhere' is neither in the name nor in the text."),
        (["text:4:99"], "", "A place of your choice is not in the comment."),
        (["text:7:4"], "", "A place of your choice is not in the comment."),
        (["email:0:1"], "", "A place of your choice is not known."),
        (["text:-1:3"], "", "A place of your choice is not known."),
        (["text"], "", "A place of your choice is not known."),
    ],
)
def test_senseless_choice_is_refused_in_words_and_kept(ketamine, moderator, spans, words, sentence):
    held = comment(ketamine, text="one two three")
    answer = remove(moderator, held, *spans, words=words)
    page = unescape(answer.content.decode())
    assert answer.status_code == 422
    assert sentence in page
    assert f">{words}</textarea>" in page
    assert (fresh(held).version, fresh(held).text) == (1, "one two three")


def test_name_of_many_marks_is_refused_when_it_grows_too_long(ketamine, moderator):
    held = comment(ketamine, name="a b " * 40)
    answer = remove(moderator, held, words="a")
    assert "So many marks make the name too long." in answer.content.decode()
    assert fresh(held).name == "a b " * 40


def test_who_may_only_look_sees_what_readers_see(ketamine, moderator):
    shown = comment(ketamine, State.APPROVED, text="I am Sam Canary.")
    remove(moderator, shown, words="Sam Canary")
    looker = User.objects.create_user("looker")
    looker.user_permissions.add(
        *Permission.objects.filter(codename__in=["access_admin", "view_readercomment"])
    )
    client = Client()
    client.force_login(looker)
    assert "Canary" not in page_of(client, shown)
    assert "Canary" in page_of(moderator, shown)
    remove(client, fresh(shown), words="am")
    assert fresh(shown).text == f"I am {MARK}."


def test_erasing_destroys_how_it_was_typed(ketamine, moderator):
    shown = comment(ketamine, State.APPROVED, text="I am Sam Canary.")
    remove(moderator, shown, words="Sam Canary")
    fresh(shown).move_to(State.ERASED, by=None)
    assert not Original.objects.exists()
    assert fresh(shown).redactions == []


def test_same_comment_sent_again_is_still_known_after_a_redaction(ketamine):
    sent = submission(ketamine, text="I am Sam Canary.")
    told(sent)
    [held] = ReaderComment.objects.all()
    redact(held, written_spans(held, "Sam Canary"), by=None)
    assert told(sent)["status"] == 200
    fresh(held).forget_original()
    assert told(sent)["status"] == 200
    assert fresh(held).text == f"I am {MARK}."


def test_how_it_was_typed_is_forgotten_after_a_while(ketamine, moderator):
    text = "Sam Smith says take 20 mg"
    shown = comment(ketamine, State.APPROVED, text=text)
    Reason.objects.create(comment=shown, rule="dosing", field="text", start=15, end=25)
    remove(moderator, shown, "text:0:9")
    [event] = shown.events.all()
    call_command("forget_comments")
    assert Original.objects.exists()
    Original.objects.update(kept_since=timezone.now() - dt.timedelta(days=31))
    call_command("forget_comments")
    after = fresh(shown)
    assert not Original.objects.exists()
    assert (after.text, after.redactions, after.edition) == (f"{MARK} says take 20 mg", [], 2)
    assert (after.payload_digest, after.text_hash) == ("", "")  # from which it could be guessed
    page = page_of(moderator, shown)
    assert "Sam Smith" not in page
    assert "How it was typed was forgotten" in page
    assert re.search(r"</span>take 20 mg</mark>", page)
    with pytest.raises(ModerationError):
        undo(event.batch, by=None)
    remove(moderator, after, words="20 mg")
    assert fresh(shown).text == f"{MARK} says take {MARK}"


@pytest.mark.parametrize("payload", ["<script>window.hit=1</script>", "</textarea><img src=x>"])
def test_markup_is_text_in_the_tool(ketamine, moderator, payload):
    shown = comment(ketamine, text=f"a {payload} b")
    remove(moderator, shown, words=payload)
    again = remove(moderator, fresh(shown), words=f"{payload} nowhere")
    for html in (moderator.get(comment_url(shown, list="")).content, again.content):
        assert payload not in html.decode()
        assert payload in unescape(html.decode())


def test_lines_of_any_kind_keep_their_places(ketamine, moderator):
    """A browser would count CR LF in a page as one."""
    shown = comment(ketamine, text="one\r\ntwo")
    assert "one&#13;\ntwo</div>" in moderator.get(comment_url(shown, list="")).content.decode()
