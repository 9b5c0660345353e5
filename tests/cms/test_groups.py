"""What a member of each group can and cannot do, asked as Wagtail's own views ask."""

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from wagtail.images import get_image_model
from wagtail.permissions import policy_registry

from cms.articles.models import HomePage
from cms.core.groups import EDITORS, MODERATORS, REVIEWERS, grant

pytestmark = pytest.mark.django_db


def member(group_name: str) -> User:
    user = User.objects.create_user(username=group_name.lower())
    user.groups.add(Group.objects.get(name=group_name))
    return user


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("group_name", [EDITORS, REVIEWERS, MODERATORS])
def test_every_group_enters_the_admin(group_name):
    assert browser_of(member(group_name)).get(reverse("wagtailadmin_home")).status_code == 200


@pytest.mark.parametrize(
    ("group_name", "can_add", "can_edit", "can_publish", "can_lock"),
    [
        (EDITORS, True, True, True, False),
        (REVIEWERS, False, True, True, True),
        (MODERATORS, False, False, False, False),
    ],
)
def test_what_each_group_does_with_pages(group_name, can_add, can_edit, can_publish, can_lock):
    may = HomePage.objects.get().permissions_for_user(member(group_name))
    assert may.can_add_subpage() is can_add
    assert may.can_edit() is can_edit
    assert may.can_publish() is can_publish
    assert may.can_lock() is can_lock


@pytest.mark.parametrize(
    ("group_name", "actions"),
    [(EDITORS, {"add", "change", "choose"}), (REVIEWERS, {"choose"}), (MODERATORS, set())],
)
def test_what_each_group_does_with_images(group_name, actions):
    policy = policy_registry.get_by_type(get_image_model())
    user = member(group_name)
    assert {
        a for a in ("add", "change", "choose") if policy.user_has_permission(user, a)
    } == actions


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("wagtailsnippets_articles_helpline:add", {EDITORS}),
        ("wagtailredirects:index", {EDITORS}),
        ("wagtailusers_users:index", set()),
        ("wagtailsites:index", set()),
    ],
)
def test_who_opens_what(address, allowed):
    opened = {
        name
        for name in (EDITORS, REVIEWERS, MODERATORS)
        if browser_of(member(name)).get(reverse(address)).status_code == 200
    }
    assert opened == allowed


def test_only_editors_change_the_menus():
    address = reverse("wagtailsettings:edit", args=("core", "sitesettings"))
    assert browser_of(member(EDITORS)).get(address, follow=True).status_code == 200
    for name in (REVIEWERS, MODERATORS):
        answer = browser_of(member(name)).get(address, follow=True)
        assert answer.redirect_chain[-1][0] == reverse("wagtailadmin_home")


def test_granting_an_unknown_permission_names_it():
    from django.apps import apps

    with pytest.raises(LookupError, match="'core' declares the permission 'fly_sitesettings'"):
        grant(apps, EDITORS, "core", ["fly_sitesettings"])
