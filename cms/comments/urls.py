"""Mounted at ``/api/comments/v1/``."""

from django.urls import path

from cms.comments import views

app_name = "comments"

urlpatterns = [path("", views.receive, name="receive")]
