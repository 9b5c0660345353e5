"""docker-compose.yml keeps its promises, whether or not an engine is at hand to run it."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from frontend_export.config import ENVIRONMENT_PREFIX, Settings
from frontend_export.headers import SECURITY_HEADERS

REPOSITORY = Path(__file__).parents[2]
COMPOSE_TEXT = (REPOSITORY / "docker-compose.yml").read_text("utf-8")
COMPOSE = yaml.safe_load(COMPOSE_TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
EXAMPLE = (REPOSITORY / ".env.example").read_text("utf-8")
SECRETS = {
    *("SECRET_KEY", "POSTGRES_PASSWORD"),
    *("PLAINLEAF_FEED_TOKEN", "PLAINLEAF_COMMENT_KEYS", "PLAINLEAF_PAGE_KEYS"),
}

every_service = pytest.mark.parametrize("name", SERVICES)


@every_service
def test_service_runs_without_rights(name: str) -> None:
    service = SERVICES[name]
    uid = int(service["user"].split(":")[0])
    assert uid > 0
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True
    assert "privileged" not in service


@every_service
def test_service_has_a_health_check_unless_it_ends(name: str) -> None:
    service = SERVICES[name]
    if service["restart"] == "no":
        waiting = [
            other["depends_on"][name] for other in SERVICES.values() if name in depends(other)
        ]
        assert waiting
        assert all(how == {"condition": "service_completed_successfully"} for how in waiting)
    else:
        assert service["restart"] == "unless-stopped"
        assert service["healthcheck"]["test"][0] == "CMD"


@every_service
def test_service_waits_only_for_conditions_that_can_come_true(name: str) -> None:
    for other, how in depends(SERVICES[name]).items():
        if how["condition"] == "service_healthy":
            assert "healthcheck" in SERVICES[other]


def test_only_the_web_server_is_published_and_on_one_port() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert list(published) == ["web"]
    assert len(published["web"]) == 1


def test_the_database_is_reached_from_no_network_but_its_own() -> None:
    assert SERVICES["postgres"]["networks"] == ["database"]
    assert COMPOSE["networks"]["database"] == {"internal": True}
    assert "database" not in SERVICES["web"]["networks"]
    assert "database" not in SERVICES["edge"]["networks"]
    assert "database" not in SERVICES["exporter"]["networks"]


@pytest.mark.parametrize("secret", sorted(SECRETS))
def test_secret_has_no_default_and_a_message(secret: str) -> None:
    uses = re.findall(r"\$\{" + secret + r"(\W.*?)\}", COMPOSE_TEXT)
    assert uses
    assert set(uses) == {f":?Set {secret} in .env."}
    assert f"\n{secret}=\n" in EXAMPLE


def test_every_variable_is_explained_in_the_example() -> None:
    used = set(re.findall(r"\$\{([A-Z_]+)", COMPOSE_TEXT))
    offered = set(re.findall(r"^([A-Z_]+)=", EXAMPLE, flags=re.MULTILINE))
    assert used == offered


def test_the_exporter_knows_every_setting_it_is_given() -> None:
    known = {f"{ENVIRONMENT_PREFIX}{name.upper()}" for name in Settings.model_fields}
    for name in ("exporter", "edge"):
        assert set(SERVICES[name]["environment"]) <= known


@pytest.mark.parametrize("field", Settings.model_fields)
def test_every_setting_of_the_exporter_is_explained_to_operators(field: str) -> None:
    name = f"{ENVIRONMENT_PREFIX}{field.upper()}"
    assert f"`{name}`" in (REPOSITORY / "docs" / "operators.md").read_text("utf-8")


def test_no_service_sees_the_current_release_but_through_its_folder() -> None:
    mounts = [mount for service in SERVICES.values() for mount in service.get("volumes", [])]
    assert mounts
    assert not any("current" in mount for mount in mounts)


def test_readers_files_can_be_written_by_the_exporter_alone() -> None:
    writers = [
        name for name, service in SERVICES.items() if "public:/data/public" in service["volumes"]
    ]
    assert writers == ["exporter"]


def test_every_volume_of_ours_belongs_to_the_user_of_the_image() -> None:
    dockerfile = (REPOSITORY / "Dockerfile").read_text("utf-8")
    made = re.search(r"install -d -o 10001 -g 10001 (.*)", dockerfile)
    assert made
    for service in SERVICES.values():
        for mount in service["volumes"]:
            if mount.split(":")[1].startswith("/data"):
                assert mount.split(":")[1] in made[1].split()


@pytest.mark.parametrize(("header", "value"), SECURITY_HEADERS.items())
def test_the_web_server_sends_the_headers_of_the_release(header: str, value: str) -> None:
    caddyfile = (REPOSITORY / "deploy" / "Caddyfile").read_text("utf-8")
    assert f'\t{header} "{value}"\n' in caddyfile


def depends(service: dict[str, Any]) -> dict[str, dict[str, str]]:
    conditions: dict[str, dict[str, str]] = service.get("depends_on", {})
    return conditions
