from __future__ import annotations

from django.db.models import F, QuerySet

from powercx.analytics.results.tree import OrgTree
from powercx.apps.core.enums import Permission
from powercx.apps.core.models import ApiToken, Person
from powercx.apps.core.queries.people import grants_of
from powercx.apps.core.rules import Scope


def tokens(*, person: Person | None = None) -> QuerySet[ApiToken]:
    """Tokens with their people, those in use first, then newest first; of one person if named."""
    found = ApiToken.objects.select_related("person")
    if person is not None:
        found = found.filter(person=person)
    return found.order_by(F("revoked_at").asc(nulls_first=True), "-created_at", "-pk")


def token_scope(token: ApiToken, tree: OrgTree) -> Scope:
    """What may be done with a token: what its person may, within its scopes and its unit."""
    known = {each.value for each in Permission}
    only = frozenset(Permission(each) for each in token.scopes if each in known)
    return Scope(grants_of(token.person), tree, only=only, within=token.org_id)
