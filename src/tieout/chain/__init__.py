"""Chain: one graph from the order to the bank, made of what the reconciliations saw.

Floor 6. `Chain(outcomes)` needs nothing but outcomes; `chain.trace(any number)` is the story of one thing, `chain.orders` has one
status and one margin per order, and `chain.proof` states that the totals tie at every hop.

    from tieout.chain import Chain

    chain = Chain([dispatched, settled, paid_out, received])
    chain.trace("GS-1").timeline
"""

from tieout.chain._chain import Chain
from tieout.chain._trace import Trace

__all__ = ["Chain", "Trace"]
