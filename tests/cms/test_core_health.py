import pytest
from django.db import connection
from django.test import Client


def test_a_running_process_is_alive():
    assert Client().get("/healthz").json() == {"status": "ok"}


@pytest.mark.django_db
def test_a_migrated_database_is_ready():
    assert Client().get("/readyz").status_code == 200


@pytest.mark.django_db
def test_an_unmigrated_database_is_not_ready():
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'articles'")
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert "Run 'manage.py migrate'." in answer.json()["message"]
