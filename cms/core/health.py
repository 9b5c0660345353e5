"""Whether this process is up, and whether it can do its work."""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe


@require_safe
def is_alive(request: HttpRequest) -> JsonResponse:
    """``200`` as long as the process answers at all."""
    return JsonResponse({"status": "ok"})


@require_safe
def is_ready(request: HttpRequest) -> JsonResponse:
    """``200`` when the database answers and is migrated, else ``503`` and what is missing."""
    try:
        executor = MigrationExecutor(connection)
        unapplied = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        return not_ready(f"The database does not answer: {type(error).__name__}.")
    if unapplied:
        return not_ready("The database is not migrated. Run 'manage.py migrate'.")
    return JsonResponse({"status": "ready"})


def not_ready(message: str) -> JsonResponse:
    return JsonResponse({"status": "not ready", "message": message}, status=503)
