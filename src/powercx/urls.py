"""Every address of powercx."""

from __future__ import annotations

from allauth.account import views as account
from django.urls import include, path
from django.views.generic import RedirectView

from powercx.apps.core.http import public

_SIGN_IN = RedirectView.as_view(pattern_name="account_login")

urlpatterns = [
    path("", include("powercx.web.urls")),
    path("", include("powercx.apps.core.urls")),
    path("", include("powercx.apps.insight.urls")),
    path("api/v1/", include("powercx.api.urls")),
    path("accounts/login/", account.login, name="account_login"),
    path("accounts/logout/", account.logout, name="account_logout"),
    path("accounts/inactive/", account.account_inactive, name="account_inactive"),
    path("accounts/again/", account.reauthenticate, name="account_reauthenticate"),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    # allauth names these; accounts are made by administrators, and passwords set anew by them.
    path("accounts/signup/", public(_SIGN_IN), name="account_signup"),
    path("accounts/reset/", public(_SIGN_IN), name="account_reset_password"),
    path(
        "accounts/change/",
        public(RedirectView.as_view(pattern_name="core:password")),
        name="account_change_password",
    ),
]
handler404 = "powercx.web.middleware.not_found"
handler500 = "powercx.web.middleware.server_error"
