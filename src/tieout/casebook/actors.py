"""Actors: who does something in a casebook, and in which roles (`domain.md` 1, C21)."""

import unicodedata
from collections.abc import Iterable
from enum import StrEnum

import attrs

from tieout.errors import CasebookError

__all__ = ["SYSTEM", "Actor", "Role", "require_actor"]


class Role(StrEnum):
    """What somebody is responsible for (`domain.md` 6.3): the owners of cases, those above them, and who only looks."""

    LOGISTICS = "logistics"
    PLATFORM_OPS = "platform_ops"
    FINANCE = "finance"
    TREASURY = "treasury"
    CUSTOMER_SERVICE = "customer_service"
    WAREHOUSE = "warehouse"
    MARKETING = "marketing"
    ACCOUNTANT = "accountant"
    DATA = "data"
    LOGISTICS_LEAD = "logistics_lead"
    CUSTOMER_SERVICE_LEAD = "customer_service_lead"
    OPS_MANAGER = "ops_manager"
    SALES_HEAD = "sales_head"
    FINANCE_MANAGER = "finance_manager"
    CFO = "cfo"
    AUDITOR = "auditor"
    ADMIN = "admin"
    SYSTEM = "system"


def _roles(given: Iterable[Role | str]) -> frozenset[Role]:
    if isinstance(given, str):
        raise CasebookError(f"roles such as ['logistics'] are needed, got {given!r}", where="Actor.roles")
    known = ", ".join(Role)
    try:
        return frozenset(Role(role) for role in given)
    except ValueError as cause:
        raise CasebookError(f"{cause}; known are {known}", where="Actor.roles") from cause


def _name(given: str) -> str:
    """Without spaces around it, in one form: nobody is a second person by a space."""
    name: object = given
    if not isinstance(name, str) or not name.strip():
        raise CasebookError(f"a name is needed, got {given!r}", where="Actor.name")
    return unicodedata.normalize("NFC", name).strip()


@attrs.frozen
class Actor:
    """Somebody, or a program, that does something. The library has no login: whoever calls says who it is.

    Attributes:
        name: Short name that the log keeps for thirty years, such as `wang`; a personnel number is better than a full name.
        roles: What they may do.

    Example:
        >>> Actor("wang", roles=["logistics"]).may_act_as(Role.LOGISTICS)
        True
    """

    name: str = attrs.field(converter=_name)
    roles: frozenset[Role] = attrs.field(default=frozenset(), converter=_roles, kw_only=True)

    def may_act_as(self, *roles: Role) -> bool:
        """Whether they have one of the roles; an administrator has every role but that of a checker of their own work."""
        return Role.ADMIN in self.roles or not self.roles.isdisjoint(roles)


SYSTEM = Actor("tieout", roles=[Role.SYSTEM])
"""The library itself: what follows from an import or a run without anybody's decision."""


def require_actor(actor: object) -> Actor:
    """The actor, where it is one.

    Raises:
        CasebookError: It is none.
    """
    if not isinstance(actor, Actor):
        raise CasebookError(
            f"somebody has to do it: Actor('name', roles=[...]) is needed, got {type(actor).__name__}", where="actor"
        )
    return actor
