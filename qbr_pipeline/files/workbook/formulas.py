"""What the cells of a workbook compute, spelled from the formulas and roll-ups of `metrics`.

What belongs here: where a number stands, and the text of its formula. Excel 2016 and LibreOffice 7.4 know every
function. What does not: a formula of any single metric, how cells look (`style`).

A formula gives an empty text where the number is absent. Whether a month goes into a quarter's ratio or SmartNumber is
a cell of its own, on the sheet of the months used: 1 where it does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from xlsxwriter.utility import quote_sheetname, xl_rowcol_to_cell

from qbr_pipeline.metrics.catalogue import METRICS, Metric, RollUp
from qbr_pipeline.metrics.derived import DERIVATIONS, required_parts
from qbr_pipeline.metrics.formula import Formula
from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS, STORED_DECIMALS, SmartNumber
from qbr_pipeline.periods import Month, Period

OVER, IN_PROGRESS, TO_COME = "over", "in progress", "to come"
STATE = "state"
"""The row of the sheet of months that says whether a month is over, in progress or to come."""

RATIOS = tuple(
    key
    for key, metric in METRICS.items()
    if metric.roll_up in (RollUp.RATIO_OF_SUMS, RollUp.RATIO_OF_SUM_TO_AVERAGE)
)
"""The metrics that a quarter makes anew from its months, not from their own values."""


@dataclass(frozen=True)
class Grid:
    """Where the numbers of a sheet stand: rows and columns count from 0. `sheet` empty: on the sheet itself."""

    sheet: str
    rows: Mapping[str, int]
    columns: Mapping[Period, int]

    @property
    def local(self) -> Grid:
        """The same as its own cells refer to each other."""
        return replace(self, sheet="")

    def cell(self, key: str, period: Period) -> str:
        """`Months!D7`."""
        return f"{self._prefix}{xl_rowcol_to_cell(self.rows[key], self.columns[period])}"

    def stretch(self, key: str, periods: Sequence[Period]) -> str:
        """`Months!D7:F7`, of periods side by side."""
        first, last = (
            xl_rowcol_to_cell(self.rows[key], self.columns[each]) for each in (periods[0], periods[-1])
        )
        return f"{self._prefix}{first}:{last}"

    @property
    def _prefix(self) -> str:
        return f"{quote_sheetname(self.sheet)}!" if self.sheet else ""


def derived_of_month(key: str, month: Month, months: Grid) -> str:
    """A derived metric of a month, from the cells of its parts; an optional part that is absent counts as nothing."""
    required = required_parts(key)
    cells = {part: months.cell(part, month) for part in DERIVATIONS[key].names}
    spelled = DERIVATIONS[key].spelled(lambda part: cells[part] if part in required else f"N({cells[part]})")
    return _if(
        _all_present([cells[part] for part in required]), _rounded(spelled, METRICS[key].unit.decimals)
    )


def smartnumber_of_month(number: SmartNumber, month: Month, months: Grid) -> str:
    """A SmartNumber of a month, from the month's cells."""
    cells = {key: months.cell(key, month) for key in number.inputs} | {"months": "1"}
    return _if(
        _all_present([cells[key] for key in number.inputs]),
        _rounded(number.formula.spelled(cells.__getitem__), STORED_DECIMALS),
    )


def month_used(key: str, month: Month, earlier: Sequence[Month], months: Grid, used: Grid) -> str:
    """Whether `month` goes into its quarter's `key`: 1 or 0. `earlier`: the months of the quarter before it.

    A ratio uses each month that has all its parts. A SmartNumber uses those that are over and have all its inputs; the
    month in progress only when there is none of these.
    """
    is_ratio = key in RATIOS
    needed = required_parts(key) if is_ratio else SMARTNUMBERS[key].inputs
    has_all = _all_present([months.cell(part, month) for part in needed])
    if is_ratio:
        return f"=IF({has_all},1,0)"
    state = months.cell(STATE, month)
    last_resort = f'{state}="{IN_PROGRESS}"'
    if earlier:
        last_resort = f"AND({last_resort},SUM({used.stretch(key, earlier)})=0)"
    return f'=IF({has_all},IF({state}="{OVER}",1,IF({last_resort},1,0)),0)'


def metric_of_quarter(metric: Metric, those: Sequence[Month], months: Grid, used: Grid) -> str:
    """A metric of a quarter by its roll-up, from the cells of `those` months of it."""
    if metric.key in RATIOS:
        return _over_used(DERIVATIONS[metric.key], metric, those, months, used)
    stretch = months.stretch(metric.key, those)
    match metric.roll_up:
        case RollUp.LAST:
            last = '""'
            for month in those:
                cell = months.cell(metric.key, month)
                last = f"IF(COUNT({cell})=1,{cell},{last})"
            return f"={last}"
        case RollUp.AVERAGE:
            combined = f"SUM({stretch})/COUNT({stretch})"
        case _:
            combined = f"SUM({stretch})"
    return _if(f"COUNT({stretch})>0", f"ROUND({combined},{metric.unit.decimals})")


def smartnumber_of_quarter(number: SmartNumber, those: Sequence[Month], months: Grid, used: Grid) -> str:
    """A SmartNumber of a quarter, from the cells of `those` months of it that are used."""
    return _over_used(number.formula, number, those, months, used)


def _over_used(
    formula: Formula, number: Metric | SmartNumber, those: Sequence[Month], months: Grid, used: Grid
) -> str:
    """`formula` with sums and averages over the months that are used; `months` is how many these are."""
    flags = used.stretch(number.key, those)
    count = f"SUM({flags})"

    def spelled(name: str) -> str:
        if name == "months":
            return count
        total = f"SUMIFS({months.stretch(name, those)},{flags},1)"
        return f"({total}/{count})" if METRICS[name].roll_up is RollUp.AVERAGE else total

    decimals = number.unit.decimals if isinstance(number, Metric) else STORED_DECIMALS
    return _if(f"{count}>0", _rounded(formula.spelled(spelled), decimals))


def _if(condition: str, value: str) -> str:
    return f'=IF({condition},{value},"")'


def _rounded(value: str, decimals: int) -> str:
    """Rounded as it is stored; empty where the divisor is zero."""
    return f'IFERROR(ROUND({value},{decimals}),"")'


def _all_present(cells: Collection[str]) -> str:
    return f"COUNT({','.join(cells)})={len(cells)}"
