import datetime as dt
import re
from html import unescape

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.db.models.signals import post_save
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Locale

from cms.articles.models import ArticlePage
from cms.comments.admin.decide_views import row_after
from cms.comments.admin.reason_words import pieces
from cms.comments.models import Event, ModerationError, ReaderComment, Reason, State
from cms.comments.receipts import shown
from cms.core.groups import EDITORS, MODERATORS, REVIEWERS
from tests.cms.comment_site import comment
from tests.cms.feed_site import article, topic

QUEUE = "wagtailsnippets_comments_readercomment"
LIST, INSPECT = f"{QUEUE}:list", f"{QUEUE}:inspect"
DECIDE, UNDO = f"{QUEUE}:decide", f"{QUEUE}:undo"
JSON = {"Accept": "application/json"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def ketamine() -> ArticlePage:
    return article(topic())


@pytest.fixture
def moderator() -> Client:
    return browser_of(MODERATORS)


def browser_of(group: str, username: str = "") -> Client:
    user = User.objects.create_user(username=username or group.lower())
    user.groups.add(Group.objects.get(name=group))
    client = Client()
    client.force_login(user)
    return client


def chosen(*comments: ReaderComment) -> list[str]:
    return [f"{one.pk}:{one.version}" for one in comments]


def decide(client: Client, decision: str, *comments: ReaderComment, **fields):
    """What the buttons of the list post, and the page that the moderator then sees."""
    return client.post(
        reverse(DECIDE), {"decision": decision, "chosen": chosen(*comments), **fields}, follow=True
    )


def decide_in_place(client: Client, decision: str, *comments: ReaderComment, **fields):
    """What the script of the list posts."""
    return client.post(
        reverse(DECIDE),
        {"decision": decision, "chosen": chosen(*comments), **fields},
        headers=JSON,
    )


def said(answer) -> str:
    """What the region that screen readers announce says."""
    page = answer.content.decode()
    assert '<div class="messages" role="status"' in page
    [told] = re.findall(r'<ul data-w-messages-target="container">(.*?)</ul>', page, re.DOTALL)
    told = re.sub(
        r'<button\s+type="button".*?</button>', "", told, flags=re.DOTALL
    )  # Wagtail's own
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", told)).split())


def states() -> list[str]:
    return list(ReaderComment.objects.order_by("pk").values_list("state", flat=True))


def names_in(answer) -> list[str]:
    return list(dict.fromkeys(re.findall(r"Voice \w+", unescape(answer.content.decode()))))


def tabs_in(answer) -> dict[str, int]:
    page = answer.content.decode()
    [tabs] = re.findall(r'<nav class="queue-tabs".*?</nav>', page, re.DOTALL)
    return {
        label: int(count)
        for label, count in re.findall(r">([\w ]+?) <span[^>]*>(\d+)</span>", tabs)
    }


def test_what_waits_comes_first_and_the_oldest_of_it_at_the_top(moderator, ketamine):
    now = timezone.now()
    for state, hours in [
        (State.APPROVED, 9),
        (State.HELD, 1),
        (State.HELD, 5),
        (State.SPAM, 8),
        (State.URGENT, 0),
    ]:
        comment(
            ketamine,
            state,
            text=f"Voice {state}{hours}",
            received_at=now - dt.timedelta(hours=hours),
        )
    assert names_in(moderator.get(f"{reverse(LIST)}?tab=all")) == [
        "Voice urgent0",
        "Voice held5",
        "Voice held1",
        "Voice spam8",
        "Voice approved9",
    ]


def test_menu_counts_what_waits(moderator, ketamine):
    comment(ketamine)
    comment(ketamine, State.URGENT)
    comment(ketamine, State.SPAM)
    assert "2 reader comments" in moderator.get(reverse("wagtailadmin_home")).content.decode()


@pytest.mark.parametrize(
    ("waiting", "tab"),
    [([State.HELD, State.URGENT], "urgent"), ([State.HELD], "held"), ([], "held")],
)
def test_queue_opens_where_somebody_waits_and_stays_there(moderator, ketamine, waiting, tab):
    for state in waiting:
        comment(ketamine, state)
    assert moderator.get(reverse(LIST))["Location"] == f"{reverse(LIST)}?tab={tab}"


def test_tabs_count_what_the_search_and_the_filters_leave(moderator, ketamine):
    other = article(ketamine.get_parent(), slug="naloxone")
    comment(ketamine, text="Voice alpha")
    comment(ketamine, State.SPAM, text="Voice beta")
    comment(other, text="Voice gamma")
    list_url = reverse(LIST)
    everything = tabs_in(moderator.get(f"{list_url}?tab=spam"))
    assert everything == {
        **dict.fromkeys(["Urgent", "Approved", "Rejected", "Hidden", "Reports"], 0),
        "To review": 2,
        "Suspected spam": 1,
        "All": 3,
    }
    assert tabs_in(moderator.get(f"{list_url}?tab=spam&page={other.pk}"))["All"] == 1
    assert tabs_in(moderator.get(f"{list_url}?tab=spam&q=alpha"))["To review"] == 1


def test_counts_of_all_tabs_are_one_query(moderator, ketamine):
    for _ in range(30):
        comment(ketamine)
    moderator.get(f"{reverse(LIST)}?tab=held")
    with CaptureQueriesContext(connection) as asked:
        moderator.get(f"{reverse(LIST)}?tab=held")
    counting = [one["sql"] for one in asked if "GROUP BY" in one["sql"]]
    assert len([sql for sql in counting if "comments_readercomment" in sql]) == 1
    assert len(asked) < 25


def test_tab_keeps_the_search_and_the_filters_and_starts_at_its_first_page(moderator, ketamine):
    comment(ketamine)
    page = unescape(
        moderator.get(f"{reverse(LIST)}?tab=held&q=thank&age=last-day&p=3").content.decode()
    )
    assert f'href="{reverse(LIST)}?tab=spam&q=thank&age=last-day"' in page


def test_search_form_stays_on_the_tab(moderator, ketamine):
    page = moderator.get(f"{reverse(LIST)}?tab=spam").content.decode()
    assert re.search(r'<input type="hidden" name="tab" value="spam"', page)


def test_list_shows_what_its_tab_search_and_filters_say(moderator, ketamine):
    other_topic = topic("support")
    naloxone = article(other_topic, slug="naloxone", title="Naloxone")
    now = timezone.now()
    alpha = comment(ketamine, text="Voice alpha", network="a1b2", has_link=True)
    Reason.objects.create(comment=alpha, rule="dosing", field="text", start=0, end=5)
    comment(naloxone, text="Voice beta", received_at=now - dt.timedelta(days=3))
    comment(ketamine, State.SPAM, text="Voice gamma")

    def shown(query: str) -> set[str]:
        return set(names_in(moderator.get(f"{reverse(LIST)}results/?{query}")))

    assert shown("tab=held") == {"Voice alpha", "Voice beta"}
    assert shown("tab=spam") == {"Voice gamma"}
    assert shown("tab=held&q=alph") == {"Voice alpha"}
    assert shown(f"tab=all&page={ketamine.pk}") == {"Voice alpha", "Voice gamma"}
    assert shown("tab=all&page=NALOX") == {"Voice beta"}
    assert shown("tab=all&page=999999999999999999999") == set()
    assert shown(f"tab=all&section={other_topic.pk}") == {"Voice beta"}
    assert shown("tab=all&age=over-a-day") == {"Voice beta"}
    assert shown("tab=all&age=last-week") == {"Voice alpha", "Voice beta", "Voice gamma"}
    assert shown("tab=all&reason=dosing") == {"Voice alpha"}
    assert shown("tab=all&has_link=True") == {"Voice alpha"}
    assert shown("tab=all&network=a1b2") == {"Voice alpha"}


def test_list_is_filtered_by_language_where_there_are_several(moderator, ketamine):
    comment(ketamine, text="Voice alpha")
    comment(ketamine, text="Voice beta", locale="pl")
    assert "Language" not in moderator.get(f"{reverse(LIST)}?tab=held").content.decode()
    Locale.objects.create(language_code="pl")
    assert names_in(moderator.get(f"{reverse(LIST)}?tab=held&locale=pl")) == ["Voice beta"]


def test_row_says_in_words_why_its_comment_waits(moderator, ketamine):
    held = comment(ketamine, signals=["no_origin"])
    for _ in range(2):
        Reason.objects.create(comment=held, rule="personal_data")
    page = moderator.get(f"{reverse(LIST)}?tab=held").content.decode()
    assert "<li>Personal data</li><li>No sign of a browser</li></ul>" in page


@pytest.mark.parametrize(
    ("decision", "before", "after", "word"),
    [
        ("approve", State.HELD, State.APPROVED, "approved"),
        ("reject", State.HELD, State.REJECTED, "rejected"),
        ("spam", State.HELD, State.SPAM, "marked as spam"),
        ("urgent", State.HELD, State.URGENT, "marked as urgent"),
        ("hide", State.APPROVED, State.HIDDEN, "hidden"),
        ("approve", State.HIDDEN, State.APPROVED, "approved"),
        ("hold", State.SPAM, State.HELD, "put back to review"),
    ],
)
def test_decision_is_taken_said_and_undone(moderator, ketamine, decision, before, after, word):
    one = comment(ketamine, before)
    answer = decide(moderator, decision, one, next=f"{reverse(LIST)}?tab=all")
    one.refresh_from_db()
    assert (one.state, one.version, one.moderated_by.username) == (after, 2, "moderators")
    assert said(answer) == f"The comment by 'Sam' is {word}. Undo"

    [undo_url] = re.findall(
        r'<form method="post" action="([^"]+)"[^>]* data-undo>', answer.content.decode()
    )
    answer = moderator.post(undo_url, {"next": f"{reverse(LIST)}?tab=all"}, follow=True)
    assert said(answer) == "Undone: 1 comment back as before."
    assert answer.redirect_chain[-1][0] == f"{reverse(LIST)}?tab=all#row-{one.pk}"
    assert states() == [before]


def test_many_are_decided_on_and_undone_at_once(moderator, ketamine):
    comments = [comment(ketamine) for _ in range(100)]
    answer = decide(moderator, "approve", *comments)
    assert said(answer) == "100 comments approved. Undo"
    assert ReaderComment.objects.publishable().count() == 100
    [batch] = set(Event.objects.values_list("batch", flat=True))
    moderator.post(reverse(UNDO, args=[batch]))
    assert set(states()) == {"held"}


def test_a_page_of_the_list_holds_a_hundred_which_are_decided_on_at_once(moderator, ketamine):
    for _ in range(101):
        comment(ketamine)
    rows = moderator.get(reverse(LIST), {"tab": "held"}).context["rows"]
    answer = decide(moderator, "spam", *[row["comment"] for row in rows])
    assert "100 comments marked as spam." in unescape(answer.content.decode())
    assert ReaderComment.objects.waiting().count() == 1


def test_more_than_a_hundred_are_refused(moderator, ketamine):
    comments = [comment(ketamine) for _ in range(101)]
    answer = decide(moderator, "approve", *comments)
    assert said(answer) == "Choose at most 100 comments at once."
    assert set(states()) == {"held"}


def test_answer_leads_to_the_row_after_the_last_one_decided_on(moderator, ketamine):
    comments = [comment(ketamine) for _ in range(5)]
    here = f"{reverse(LIST)}?tab=held&q=thank&p=1"
    shown = ",".join(str(one.pk) for one in comments)
    answer = decide(moderator, "approve", comments[0], comments[2], next=here, shown=shown)
    assert answer.redirect_chain == [(f"{here}#row-{comments[3].pk}", 302)]
    assert f'id="row-{comments[3].pk}" tabindex="-1"' in answer.content.decode()


@pytest.mark.parametrize(
    ("shown", "decided", "row"),
    [
        ("12,15,18", [15], "18"),
        ("12,15,18", [12, 15], "18"),
        ("12,15,18", [18], "15"),
        ("12,15,18", [15, 18], "12"),
        ("12", [12], ""),
        ("", [12], ""),
        ("12,<b>", [12], ""),
    ],
)
def test_row_to_go_on_with(shown, decided, row):
    assert row_after(shown, decided) == row


@pytest.mark.parametrize(
    "address", ["https://elsewhere.example/", "//elsewhere.example", "javascript:1"]
)
def test_answer_never_leads_to_another_site(moderator, ketamine, address):
    answer = decide(moderator, "approve", comment(ketamine), next=address, back=address)
    assert answer.redirect_chain[0][0].startswith(reverse(LIST))


def test_second_moderator_on_one_comment_is_told_who_was_first(moderator, ketamine):
    held, untouched = comment(ketamine), comment(ketamine)
    decide(browser_of(MODERATORS, "anna"), "reject", held)
    answer = decide(moderator, "approve", held, untouched, next=f"{reverse(LIST)}?tab=held")
    assert said(answer) == (
        "Nothing was changed. The comment by 'Sam' was changed by 'anna' meanwhile: "
        "it is now 'Rejected'."
    )
    assert answer.redirect_chain == [(f"{reverse(LIST)}?tab=held", 302)]
    assert states() == ["rejected", "held"]


def test_second_moderator_in_place_gets_the_rows_as_they_are(moderator, ketamine):
    held = comment(ketamine)
    decide(browser_of(MODERATORS, "anna"), "reject", held)
    answer = decide_in_place(moderator, "approve", held, next=f"{reverse(LIST)}?tab=held")
    told = answer.json()
    assert answer.status_code == 409
    assert "changed by 'anna' meanwhile" in told["message"]
    assert f"{held.pk}:2" in told["rows"][str(held.pk)]
    assert "Rejected" in told["rows"][str(held.pk)]


def test_decision_in_place_answers_with_rows_tabs_and_the_way_back(moderator, ketamine):
    held = comment(ketamine)
    here = f"{reverse(LIST)}?tab=held&q=thank"
    told = decide_in_place(moderator, "approve", held, next=here).json()
    assert told["message"] == "The comment by 'Sam' is approved."
    assert "Approved" in told["rows"][str(held.pk)]
    assert 'To review <span class="queue-tabs__count">0' in told["tabs"]
    undone = moderator.post(told["undo"], {"next": here}, headers=JSON).json()
    assert f"{held.pk}:3" in undone["rows"][str(held.pk)]
    assert states() == ["held"]


def test_what_was_changed_again_is_not_undone(moderator, ketamine):
    held = comment(ketamine)
    told = decide_in_place(moderator, "approve", held).json()
    held.refresh_from_db()
    decide(browser_of(MODERATORS, "anna"), "hide", held)
    answer = moderator.post(told["undo"], headers=JSON)
    assert (answer.status_code, states()) == (409, ["hidden"])
    assert "was changed again since" in answer.json()["message"]


def test_impossible_state_of_one_changes_none(moderator, ketamine):
    held, shown = comment(ketamine, name="Robin"), comment(ketamine, State.APPROVED)
    answer = decide(moderator, "hide", shown, held)
    assert said(answer) == (
        "Nothing was changed. The comment by 'Robin' is 'To review' and cannot become 'Hidden'."
    )
    assert states() == ["held", "approved"]


def test_urgent_comment_is_not_made_spam_in_one_step(moderator, ketamine):
    urgent = comment(ketamine, State.URGENT)
    assert "put it back to review" in said(decide(moderator, "spam", urgent))
    decide(moderator, "hold", urgent)
    urgent.refresh_from_db()
    decide(moderator, "spam", urgent)
    assert states() == ["spam"]


def test_state_that_cannot_be_reached_is_refused_in_words(ketamine):
    with pytest.raises(ModerationError, match="is 'To review' and cannot become 'Hidden'"):
        comment(ketamine).move_to(State.HIDDEN, by=None)


def test_reason_is_kept_in_the_history(moderator, ketamine):
    held, long = comment(ketamine), comment(ketamine)
    decide(moderator, "reject", held, reason=" Names a person ")
    assert Event.objects.get(comment=held).reason == "Names a person"
    assert "at most 40 characters" in said(decide(moderator, "reject", long, reason="x" * 41))
    assert states() == ["rejected", "held"]
    assert (
        "Reason: Names a person" in moderator.get(reverse(INSPECT, args=[held.pk])).content.decode()
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"decision": "erased", "chosen": "{}:1"},
        {"decision": "", "chosen": "{}:1"},
        {"chosen": "{}:1"},
        {"decision": "approve"},
        {"decision": "approve", "chosen": "{}"},
        {"decision": "approve", "chosen": "{}:"},
        {"decision": "approve", "chosen": "{}:-1"},
        {"decision": "approve", "chosen": "{}:1e3"},
        {"decision": "approve", "chosen": "all"},
        {"decision": "approve", "chosen": "\u0661:1"},
        {"decision": "approve", "chosen": "9" * 30 + ":1"},
        {"decision": "approve", "chosen": ["{}:1", "999999:1"]},
    ],
)
def test_senseless_decision_is_refused_in_words(moderator, ketamine, fields):
    held = comment(ketamine)
    given = fields.get("chosen", [])
    values = [given] if isinstance(given, str) else given
    fields = {**fields, "chosen": [value.format(held.pk) for value in values]}
    answer = moderator.post(reverse(DECIDE), fields, headers=JSON)
    assert answer.status_code == 400
    assert answer.json()["message"].endswith(".")
    assert said(moderator.post(reverse(DECIDE), fields, follow=True)).endswith(".")
    assert states() == ["held"]


@pytest.mark.parametrize("batch", ["00000000-0000-4000-8000-000000000000"])
def test_unknown_batch_is_not_undone(moderator, batch):
    assert moderator.post(reverse(UNDO, args=[batch]), headers=JSON).status_code == 409


def page_of(client: Client, comment: ReaderComment, list: str = "") -> str:
    answer = client.get(reverse(INSPECT, args=[comment.pk]), {"list": list} if list else {})
    return " ".join(unescape(answer.content.decode()).split())


def test_what_a_rule_matched_is_marked_by_code_points_and_named(moderator, ketamine):
    text = "\N{SLIGHTLY SMILING FACE} e\u0301 Take 50 mg & call 07700 900123."
    held = comment(ketamine, text=text)
    start = text.index("50 mg")
    Reason.objects.create(comment=held, rule="dosing", field="text", start=start, end=start + 5)
    start = text.index("mg & call")
    Reason.objects.create(comment=held, rule="odd_rule", field="text", start=start, end=start + 4)
    Reason.objects.create(comment=held, rule="crisis", field="text", start=900, end=990)
    marks = re.findall(r"<mark [^>]*>(.*?)</mark>", page_of(moderator, held))
    assert [re.sub(r"<[^>]+>", "", mark) for mark in marks] == [
        "Dosing advice: 50 ",
        "Dosing advice, Odd rule: mg",
        "Odd rule:  &",
    ]


def test_marks_keep_every_character_of_the_text():
    text = "BP < 120 & > 80 \U0001f642"
    reasons = [Reason(rule="a", start=0, end=3), Reason(rule="b", start=2, end=99)]
    assert "".join(piece.text for piece in pieces(text, reasons)) == text


def test_page_of_a_comment_tells_of_its_article(moderator, ketamine):
    now = timezone.now()
    for at in range(7):
        comment(
            ketamine,
            State.APPROVED,
            text=f"Voice early{at}",
            posted_at=now - dt.timedelta(days=9 - at),
        )
    comment(ketamine, State.REJECTED, text="Voice rejected", posted_at=now - dt.timedelta(days=5))
    held = comment(ketamine, text="Voice held", posted_at=now)
    shown = page_of(moderator, held)
    assert "What ketamine is." in shown
    assert "Takes comments." in shown
    assert [word for word in re.findall(r"Voice (\w+)", shown) if word.startswith("early")] == [
        "early2",
        "early3",
        "early4",
        "early5",
        "early6",
    ]
    assert "2 earlier, then:" in shown
    assert "Voice rejected" not in shown


def test_page_of_a_comment_says_when_the_article_changed_since(moderator, ketamine):
    ketamine.save_revision().publish()
    ketamine.refresh_from_db()
    held = comment(ketamine, revision=ketamine.live_revision_id)
    note = "The article changed since the reader wrote"
    assert note not in page_of(moderator, held)
    assert note not in page_of(moderator, comment(ketamine))  # nobody knows
    ketamine.save_revision().publish()
    assert note in page_of(moderator, held)


def test_page_of_a_comment_leads_to_others_of_its_network(moderator, ketamine):
    held = comment(ketamine, network="a1b2")
    assert "No other comment of the same network" in page_of(moderator, held)
    comment(ketamine, State.SPAM, network="a1b2", text="Voice other")
    assert "1 other comment of the same network" in page_of(moderator, held)
    comment(ketamine, network="c3d4", text="Voice elsewhere")
    [link] = re.findall(r'href="([^"]*network=a1b2)"', page_of(moderator, held))
    assert names_in(moderator.get(link)) == ["Voice other"]
    assert "same network" not in page_of(moderator, comment(ketamine))


def test_page_of_a_comment_tells_its_history(moderator, ketamine):
    held = comment(ketamine)
    told = decide_in_place(moderator, "reject", held, reason="Abusive").json()
    moderator.post(told["undo"])
    shown = page_of(moderator, held)
    assert "Became 'Rejected', by moderators. Reason: Abusive" in shown
    assert "Undone: 'To review' again, by moderators" in shown


@pytest.mark.parametrize("tab", ["held", "rejected", "all"])
def test_comments_are_walked_in_the_order_of_the_list(moderator, ketamine, tab):
    """Also where two came in one moment, and where others are left out by a filter."""
    state = State.REJECTED if tab == "rejected" else State.HELD
    now = timezone.now()
    for at in (2, 1, 1, 3):
        comment(ketamine, state, received_at=now - dt.timedelta(hours=at))
        comment(ketamine, state, text="Not this", received_at=now - dt.timedelta(hours=at))
    urgent = comment(ketamine, State.URGENT, received_at=now)
    here = f"{reverse(LIST)}?tab={tab}&q=thank"
    listed = [
        int(row) for row in re.findall(r'id="row-(\d+)"', moderator.get(here).content.decode())
    ]
    assert len(listed) == (5 if tab == "all" else 4)
    assert (urgent.pk in listed[:1]) == (tab == "all")

    def walk(number: int, rel: str) -> list[int]:
        shown = page_of(moderator, ReaderComment.objects.get(pk=number), here)
        links = re.findall(rf'href="[^"]*/inspect/(\d+)/[^"]*" rel="{rel}"', shown)
        return [number, *(walk(int(links[0]), rel) if links else [])]

    assert walk(listed[0], "next") == listed
    assert walk(listed[-1], "prev") == listed[::-1]


def test_decision_on_the_page_of_a_comment_goes_on_to_the_next_one(moderator, ketamine):
    first, second = comment(ketamine, text="Voice first"), comment(ketamine, text="Voice second")
    here = f"{reverse(LIST)}?tab=held&q=voice"
    shown = page_of(moderator, first, here)
    [onward] = re.findall(r'name="next" value="([^"]+)"', shown)
    [back] = re.findall(r'name="back" value="([^"]+)"', shown)
    answer = decide(moderator, "approve", first, next=onward, back=back)
    assert names_in(answer)[0] == "Voice second"
    [undo_url] = re.findall(r'action="([^"]+)"[^>]* data-undo>', answer.content.decode())
    [there] = re.findall(
        r'data-undo>.*?name="next" value="([^"]+)"', answer.content.decode(), re.DOTALL
    )
    undone = moderator.post(undo_url, {"next": unescape(there)}, follow=True)
    assert names_in(undone) == ["Voice first"]

    [onward] = re.findall(r'name="next" value="([^"]+)"', page_of(moderator, second, here))
    assert onward == here  # it was the last


def test_overtaken_decision_stays_on_the_page_of_the_comment(moderator, ketamine):
    held, after = comment(ketamine, text="Voice first"), comment(ketamine)
    decide(browser_of(MODERATORS, "anna"), "reject", held)
    pages = {
        "next": reverse(INSPECT, args=[after.pk]),
        "back": reverse(INSPECT, args=[held.pk]),
    }
    answer = decide(moderator, "approve", held, **pages)
    assert "changed by 'anna' meanwhile" in said(answer)
    assert names_in(answer) == ["Voice first"]


def test_first_page_of_the_admin_says_who_waits_and_how_long(moderator, ketamine):
    home = reverse("wagtailadmin_home")
    comment(ketamine, State.SPAM)
    assert "Open the queue" not in moderator.get(home).content.decode()
    comment(ketamine, received_at=timezone.now() - dt.timedelta(days=3))
    comment(ketamine, State.URGENT)
    shown = " ".join(moderator.get(home).content.decode().split())
    assert "2 reader comments wait, the oldest for 3 days." in shown
    assert "1 urgent reader comment<" in shown
    assert "Open the queue" not in browser_of(EDITORS).get(home).content.decode()


def test_editor_of_an_article_lists_its_comments(ketamine):
    root = Client()
    root.force_login(User.objects.create_superuser("root"))
    address = reverse("wagtailadmin_pages:edit", args=[ketamine.pk])
    assert "No reader wrote about this page yet." in root.get(address).content.decode()
    for at in range(7):
        comment(ketamine, text=f"Voice {at}", received_at=timezone.now() - dt.timedelta(hours=at))
    comment(ketamine, State.HIDDEN, received_at=timezone.now() - dt.timedelta(days=9))
    other = article(ketamine.get_parent(), slug="naloxone")
    comment(other, text="Voice elsewhere")
    answer = root.get(address)
    assert names_in(answer) == [f"Voice {at}" for at in range(5)]
    [link] = re.findall(r'href="([^"]+)">To review: 7</a>', answer.content.decode())
    assert "Hidden: 1</a>" in answer.content.decode()
    assert "comments/css/queue.css" in answer.content.decode()
    assert len(names_in(root.get(unescape(link)))) == 7

    editor = browser_of(EDITORS)
    shown = editor.get(address).content.decode()
    assert "Whether readers can send comments" in shown
    assert "Voice" not in shown


@pytest.mark.postgres
def test_on_postgres_two_moderators_of_the_same_comments_never_lock_up(on_postgres):
    """One approves both comments, the other meanwhile hides the second of them."""
    output = on_postgres(
        """
        import threading
        from django.db import connection
        from wagtail.models import Page
        from cms.comments.decisions import decide, decision_called
        from cms.comments.models import ReaderComment, State
        from tests.cms.comment_site import comment

        page = Page.objects.last()
        comments = [comment(page) for _ in range(2)]
        has_one, may_go_on = threading.Event(), threading.Event()
        whole, moved = ReaderComment.move_to, []

        def slow(self, *args, **kwargs):
            whole(self, *args, **kwargs)
            has_one.set()
            may_go_on.wait(0.5)

        def hide_the_second():
            has_one.wait(10)
            try:
                whole(comments[1], State.HIDDEN, by=None)
            except Exception as error:
                moved.append(type(error).__name__)
            connection.close()

        ReaderComment.move_to = slow
        other = threading.Thread(target=hide_the_second)
        other.start()
        decide({one.pk: 1 for one in comments}, decision_called("approve"), by=None)
        other.join()
        print(moved, [one.state for one in ReaderComment.objects.order_by("pk")])
        """
    )
    assert output.strip() == "[] ['approved', 'hidden']"


@pytest.mark.parametrize("group", [EDITORS, REVIEWERS])
def test_who_may_not_moderate_sees_no_name_on_the_way_to_a_decision(ketamine, group):
    held, client = comment(ketamine, name="Zebra"), browser_of(group)
    for code in ("approve", "reject", "spam", "hide", "erase"):
        assert b"Zebra" not in decide(client, code, held).content
        assert b"Zebra" not in decide_in_place(client, code, held).content
    wagtails_own = reverse("wagtail_bulk_action", args=["comments", "readercomment", "delete"])
    assert b"Zebra" not in client.get(f"{wagtails_own}?id={held.pk}", follow=True).content
    client.post(f"{wagtails_own}?id={held.pk}")
    held.refresh_from_db()
    assert (held.state, held.version) == (State.HELD, 1)


def test_each_decision_sends_a_signal_for_the_journal(moderator, ketamine):
    saved = []

    def remember(instance, **kwargs):
        saved.append((instance.pk, instance.state))

    post_save.connect(remember, sender=ReaderComment)
    try:
        comments = [comment(ketamine), comment(ketamine)]
        saved.clear()
        decide(moderator, "approve", *comments)
    finally:
        post_save.disconnect(remember, sender=ReaderComment)
    assert sorted(saved) == [(one.pk, "approved") for one in comments]


def test_erasing_asks_first_and_destroys_words_name_and_address(moderator, ketamine):
    shown = comment(ketamine, State.APPROVED, email="sam@example.org", signals=["honeypot"])
    asked = decide(moderator, "erase", shown)
    assert "This cannot be undone." in asked.content.decode()
    assert states() == ["approved"]
    answer = decide(moderator, "erase", shown, sure="yes")
    assert said(answer) == "1 comment erased."
    shown.refresh_from_db()
    assert (shown.state, shown.name, shown.text, shown.email) == (State.ERASED, "", "", "")
    assert shown.signals == []
    assert moderator.get(reverse(INSPECT, args=[shown.pk])).status_code == 200
    assert "Erased comment" in moderator.get(f"{reverse(LIST)}?tab=all").content.decode()


def test_erasing_in_place_is_refused_since_it_asks_first(moderator, ketamine):
    assert decide_in_place(moderator, "erase", comment(ketamine)).status_code == 400
    assert states() == ["held"]


def test_what_changed_while_it_was_asked_about_is_not_erased(moderator, ketamine):
    held = comment(ketamine)
    decide(browser_of(MODERATORS, "anna"), "approve", held)
    assert "changed by 'anna'" in said(decide(moderator, "erase", held, sure="yes"))
    assert states() == ["approved"]


def test_erasing_takes_a_permission_of_its_own(ketamine):
    user = User.objects.create_user("helper")
    user.user_permissions.add(
        *Permission.objects.filter(
            codename__in=["access_admin", "view_readercomment", "moderate_readercomment"]
        )
    )
    client = Client()
    client.force_login(user)
    held = comment(ketamine)
    for page in (f"{reverse(LIST)}?tab=held", reverse(INSPECT, args=[held.pk])):
        assert 'value="erase"' not in client.get(page).content.decode()
    decide(client, "erase", held, sure="yes")
    assert states() == ["held"]


def test_nobody_adds_or_edits_a_comment(ketamine):
    held = comment(ketamine)
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    for name, args in [("add", []), ("edit", [held.pk]), ("delete", [held.pk])]:
        address = reverse(f"wagtailsnippets_comments_readercomment:{name}", args=args)
        assert client.get(address).status_code in (302, 403), name
        client.post(address, {"name": "Changed", "text": "Changed"})
    held.refresh_from_db()
    assert (held.name, held.text) == ("Sam", "Thank you.")


def test_editors_do_not_see_comments_and_cannot_decide(ketamine):
    held, editor = comment(ketamine, name="Zebra"), browser_of(EDITORS)
    assert b"Zebra" not in editor.get(reverse(LIST), follow=True).content
    assert b"Zebra" not in editor.get(reverse(INSPECT, args=[held.pk]), follow=True).content
    decide(editor, "approve", held)
    held.refresh_from_db()
    assert held.state == State.HELD


def test_who_may_only_look_has_no_buttons(ketamine):
    user = User.objects.create_user("looker")
    user.user_permissions.add(
        *Permission.objects.filter(codename__in=["access_admin", "view_readercomment"])
    )
    client = Client()
    client.force_login(user)
    held = comment(ketamine)
    for page in (f"{reverse(LIST)}?tab=held", reverse(INSPECT, args=[held.pk])):
        shown = client.get(page).content.decode()
        assert "Thank you." in shown
        assert 'name="decision"' not in shown
        assert 'name="chosen"' not in shown
    decide(client, "approve", held)
    held.refresh_from_db()
    assert held.state == State.HELD


def test_decision_by_get_changes_nothing(moderator, ketamine):
    batch = comment(ketamine).move_to(State.APPROVED, by=None).batch
    assert moderator.get(reverse(DECIDE)).status_code == 405
    assert moderator.get(reverse(UNDO, args=[batch])).status_code == 405


PAYLOADS = [
    "<script>window.hit=1</script>",
    "<img src=x onerror=window.hit=1>",
    '"><svg onload=window.hit=1>',
    "'-window.hit=1-'",
    "{{ 7|add:7 }}{% csrf_token %}",
    "</textarea><script>window.hit=1</script>",
    "javascript:window.hit=1",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_markup_in_a_comment_is_text_in_the_queue(moderator, ketamine, payload):
    held = comment(ketamine, name=payload[:80], text=f"BP < 120 & > 80, {payload}")
    Reason.objects.create(comment=held, rule=payload[:30], field="text", start=3, end=9)
    pages = [
        moderator.get(f"{reverse(LIST)}?tab=held"),
        moderator.get(reverse(INSPECT, args=[held.pk])),
        decide(moderator, "erase", held),
        decide(moderator, "approve", held, next=f"{reverse(LIST)}?tab=approved"),
    ]
    for answer in pages:
        html = answer.content.decode()
        assert answer.status_code == 200
        assert payload in unescape(html)
        if "<" in payload:
            assert payload not in html


def test_deleted_page_keeps_no_comment_that_its_number_could_bring_back(ketamine):
    shown, old_number = comment(ketamine, State.APPROVED), ketamine.pk
    ketamine.delete()
    shown.refresh_from_db()
    assert (shown.text, shown.page_id) == ("Thank you.", None)
    assert not ReaderComment.objects.filter(page_id=old_number).exists()
    assert not ReaderComment.objects.publishable().exists()


def test_only_approved_comments_of_live_pages_are_publishable(ketamine):
    for state in State:
        comment(ketamine, state)
    draft = article(ketamine.get_parent(), slug="draft", live=False)
    comment(draft, State.APPROVED)
    assert [one.state for one in ReaderComment.objects.publishable()] == [State.APPROVED]


def test_nothing_held_is_in_any_public_answer(ketamine, settings):
    for state in set(State) - {State.APPROVED, State.ERASED}:
        comment(ketamine, state, name=f"Name{state}", text=f"Text {state} xylophone")
    comment(ketamine, State.APPROVED, email="quokka@example.org")
    client = Client()
    token = {"Authorization": f"Bearer {settings.PLAINLEAF_FEED_TOKEN}"}
    answers = [
        client.get("/api/v2/pages/?type=articles.ArticlePage&fields=*"),
        client.get(f"/api/v2/pages/{ketamine.pk}/?fields=*"),
        client.get("/api/export/v1/feed", headers=token),
        client.get("/api/comments/v1/"),
    ]
    bodies = [answer.getvalue().decode() for answer in answers]
    for body in bodies:
        assert "xylophone" not in body
        assert "quokka" not in body
    assert "Thank you." in bodies[2]


def test_comment_is_found_by_the_receipt_that_its_reader_has(ketamine, moderator):
    found = comment(ketamine, name="Findable")
    comment(ketamine, name="Another")
    address = f"{reverse(LIST)}?tab=all&q={shown(found.receipt).lower()}"
    html = moderator.get(address).content.decode()
    assert "Findable" in html
    assert "Another" not in html
