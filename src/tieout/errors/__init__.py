"""The one exception tree.

Every error that `tieout` raises for wrong use or for input it cannot take is a `TieoutError`. Each class also refines
the built-in it specialises, and carries its facts as fields, so a program need not parse the text.

```
TieoutError
├── InputError (ValueError)
│   ├── UnreadableFile
│   │   ├── EmptyFile
│   │   ├── EncryptedFile
│   │   ├── CorruptFile
│   │   └── WrongEncoding
│   ├── UnidentifiedFile
│   ├── SummaryFile
│   ├── AmbiguousFile
│   ├── UnknownFormat (LookupError)
│   ├── UnknownIdentifier (LookupError)
│   ├── AmbiguousIdentifier
│   ├── HeaderNotFound (LookupError)
│   ├── MissingColumn (LookupError)
│   ├── WrongColumnType (TypeError)
│   └── ConfigError
├── MoneyError (ValueError)
│   ├── FloatRefused (TypeError)
│   ├── NotAnAmount
│   ├── NaNRefused
│   ├── InfinityRefused
│   ├── TooManyDecimals
│   ├── UnknownCurrency (LookupError)
│   └── CurrencyMismatch
├── InvalidField (ValueError)
│   └── UnbalancedVoucher
├── UnknownCarrier (LookupError)
├── RateCardError (ValueError)
├── MatcherError (ValueError)
│   └── MatchCancelled
├── PostingError (ValueError)
│   ├── JournalError
│   ├── ParentAccount
│   └── UnknownAccount (LookupError)
├── LedgerError (ValueError)
├── CasebookError (ValueError)
│   ├── StoreError
│   ├── DecisionConflict
│   ├── DeliveryFailed
│   ├── InvalidTransition
│   └── NotAllowed (PermissionError)
├── FetchError (ValueError)
├── ReportError (ValueError)
└── PluginError (ImportError)
    └── MissingExtra
```

Findings in data are never errors: they are rejects, discrepancies and checks, returned as values.
"""

from tieout.errors._base import (
    TieoutError,
)
from tieout.errors._input import (
    AmbiguousFile,
    AmbiguousIdentifier,
    ConfigError,
    CorruptFile,
    EmptyFile,
    EncryptedFile,
    HeaderNotFound,
    InputError,
    MissingColumn,
    SummaryFile,
    UnidentifiedFile,
    UnknownFormat,
    UnknownIdentifier,
    UnreadableFile,
    WrongColumnType,
    WrongEncoding,
)
from tieout.errors._values import (
    CurrencyMismatch,
    FloatRefused,
    InfinityRefused,
    InvalidField,
    MoneyError,
    NaNRefused,
    NotAnAmount,
    RateCardError,
    TooManyDecimals,
    UnbalancedVoucher,
    UnknownCarrier,
    UnknownCurrency,
)
from tieout.errors._work import (
    CasebookError,
    DecisionConflict,
    DeliveryFailed,
    FetchError,
    InvalidTransition,
    JournalError,
    LedgerError,
    MatchCancelled,
    MatcherError,
    MissingExtra,
    NotAllowed,
    ParentAccount,
    PluginError,
    PostingError,
    ReportError,
    StoreError,
    UnknownAccount,
)

__all__ = [
    "AmbiguousFile",
    "AmbiguousIdentifier",
    "CasebookError",
    "ConfigError",
    "CorruptFile",
    "CurrencyMismatch",
    "DecisionConflict",
    "DeliveryFailed",
    "EmptyFile",
    "EncryptedFile",
    "FetchError",
    "FloatRefused",
    "HeaderNotFound",
    "InfinityRefused",
    "InputError",
    "InvalidField",
    "InvalidTransition",
    "JournalError",
    "LedgerError",
    "MatchCancelled",
    "MatcherError",
    "MissingColumn",
    "MissingExtra",
    "MoneyError",
    "NaNRefused",
    "NotAllowed",
    "NotAnAmount",
    "ParentAccount",
    "PluginError",
    "PostingError",
    "RateCardError",
    "ReportError",
    "StoreError",
    "SummaryFile",
    "TieoutError",
    "TooManyDecimals",
    "UnbalancedVoucher",
    "UnidentifiedFile",
    "UnknownAccount",
    "UnknownCarrier",
    "UnknownCurrency",
    "UnknownFormat",
    "UnknownIdentifier",
    "UnreadableFile",
    "WrongColumnType",
    "WrongEncoding",
]

# They are called, shown and pickled by the name that programs import them by, wherever in here they are written.
for _name in __all__:
    globals()[_name].__module__ = __name__
