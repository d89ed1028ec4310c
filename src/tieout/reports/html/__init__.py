"""A period close as one HTML file that needs no network: summary, proof, causes, ageing, every report, and the rows behind."""

from tieout.reports.html.page import write_html

__all__ = ["write_html"]
