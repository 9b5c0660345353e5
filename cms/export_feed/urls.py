from django.urls import path

from cms.export_feed import run_views, views

app_name = "export_feed"
urlpatterns = [
    path("feed", views.feed, name="feed"),
    path("manifest", views.manifest, name="manifest"),
    path("cursor", views.cursor, name="cursor"),
    path("renditions/<int:rendition_id>", views.rendition, name="rendition"),
    path("documents/<int:document_id>", views.document, name="document"),
    path("files", views.files, name="files"),
    path("runs", run_views.runs, name="runs"),
]
