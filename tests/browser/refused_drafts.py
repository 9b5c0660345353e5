"""A draft for each fault that must keep an article from going live, and one without any."""

from __future__ import annotations

from tests.live import Stack

WITHOUT_FAULT = "Without a fault"

# Below a topic of their own; where people decide, Ada is the reviewer, and they wait for her.
PREPARE = """
from django.contrib.auth.models import User
from cms.articles.models import Person
from tests.cms.feed_site import topic
from tests.cms.review_site import submit
from tests.cms.safety.articles import FAULTS, doctor, faulty_article, fit_article
from tests.cms.safety.test_doors import schedule

parent = topic(SLUG)
ada, eve = Person.objects.filter(user__username="ada").first(), User.objects.filter(username="eve")
fields = {"reviewer": ada or doctor(), "owner": eve.first()}
pages = [fit_article(parent, f"{SLUG}-without", title=WITHOUT_FAULT, **fields)]
for number, fault in enumerate(FAULTS):
    named = {"slug": f"{SLUG}-{number}", "title": fault.capitalize()}
    pages.append(faulty_article(fault, parent=parent, **named, **fields)[0])
for page in pages:
    if DOOR == "schedule":
        schedule(page, django.utils.timezone.now() - datetime.timedelta(minutes=1))
    if DOOR == "workflow":
        submit(page, eve.get())
print(parent.pk)
"""


def make_drafts(stack: Stack, slug: str, door: str = "") -> str:
    """Judged by the rules, unlike what ``Stack.shell`` makes; the id of the topic they are below.

    ``door`` is ``"schedule"`` for drafts whose day has come, ``"workflow"`` for those that eve
    submitted to ada.
    """
    names = f"SLUG, WITHOUT_FAULT, DOOR = {slug!r}, {WITHOUT_FAULT!r}, {door!r}\n"
    code = f"import datetime, django.utils.timezone\n{names}{PREPARE}"
    return stack.manage("shell", "--verbosity=0", "--command", code).strip().splitlines()[-1]


def said_of_faults() -> dict[str, str]:
    """By title of a draft, the number of the rule that refuses it."""
    from tests.cms.safety.articles import FAULTS  # needs Django, which the pictures do without

    return {fault.capitalize(): rule for fault, (_, rule) in FAULTS.items()}
