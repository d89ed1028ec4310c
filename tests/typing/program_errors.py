"""What type checkers make of errors and proofs."""

from typing import reveal_type

from tieout.errors import InputError, MissingColumn, TieoutError
from tieout.proof import Check, Proof

try:
    pass
except MissingColumn as error:
    reveal_type(error.missing)  # T: tuple[str, ...]
    reveal_type(error.hint)  # T: str
except ValueError:
    pass

raise_me: TieoutError = InputError("no", where="bill.csv")
InputError("no", "bill.csv")  # E: call-arg
check = Check(name="rows", side="charges", currency=None, total=1.0, parts={})  # E: arg-type
reveal_type(Proof([check]).failures)  # T: tuple[tieout.proof.Check, ...]
