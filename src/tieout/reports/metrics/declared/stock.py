"""Stock: how far the book is what was counted."""

from tieout.reports.metrics.metric import Metric, total

__all__ = ["METRICS"]

METRICS = (
    Metric(
        name="stock_accuracy",
        title="Stock accuracy",
        title_zh="库存准确率",
        formula="1 - sum of |counted - book| / sum of book, in pieces",
        of=total("counts", "off_size"),
        per=total("counts", "book"),
        unit="share",
        better="more",
        less_from=1,
    ),
    Metric(
        name="shrinkage",
        title="Shrinkage",
        title_zh="库存损耗",
        formula="book - counted at cost, gains taken off",
        of=total("counts", "off_minor").minus(),
        unit="money",
        better="less",
    ),
    Metric(
        name="shrinkage_rate",
        title="Shrinkage rate",
        title_zh="库存损耗率",
        formula="shrinkage / value of the book",
        of=total("counts", "off_minor").minus(),
        per=total("counts", "book_minor"),
        unit="share",
        better="less",
    ),
)
