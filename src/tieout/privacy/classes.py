"""The classes of personal data, after `domain.md` 6.6."""

from enum import StrEnum

__all__ = ["PiiClass"]


class PiiClass(StrEnum):
    """What a cell says about a person; each class is masked and tokenised in its own way."""

    NAME = "name"
    PHONE = "phone"
    ADDRESS = "address"
    """A street address; province, city and district are zone fields and not of this class."""

    ID_NUMBER = "id_number"
    """Identity card, passport: sensitive, never stored in results."""

    BANK_ACCOUNT = "bank_account"
    """Account or card number of a bank or a wallet: sensitive."""

    HANDLE = "handle"
    """Buyer nick, open id, e-mail address."""

    FREE_TEXT = "free_text"
    """What a buyer wrote; it may hold any of the others."""
