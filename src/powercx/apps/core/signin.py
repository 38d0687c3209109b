"""Signing in: wrong passwords lock an account for a while; secrets of second factors are sealed."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, BaseAuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db.models.signals import post_delete, post_save
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import lazy

from powercx.apps.core.domain import people
from powercx.apps.core.models import Person
from powercx.apps.core.vault.keyring import read_ring
from powercx.apps.core.vault.secrets import open_secret, seal_secret
from powercx.base.messages import say

_said = lazy(say, str)


class LockingBackend(AuthenticationBackend):
    """Checks name and password, unless the account is locked; counts what is wrong."""

    def authenticate(
        self, request: HttpRequest | None, **credentials: Any
    ) -> AbstractBaseUser | None:
        """The person, or None; nobody is told whether the name, the password or a lock was why."""
        now = timezone.now()  # noqa: TID251 - an edge: Django calls it without a time
        name = str(credentials.get("username") or "")
        person = Person.objects.filter(username__iexact=name).first()
        if person and person.locked_until and person.locked_until > now:
            self._mitigate_timing_attack(str(credentials.get("password") or ""))
            return None
        found: AbstractBaseUser | None = super().authenticate(request, **credentials)
        if found is None and person is not None:
            people.sign_in_failed(person=person, at=now, address=address_of(request))
        return found


def address_of(request: HttpRequest | None) -> str:
    """The address a request came from."""
    return str(request.META.get("REMOTE_ADDR", ""))[:64] if request else ""


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up by themselves, no e-mail is sent, sign-ins are recorded."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _said("signin.wrong"),
        "incorrect_password": _said("account.password_wrong"),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        del request
        return False

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        super().login(request, user)
        now = timezone.now()  # noqa: TID251 - an edge: allauth calls it without a time
        if isinstance(user, Person):
            people.signed_in(person=user, at=now, address=address_of(request))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Accounts are kept by administrators; there is no e-mail to confirm."""

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Pages say themselves what was done."""


class _Counted(BaseAuthenticateForm):
    """Wrong codes count like wrong passwords, and a locked account takes no code."""

    def clean_code(self) -> str:
        now = timezone.now()  # noqa: TID251 - an edge: allauth calls it without a time
        held = Person.objects.get(pk=self.user.pk)
        if held.locked_until and held.locked_until > now:
            raise ValidationError(say("factor.locked"))
        try:
            code: str = super().clean_code()
        except ValidationError:
            people.sign_in_failed(person=held, at=now, address=address_of(context.request))
            raise
        return code


class CodeForm(_Counted, AuthenticateForm):
    """The second step of signing in."""


class CodeAgainForm(_Counted, ReauthenticateForm):
    """A code before something delicate."""


def _record_factor(instance: Authenticator, *, held: bool) -> None:
    """A second factor, or its recovery codes, that someone set up or gave up: into the chain.

    Heard of by Django's signals, within the transaction: those of allauth come after it. What an
    administrator takes away is recorded by ``people.reset_factor``.
    """
    request = context.request
    person = getattr(request, "user", None)
    if isinstance(person, Person) and person.pk == instance.user_id:
        people.factor_changed(
            person=person,
            factor=str(instance.type),
            held=held,
            at=timezone.now(),  # noqa: TID251 - an edge: Django calls it without a time
            address=address_of(request),
        )


def _saved(instance: Authenticator, *, created: bool, **more: object) -> None:
    del more
    if created:
        _record_factor(instance, held=True)


def _deleted(instance: Authenticator, **more: object) -> None:
    del more
    _record_factor(instance, held=False)


def connect() -> None:
    """Hear of second factors; called once when the program starts."""
    post_save.connect(_saved, Authenticator, dispatch_uid="powercx.factor")
    post_delete.connect(_deleted, Authenticator, dispatch_uid="powercx.factor")


class FactorAdapter(DefaultMFAAdapter):
    """Keeps the secrets of second factors sealed with the home's keys."""

    error_messages = {**DefaultMFAAdapter.error_messages, "incorrect_code": _said("factor.wrong")}

    def encrypt(self, text: str) -> str:
        return seal_secret(read_ring(settings.HOME), text)

    def decrypt(self, encrypted_text: str) -> str:
        return open_secret(read_ring(settings.HOME), encrypted_text)
