"""Changes the site while somebody reads its API, when a test has asked for it."""

from pathlib import Path

from wagtail.models import Page

PLAN = Path(__file__).parent.parent / "meddle"


class Meddling:
    """The file ``meddle`` holds one sign for each change to make, the next one after each list of
    pages from an offset: "-" unpublishes the oldest post, "+" publishes the one called "late",
    "." leaves all as it is."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        answer = self.get_response(request)
        is_list = request.path.endswith("/pages/") and request.GET.get("offset", "0") != "0"
        if is_list and PLAN.exists():
            todo = PLAN.read_text()
            PLAN.write_text(todo[1:])
            if todo[:1] == "-":
                Page.objects.live().filter(slug__startswith="post-").order_by("id")[0].unpublish()
            elif todo[:1] == "+":
                Page.objects.get(slug="late").specific.save_revision().publish()
        return answer


def undo():
    """All posts as they were."""
    Page.objects.filter(slug__startswith="post-").update(live=True)
    Page.objects.filter(slug="late").update(live=False)
