"""What the demo says: totals per courier, planted against found, the proof, the vouchers."""

from collections.abc import Iterator

from tieout._demo.planted import Comparison
from tieout._demo.running import CarrierMonth, DemoRun
from tieout.outcome import Summary

__all__ = ["tell", "tell_proof"]


def tell(run: DemoRun, comparison: Comparison) -> str:
    """The run in words."""
    parts = ["tieout demo: two couriers' bills of October 2026, a synthetic month", *_read(run)]
    parts += [_courier(month) for month in run.months]
    parts += [f"Planted errors against found ones\n{_indented(str(comparison))}", tell_proof(run), _vouchers(run)]
    return "\n\n".join(parts)


def tell_proof(run: DemoRun) -> str:
    """The proof of each audit and of the posting, and whether all of it holds."""
    proofs = [(f"the {month.title} audit", month.outcome.proof) for month in run.months]
    proofs.append(("the vouchers", run.vouchers.proof))
    told = ["\n".join([name, *(f"  {check}" for check in proof.checks)]) for name, proof in proofs]
    verdict = "The proof holds" if run.proof.holds else f"THE PROOF FAILS in {len(run.proof.failures)} of its checks"
    return "\n".join([f"{verdict}: {len(run.proof.checks)} checks", *map(_indented, told)])


def _read(run: DemoRun) -> Iterator[str]:
    lines = [batch.summary for batch in run.batches]
    rejects = [str(reject) for batch in run.batches for reject in batch.rejects]
    yield "\n".join(["Files read", *(f"  {line}" for line in lines)])
    if rejects:
        yield "\n".join(["Lines that could not be read, and are set apart", *(f"  {reject}" for reject in rejects)])


def _courier(month: CarrierMonth) -> str:
    summary = month.outcome.summary()
    title = f"{month.title}: {summary.title}"
    return str(Summary(title=title, sections=tuple(section for section in summary.sections if section[0] == "Totals")))


def _vouchers(run: DemoRun) -> str:
    summary = run.vouchers.summary()
    kept = tuple(section for section in summary.sections if section[0] != "Proof")
    return str(Summary(title=summary.title, sections=kept))


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
