"""Changes the site while somebody reads its API, when a test has asked for it."""

from pathlib import Path

from wagtail.models import Page

PLAN = Path(__file__).parent.parent / "meddle"


class Meddling:
    """The file ``meddle`` holds one character for each change to make, the next one at each list of
    pages from an offset: "-" unpublishes the oldest post, "+" publishes one that was unpublished,
    "." leaves all as it is."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        answer = self.get_response(request)
        if (
            PLAN.exists()
            and request.path.endswith("/pages/")
            and request.GET.get("offset", "0") != "0"
        ):
            todo = PLAN.read_text()
            PLAN.write_text(todo[1:])
            posts = Page.objects.filter(slug__startswith="post-")
            if todo[:1] == "-":
                posts.live().order_by("id").first().unpublish()
            elif todo[:1] == "+":
                posts.not_live().order_by(
                    "-id"
                ).first().get_latest_revision_as_object().save_revision().publish()
        return answer
