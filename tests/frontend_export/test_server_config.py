"""The configuration as text. What real servers make of it: ``tests/end_to_end/test_servers.py``."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from frontend_export.cli import main
from frontend_export.config import Settings
from frontend_export.errors import SettingsError
from frontend_export.headers import SEARCH_PATH, SECURITY_HEADERS, content_security_policy
from frontend_export.targets.server_config import SERVERS, server_config

ENVIRONMENT = {"PLAINLEAF_CMS_URL": "http://cms.internal", "PLAINLEAF_FEED_TOKEN": "token"}


def settings(site_url: str = "https://example.org/health", output_dir: str = "/srv/public"):
    return Settings(
        cms_url="http://cms.internal:8000",
        feed_token="token",
        site_url=site_url,
        output_dir=Path(output_dir),
    )


@pytest.mark.parametrize("server", SERVERS)
def test_root_passes_through_the_link_and_no_placeholder_is_left(server):
    text = server_config(server, settings())
    assert '"/srv/public/current' in text
    assert "%{" not in text
    assert all(line == line.rstrip() for line in text.splitlines())


@pytest.mark.parametrize("server", SERVERS)
def test_every_file_has_every_security_header(server):
    text = server_config(server, settings())
    for name, value in SECURITY_HEADERS.items():
        assert value in text
        assert f'{name} "' in text


@pytest.mark.parametrize("server", SERVERS)
def test_site_of_https_says_that_it_is_always_one(server):
    name = "Strict-Transport-Security"
    assert f'{name} "max-age=31536000; includeSubDomains"' in server_config(server, settings())
    assert name not in server_config(server, settings("http://localhost:8080"))
    taken_back = settings().model_copy(update={"hsts": "max-age=0"})
    assert f'{name} "max-age=0"' in server_config(server, taken_back)


@pytest.mark.parametrize("server", SERVERS)
def test_search_alone_may_run_web_assembly(server):
    lines = [line for line in server_config(server, settings()).splitlines() if "unsafe" in line]
    assert len(lines) == 1
    assert content_security_policy(SEARCH_PATH) in lines[0]


@pytest.mark.parametrize("server", SERVERS)
def test_nothing_behind_the_site_is_named(server):
    assert "cms.internal" not in server_config(server, settings())


def test_site_of_https_has_its_certificate():
    assert "listen 443 ssl" in server_config("nginx", settings())
    assert "live/example.org/fullchain.pem" in server_config("nginx", settings())
    assert "\nhttps://example.org {\n" in server_config("caddy", settings())


def test_plain_http_leads_to_the_same_place_by_tls():
    _, plain = server_config("nginx", settings("https://example.org:8443/health")).split(
        "# Whoever comes without TLS"
    )
    assert "    listen 80;\n    listen [::]:80;\n    server_name example.org;\n" in plain
    assert '    return 301 "https://example.org:8443$request_uri";\n}\n' in plain
    assert "Strict-Transport-Security" not in plain  # which nobody may say without TLS


@pytest.mark.parametrize(
    ("site_url", "listen"), [("https://example.org", "8081"), ("http://example.org:8082", "")]
)
def test_site_without_tls_of_its_own_has_one_server(site_url, listen):
    text = server_config("nginx", settings(site_url), listen=listen)
    assert text.count("server {") == 1
    assert "listen 80;" not in text


def test_behind_a_proxy_it_is_plain_http():
    nginx = server_config("nginx", settings(), listen="127.0.0.1:8081")
    caddy = server_config("caddy", settings(), listen="127.0.0.1:8081")
    assert "listen 127.0.0.1:8081;" in nginx
    assert "ssl" not in nginx
    assert "\nhttp://example.org:8081 {\n\tbind 127.0.0.1\n" in caddy


@pytest.mark.parametrize("server", SERVERS)
def test_site_alone_passes_nothing_on(server):
    text = server_config(server, settings(), edge="")
    assert "proxy" not in text.replace("gzip_proxied", "")
    assert "/comments" not in text


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("output_dir", ["/srv/$HOME", '/srv/"', "/srv/{a}", "/srv/*"])
def test_path_that_a_server_would_not_take_literally_is_refused(server, output_dir):
    with pytest.raises(SettingsError, match="PLAINLEAF_OUTPUT_DIR has the character"):
        server_config(server, settings(output_dir=output_dir))


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("option", ["listen", "edge"])
@pytest.mark.parametrize("value", ["http://127.0.0.1:8080", "127.0.0.1 8080", "8080; }"])
def test_address_that_a_server_would_not_take_is_refused_by_its_option(server, option, value):
    with pytest.raises(SettingsError, match=f"--{option} '{value}' is no address and port"):
        server_config(server, settings(), **{option: value})


def test_command_prints_the_configuration():
    ran = CliRunner().invoke(
        main,
        ["server-config", "caddy", "--site-url", "http://example.org", "--no-edge"],
        env=ENVIRONMENT,
    )
    assert (ran.exit_code, "\nhttp://example.org {\n" in ran.stdout) == (0, True)
    assert "reverse_proxy" not in ran.stdout
