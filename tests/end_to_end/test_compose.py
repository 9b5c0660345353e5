"""Every service of docker-compose.yml does its part, started by its own command."""

from __future__ import annotations

import re
import secrets
import shutil
import signal
import time
from collections.abc import Iterator

import pytest
import requests

from frontend_export.headers import SECURITY_HEADERS
from tests.end_to_end.native_compose import NativeCompose
from tests.live import database_of_its_own

pytestmark = [pytest.mark.end_to_end, pytest.mark.postgres]

ADMIN_PASSWORD = secrets.token_urlsafe(16)
PAGE = "/medicines/ketamine/"


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    with database_of_its_own() as address:
        yield address


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> Iterator[NativeCompose]:
    """All services up, in the order of the file, with the sample content loaded."""
    for program in ("caddy", "wget"):
        if shutil.which(program) is None:
            pytest.skip(f"No {program} was found. Install the package '{program}' to run this.")
    variables = {
        name: secrets.token_urlsafe(48)
        for name in (
            "SECRET_KEY",
            "POSTGRES_PASSWORD",
            "PLAINLEAF_FEED_TOKEN",
            "PLAINLEAF_COMMENT_KEYS",
            "PLAINLEAF_PAGE_KEYS",
        )
    } | {
        "DJANGO_SUPERUSER_USERNAME": "admin",
        "DJANGO_SUPERUSER_EMAIL": "admin@example.org",
        "DJANGO_SUPERUSER_PASSWORD": ADMIN_PASSWORD,
        "PLAINLEAF_ALLOW_SAMPLE_CONTENT": "true",
    }
    folder = tmp_path_factory.mktemp("compose")
    with NativeCompose(folder, database_url=database_url, variables=variables) as compose:
        # The Dockerfile does this when the image is built.
        compose.run("cms", "python", "manage.py", "collectstatic", "--no-input", "--verbosity=0")
        compose.run("setup")
        compose.run("setup", "python", "manage.py", "load_content")
        for service in ("cms", "worker", "scheduler", "exporter", "edge", "web"):
            compose.up(service)
        wait_for(lambda: read(compose, PAGE).status_code == 200, f"{PAGE} is not served", compose)
        yield compose


def test_a_reader_gets_the_page_with_the_headers_of_the_release(site: NativeCompose) -> None:
    answer = read(site, PAGE)

    assert answer.text.count("<h1") == 1
    assert {name: answer.headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert answer.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert "Set-Cookie" not in answer.headers


def test_files_named_by_their_bytes_are_kept_by_browsers(site: NativeCompose) -> None:
    stylesheet = re.search(r'href="(/assets/[^"]+\.css)"', read(site, PAGE).text)
    assert stylesheet

    answer = read(site, stylesheet[1])
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Type"].startswith("text/css")


def test_a_missing_page_is_the_sites_own_404(site: NativeCompose) -> None:
    answer = read(site, "/no/such/page/")

    assert answer.status_code == 404
    assert answer.content == (site.folder / "data/public/current/404.html").read_bytes()
    assert answer.headers["Cache-Control"] == "public, max-age=0, must-revalidate"


def test_the_edge_answers_for_previews(site: NativeCompose) -> None:
    answer = read(site, "/preview?token=wrong")

    assert answer.status_code == 404
    assert "There is no such preview" in answer.text
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_hashed_file_that_nobody_knows_is_404(site: NativeCompose) -> None:
    assert read(site, "/images/0123456789abcdef.webp").status_code == 404


@pytest.mark.parametrize("path", ["/_headers", "/_redirects"])
def test_files_for_other_hosts_are_not_served(site: NativeCompose, path: str) -> None:
    assert read(site, path).status_code == 404


def test_a_comment_sent_through_the_public_port_becomes_one_row(site: NativeCompose) -> None:
    form = read(site, PAGE).text
    fields = dict(
        re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form)
    )
    text = f"Thank you, this helped me. {secrets.token_hex(8)}"

    answer = requests.post(
        address(site, "/comments"),
        headers={"Host": site_host(site), "Origin": f"http://{site_host(site)}"},
        data={**fields, "name": "Sam", comment_field(form): text},
        allow_redirects=False,
        timeout=10,
    )

    assert answer.status_code == 303, answer.text
    count = (
        "from cms.comments.models import ReaderComment; "
        f"print(ReaderComment.objects.filter(text={text!r}).count())"
    )
    shell = ("python", "manage.py", "shell", "--verbosity=0", "--command", count)
    wait_for(lambda: site.run("cms", *shell).strip() == "1", "the comment did not arrive", site)


def test_the_first_administrator_logs_in_on_the_admins_host(site: NativeCompose) -> None:
    host = f"admin.localhost:{site.ports['web']}"
    with requests.Session() as session:
        session.headers["Host"] = host
        login_page = session.get(address(site, "/admin/login/"), timeout=10)
        assert login_page.status_code == 200
        stylesheet = re.search(r'href="(/static/[^"]+\.css)"', login_page.text)
        assert stylesheet
        assert session.get(address(site, stylesheet[1]), timeout=10).status_code == 200

        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', login_page.text)
        assert token
        # The cookies are for a host name that only the header knows.
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in session.cookies)
        answer = session.post(
            address(site, "/admin/login/"),
            headers={"Cookie": cookies, "Origin": f"http://{host}"},
            data={
                "csrfmiddlewaretoken": token[1],
                "username": "admin",
                "password": ADMIN_PASSWORD,
                "next": "/admin/",
            },
            allow_redirects=False,
            timeout=10,
        )
    assert (answer.status_code, answer.headers.get("Location")) == (302, "/admin/")


def test_what_the_exporter_and_the_edge_read_is_not_public(site: NativeCompose) -> None:
    host = {"Host": f"admin.localhost:{site.ports['web']}"}
    for path in ("/api/export/v1/feed", "/api/comments/v1/"):
        assert requests.get(address(site, path), headers=host, timeout=10).status_code == 404


def test_the_admin_is_not_on_the_readers_host(site: NativeCompose) -> None:
    assert read(site, "/admin/").status_code == 404


def test_an_unknown_host_name_is_refused(site: NativeCompose) -> None:
    answer = requests.get(address(site, "/"), headers={"Host": "example.com"}, timeout=10)
    assert answer.status_code == 421


@pytest.mark.parametrize("service", ["cms", "worker", "scheduler", "exporter", "edge", "web"])
def test_health_check_of_a_running_service_passes(site: NativeCompose, service: str) -> None:
    site.wait_until_healthy(service)


@pytest.mark.parametrize("service", ["worker", "scheduler", "exporter", "edge", "cms", "web"])
def test_service_ends_cleanly_when_it_is_asked_to(site: NativeCompose, service: str) -> None:
    # uvicorn closes everything, then ends by the signal itself
    assert site.stop(service) in {0, -signal.SIGTERM}
    assert "Traceback" not in site.log(service).read_text()
    site.up(service)
    site.wait_until_healthy(service)


def read(site: NativeCompose, path: str) -> requests.Response:
    headers = {"Host": site_host(site)}
    return requests.get(address(site, path), headers=headers, allow_redirects=False, timeout=10)


def address(site: NativeCompose, path: str) -> str:
    return f"http://127.0.0.1:{site.ports['web']}{path}"


def site_host(site: NativeCompose) -> str:
    return f"localhost:{site.ports['web']}"


def comment_field(form: str) -> str:
    name = re.search(r'<textarea[^>]*\bname="([^"]+)"', form)
    assert name
    return name[1]


def wait_for(condition, sentence: str, site: NativeCompose) -> None:
    deadline = time.monotonic() + 60
    while not holds(condition):
        logs = "\n".join(
            f"{service}: {site.log(service).read_text()[-1500:]}" for service in site.processes
        )
        assert time.monotonic() < deadline, f"{sentence}.\n{logs}"
        time.sleep(0.3)


def holds(condition) -> bool:
    try:
        return condition()
    except requests.ConnectionError:
        return False  # the web server is not up yet
