"""Reports: figures, a chart and a table that the screen, the file and the API show alike."""

from app.queries.reports.cost_of_goods import COST_OF_GOODS
from app.queries.reports.idle import IDLE
from app.queries.reports.low_stock import LOW_STOCK
from app.queries.reports.parts_share import PARTS_SHARE
from app.queries.reports.seasons import SEASONS
from app.queries.reports.shape import Report
from app.queries.reports.turns import TURNS
from app.queries.reports.usage import USAGE
from app.queries.reports.valuation import VALUATION

REPORTS: dict[str, Report] = {
    report.name: report
    for report in (USAGE, COST_OF_GOODS, VALUATION, TURNS, PARTS_SHARE, LOW_STOCK, IDLE, SEASONS)
}
"""In the order in which they are listed."""
