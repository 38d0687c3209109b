"""Django's settings: one file for every installation; what differs comes from the environment.

``POWERCX_HOME`` names the home, ``DATABASE_URL`` a PostgreSQL server. Importing needs no home.
"""

from __future__ import annotations

import os
import secrets
from typing import Any

from csp.constants import NONE, SELF

from powercx.apps.core.databases import database_settings
from powercx.apps.core.environment import flag, hosts, origins
from powercx.base.home import home_from

HOME = home_from(os.environ)

# Nothing is signed before a home is opened; ``core.bootstrap`` puts the home's own secret here.
SECRET_KEY = secrets.token_urlsafe(50)
DEBUG = False
ALLOWED_HOSTS = hosts(os.environ)
CSRF_TRUSTED_ORIGINS = origins(os.environ)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "powercx.ui",
    "powercx.apps.core",
    "powercx.apps.insight",
    "powercx.jobs",
    "powercx.web",
    "powercx.api",
]
DATABASES = {"default": database_settings(HOME, os.environ)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "core.Person"

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "powercx.ui.assets.AssetsMiddleware",
    "csp.middleware.CSPMiddleware",
    "powercx.web.middleware.PlainQueryMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "powercx.web.middleware.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "powercx.web.middleware.AccessMiddleware",
    "powercx.web.middleware.ErrorMiddleware",
]
ROOT_URLCONF = "powercx.urls"
WSGI_APPLICATION = "powercx.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # Ours stand before the apps' own, so that sign-in pages look like the others.
        "DIRS": [HOME.path.__class__(__file__).parent / "ui" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "powercx.web.context.frame",
            ],
            "builtins": [
                "powercx.ui.templatetags.px",
                "powercx.ui.templatetags.spark",
                "powercx.ui.templatetags.standing",
            ],
        },
    }
]

# Signing in -----------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = [
    "powercx.apps.core.signin.LockingBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "web:overview"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = "username"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "powercx.apps.core.signin.AccountAdapter"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_RATE_LIMITS = False  # locking an account stands in ``core.signin``
MFA_ADAPTER = "powercx.apps.core.signin.FactorAdapter"
MFA_FORMS = {
    "authenticate": "powercx.apps.core.signin.CodeForm",
    "reauthenticate": "powercx.apps.core.signin.CodeAgainForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "powercx"
MFA_ALLOW_UNVERIFIED_EMAIL = True
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = flag(os.environ, "POWERCX_HTTPS")
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if flag(os.environ, "POWERCX_HTTPS") else None
)
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SESSION_COOKIE_SECURE else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# Files, words, times --------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "powercx.ui.finders.PackageAssets",
]
ASSETS = HOME.cache / "assets"
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 24 * 3600
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024
# A page of fifty rows to mend, all their cells.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
FILE_UPLOAD_HANDLERS = ["powercx.apps.core.receiving.HomeUploadHandler"]
FILE_UPLOAD_PERMISSIONS = 0o600

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
