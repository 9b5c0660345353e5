"""The command line: what a person and a machine see, and the exit codes."""

from __future__ import annotations

import gc
import json
import logging
import socket
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Future

import pytest
from click.testing import CliRunner, Result

from frontend_export.__main__ import run as command_line
from frontend_export.cli import main
from frontend_export.edge.spool import Spool
from frontend_export.pipeline.publish import locked_releases

from .fake_cms import TOKEN, cms, image, image_block, page, rich_text, settings_for

HOME = page(1, "/")
ABOUT = page(2, "/about/")


@pytest.fixture
def fake():
    with cms(HOME, ABOUT) as fake:
        yield fake


@pytest.fixture
def run(fake, tmp_path) -> Callable[..., Result]:
    def run(*arguments: str, **changes: str | None) -> Result:
        environment = {
            "PLAINLEAF_CMS_URL": fake.url,
            "PLAINLEAF_FEED_TOKEN": TOKEN,
            "PLAINLEAF_SITE_URL": "https://plainleaf.example",
            "PLAINLEAF_OUTPUT_DIR": str(tmp_path / "public"),
            "PLAINLEAF_SEARCH": "false",
            "PLAINLEAF_STATE_DIR": str(tmp_path / "state"),
            "PLAINLEAF_SPOOL_DIR": str(tmp_path / "spool"),
        }
        return CliRunner().invoke(main, arguments, env=environment | changes)

    return run


def test_export_says_what_it_did(run):
    result = run("export")
    assert result.exit_code == 0
    assert "is served now: 2 pages;" in result.stdout
    assert result.stderr == ""


def test_json_report_is_the_only_thing_on_stdout(run):
    first = json.loads(run("export", "--json").stdout)
    second = json.loads(run("export", "--json").stdout)
    assert (first["switched"], first["pages"], first["findings"]) == (True, 2, [])
    assert (second["switched"], second["rendered"], second["kept"]) == (False, 0, first["rendered"])
    assert second["release"] == first["release"]
    assert {"removed", "seconds", "cursor", "next_change_at", "pinned"} <= second.keys()


def test_missing_setting_is_named_with_exit_code_2(run):
    result = run("export", PLAINLEAF_SITE_URL=None)
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: PLAINLEAF_SITE_URL is missing. Set it in the")


@pytest.mark.parametrize("source", ["cms", "pages-api"])
@pytest.mark.parametrize("command", [["check"], ["server-config", "nginx"]])
def test_command_that_asks_no_cms_needs_no_setting_of_one(run, command, source):
    run("export")
    nothing = {"PLAINLEAF_CMS_URL": None, "PLAINLEAF_FEED_TOKEN": None}
    result = run(*command, **nothing, PLAINLEAF_SOURCE=source)
    assert result.exit_code == 0, result.stderr


@pytest.mark.parametrize("command", ["releases", "rollback", "resume", "parked"])
def test_command_that_reads_no_address_needs_none(run, command):
    run("export")
    run("export", "--site-url", "https://other.example")
    nothing = dict.fromkeys(
        ("PLAINLEAF_CMS_URL", "PLAINLEAF_FEED_TOKEN", "PLAINLEAF_SITE_URL"), None
    )
    result = run(command, **nothing)
    assert result.exit_code == 0, result.stderr


@pytest.mark.parametrize("command", [["check"], ["server-config", "nginx"]])
def test_command_that_reads_addresses_needs_that_of_the_site(run, command):
    result = run(*command, PLAINLEAF_CMS_URL=None, PLAINLEAF_SITE_URL=None)
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: PLAINLEAF_SITE_URL is missing. Set it in the")


@pytest.mark.parametrize(
    ("variable", "value", "why"),
    [
        ("PLAINLEAF_CMS_URL", "ftp://cms.example", "must start with http:// or https://"),
        ("PLAINLEAF_CMS_URL", "http://[::1", "Invalid IPv6 URL"),
        ("PLAINLEAF_CMS_URL", "http://cms.example:99999", "Port out of range"),
        ("PLAINLEAF_SITE_URL", "https://plain leaf.example", "must not have spaces"),
        ("PLAINLEAF_SITE_URL", "https://plainleaf.example/?a", "without '?' or '#'"),
        (
            "PLAINLEAF_THEME_DIR",
            "/no/theme",
            "has none of the folders 'templates', 'static' and 'locale'",
        ),
        ("PLAINLEAF_FEED_TOKEN", "clé€", "must be ASCII"),
        ("PLAINLEAF_FEED_TOKEN", "one\ntwo", "must be ASCII without spaces or line ends"),
    ],
)
def test_setting_that_cannot_work_is_named_with_exit_code_2(run, variable, value, why):
    result = run("export", **{variable: value})
    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: {variable}: ")
    assert "Value error" not in result.stderr  # what pydantic says of a validator of ours
    assert why in result.stderr
    assert value not in result.stderr or "TOKEN" not in variable


def test_option_overrides_the_environment(run, tmp_path):
    assert run("export", "--output-dir", str(tmp_path / "elsewhere")).exit_code == 0
    assert (tmp_path / "elsewhere/current/index.html").exists()


def test_unreadable_cms_is_one_line_and_exit_code_3(run, fake):
    fake.token = "another"
    result = run("export")
    assert result.exit_code == 3
    assert result.stderr.startswith("Error: The CMS refused the token")
    assert len(result.stderr.splitlines()) == 1


def test_cms_that_is_down_is_one_line(run, caplog):
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    result = run("export", PLAINLEAF_CMS_URL=url)
    assert result.stderr == (
        f"Error: Could not read '{url}/api/export/v1/feed' from the CMS: Connection refused. "
        "Start the CMS, or set PLAINLEAF_CMS_URL to where it runs.\n"
    )
    assert [one for one in caplog.records if one.levelno > logging.DEBUG] == []
    run("export", "-v", PLAINLEAF_CMS_URL=url)
    assert f"The CMS was not told of this export: Could not read '{url}/api/export/v1/runs'" in (
        caplog.text
    )


def test_cms_that_was_not_told_of_a_new_site_is_a_warning(run, fake, caplog):
    fake.takes_reports = False
    assert run("export").exit_code == 0
    assert "WARNING" in caplog.text
    assert "The CMS was not told of this export: " in caplog.text


def test_error_is_json_where_json_was_asked_for(run, fake):
    fake.cut_after = 2
    result = run("export", "--json")
    answer = json.loads(result.stdout)
    assert result.exit_code == answer["exit_code"] == 3
    assert "cut before its end" in answer["error"]


def test_verbose_adds_the_traceback(run, fake):
    fake.token = "another"
    result = run("export", "-v")
    assert "Traceback (most recent call last)" in result.stderr


def test_refused_content_is_exit_code_4(run, fake):
    fake.publish(page(3, "/ABOUT/"))
    result = run("export")
    assert result.exit_code == 4
    assert "Pages 2 and 3 both want 'ABOUT/index.html'. Change one slug." in result.stderr


def test_page_that_was_held_back_is_reported_with_exit_code_4_after_the_rest(run, fake):
    fake.publish(page(3, "/x/", body=[image_block(7)]), image(7, url="/gone.png"))
    result = run("export")
    assert result.exit_code == 4
    assert "refused: Page 3 '/x/' stays out: image 7" in result.stderr
    assert "is served now: 2 pages" in result.stdout


def test_warning_says_on_which_page(run, fake):
    fake.publish(page(3, "/x/", body=[rich_text('<p><a linktype="page" id="99">there</a></p>')]))
    warned = (
        "warning: '/x/': Block 1 (rich_text) of page 3: A link to page '99' was taken out and its "
        "text kept"
    )
    assert run("export").stderr.startswith(warned)


def test_unusable_output_is_exit_code_5(run, tmp_path):
    (tmp_path / "file").write_text("")
    result = run("export", "--output-dir", str(tmp_path / "file"))
    assert result.exit_code == 5
    assert f"'{tmp_path / 'file'}'" in result.stderr


def test_running_export_is_exit_code_6(run, fake, tmp_path):
    run("export")
    with locked_releases(settings_for(fake, tmp_path)):
        result = run("export")
    assert result.exit_code == 6
    assert "Another export is running on" in result.stderr


def test_dry_run_lists_paths(run, fake):
    run("export")
    assert run("export", "--dry-run").stdout == "Nothing would change.\n"
    fake.unpublish("page", 2)
    assert "remove about/index.html" in run("export", "--dry-run").stdout.splitlines()


def test_rollback_and_resume(run, fake):
    first = json.loads(run("export", "--json").stdout)["release"]
    fake.publish(ABOUT | {"title": "About us"})
    run("export")
    assert f"held at release '{first}'" in run("rollback").stdout
    assert "served pinned" in run("releases").stdout
    fake.publish(ABOUT | {"title": "About all of us"})
    assert f"is not served: the site is held at '{first}'" in run("export").stdout
    assert run("resume").stdout.startswith("The next export moves the site on: run '")
    assert "is served now" in run("export").stdout
    listed = json.loads(run("releases", "--json").stdout)["releases"]
    assert [one["is_current"] for one in listed] == [True, False, False]


def test_parked_comments_are_listed_without_their_words_and_sent_again(run, tmp_path):
    spool = Spool(tmp_path / "spool", most_comments=9, most_bytes=999)
    spool.accept(
        "6f1c", page="key/en", digest="d", body=b'{"text": "Zebra"}', received_at=0, answer=Future()
    )
    spool.settle(parked={1: "the CMS answered 422, 'conflict'"})
    listed = run("parked")
    assert listed.stdout == (
        "6f1c  1970-01-01T00:00:00+00:00  page key/en: the CMS answered 422, 'conflict'\n"
    )
    assert listed.stderr == "1 comment is parked.\n"
    assert spool.due(0) == []
    sent = run("parked", "--resend", "--json")
    [one] = json.loads(sent.stdout)["parked"]
    assert set(one) == {"id", "page", "received_at", "refusal"}
    assert one["id"] == "6f1c"
    assert json.loads(sent.stdout)["resent"] is True
    (waiting,) = spool.due(0)
    assert waiting and waiting.id == "6f1c"
    assert run("parked", "--resend").stderr == "No comment is parked.\n"
    spool.close()


def test_parked_comment_is_read_by_a_person_and_dropped(run, tmp_path):
    spool = Spool(tmp_path / "spool", most_comments=9, most_bytes=999)
    for at, id in enumerate(("6f1c", "7a2d"), 1):
        body = f'{{"text": "Zebra {at}"}}'.encode()
        spool.accept(id, page="key/en", digest="d", body=body, received_at=0, answer=Future())
    spool.settle(parked={1: "it is damaged", 2: "it is damaged"})
    assert '\n  {"text": "Zebra 2"}\n' in run("parked", "--words").stdout
    told = json.loads(run("parked", "--words", "--json").stdout)["parked"]
    assert [one["line"] for one in told] == ['{"text": "Zebra 1"}', '{"text": "Zebra 2"}']
    assert run("parked", "--drop", "6f1c").stderr == "1 comment is parked.\n"
    again = run("parked", "--drop", "6f1c")
    assert again.exit_code == 2
    assert "No comment '6f1c' is parked." in again.stderr
    assert [one.id for one in spool.parked()] == ["7a2d"]
    spool.close()


def test_spool_that_cannot_be_read_is_exit_code_5(run, tmp_path):
    (tmp_path / "spool").mkdir()
    (tmp_path / "spool" / "comments.sqlite3").write_bytes(b"nothing of ours" * 100)
    result = run("parked")
    assert result.exit_code == 5
    assert "cannot be opened" in result.stderr


def test_unknown_release_is_named(run):
    run("export")
    result = run("rollback", "20200101T000000Z-00000000")
    assert result.exit_code == 5
    assert "There is no release '20200101T000000Z-00000000'" in result.stderr


def test_check_of_a_good_site_finds_nothing(run):
    run("export")
    assert json.loads(run("check", "--json").stdout) == {"problems": []}
    assert run("check").exit_code == 0


def test_check_of_a_bad_site_is_exit_code_4(run, tmp_path):
    run("export")
    (tmp_path / "public/current/about/index.html").write_text("<h1>x</h1><a href='/nowhere/'>y</a>")
    result = run("check", "--json")
    assert result.exit_code == 4
    assert {"file": "about/index.html", "problem": "links to nothing", "value": "/nowhere/"} in (
        json.loads(result.stdout)["problems"]
    )


@pytest.mark.parametrize("release", ["..", ".", "/etc", "../../state", "nope"])
def test_check_of_what_is_no_release_says_so(run, release):
    run("export")
    result = run("check", release)
    assert result.exit_code == 5
    assert f"There is no release '{release}'." in result.stderr


def test_file_where_the_output_must_be_is_named(run, tmp_path):
    (tmp_path / "public").write_text("mine")
    result = run("export")
    assert result.exit_code == 5
    assert f"'{tmp_path / 'public'}'" in result.stderr
    assert "Move away the file" in result.stderr


def test_check_before_an_export_says_so(run):
    result = run("check")
    assert result.exit_code == 5
    assert "Run 'frontend-export export'" in result.stderr


def test_program_looks_for_garbage_again_once_it_is_imported(monkeypatch):
    monkeypatch.setattr("sys.argv", ["frontend-export", "--version"])
    with pytest.raises(SystemExit, match="0"):
        command_line()
    assert gc.isenabled()


def ended_by(*arguments, before="pass"):
    """What a process of its own says that has this command line."""
    program = f"import sys; sys.argv[1:] = {arguments!r}; {before}; import frontend_export.__main__"
    return subprocess.run(
        [sys.executable, "-c", f"{program} as program; program.main()"],
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_process_ends_with_all_said_and_its_exit_code():
    done = ended_by("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert "version" in done.stdout
    wrong = ended_by("export", "--no-such-option")
    assert wrong.returncode == 2
    assert "--no-such-option" in wrong.stderr


def test_process_ends_what_others_left_to_its_end_and_takes_no_value_apart():
    value = "Value = type('Value', (), {'__del__': lambda self: print('apart')}); kept = Value()"
    done = ended_by("--version", before=f"import atexit; atexit.register(print, 'end'); {value}")
    assert done.stdout.splitlines()[1:] == ["end"]
    assert done.returncode == 0


def test_process_that_leaves_a_thread_behind_waits_for_it():
    late = "import threading; threading.Timer(1, print, ['late']).start()"
    assert ended_by("--version", before=late).stdout.endswith("late\n")
