"""What is collected and when, and what reviews go by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field

from qbr_pipeline.periods import Month
from qbr_pipeline.settings import devices, schedule, texts
from qbr_pipeline.settings.devices import CountsAs, DeviceMonth, DeviceRule, DeviceSource
from qbr_pipeline.settings.variables import Truth, Variables, WholeNumber


@dataclass(frozen=True, slots=True)
class ReviewSettings:
    """What reviews go by; each field as its variable says. Months are those of the business time zone.

    `nightly_at`: the time of day, in that zone, at which a night begins; None where there is not one on each day.
    """

    start_month: Month
    months_to_collect: int
    inputs_due_day: int
    reactive_boards: tuple[str, ...]
    closed_statuses: tuple[str, ...] | None
    nightly_at: time | None


class CollectionVariables(Variables):
    """Which rows are ours to count, which months a night collects, and when."""

    reactive_boards: Annotated[tuple[str, ...], BeforeValidator(texts.board_names)] = Field(
        ("Help Desk",),
        alias="QBR_REACTIVE_BOARDS",
        title="the boards whose tickets are reactive",
        description='a JSON list of board names without double quotes, such as ["Help Desk"]',
    )
    closed_statuses: Annotated[tuple[str, ...] | None, BeforeValidator(texts.status_names)] = Field(
        (">Closed", ">Closed - No response", "Closed"),
        alias="QBR_CLOSED_STATUSES",
        title="the statuses that mean closed; `auto`: those that ConnectWise flags as closed, board by board",
        description='a JSON list of status names without double quotes, such as [">Closed", "Closed"], or auto',
    )
    excluded_organizations: Annotated[tuple[str, ...], BeforeValidator(texts.names)] = Field(
        (),
        alias="QBR_EXCLUDED_ORGANIZATIONS",
        title="the NinjaOne organizations that are not clients",
        description='a JSON list of organization names, such as ["My MSP LLC"]',
    )
    device_classes: Annotated[Mapping[str, CountsAs], BeforeValidator(devices.device_classes)] = Field(
        {},
        alias=devices.CLASSES,
        title="what node classes count as, where that is not what the table of docs/metrics.md says",
        description='a JSON object from node class to endpoint, seat (an endpoint too) or none, such as {"NMS_SWITCH": '
        '"endpoint"}',
    )
    device_month: Annotated[DeviceMonth, BeforeValidator(devices.device_month)] = Field(
        DeviceMonth.SAME,
        alias=devices.MONTH,
        title="the month whose latest device snapshot a month is counted from: itself, or the one before it",
        description="same or previous",
    )
    device_source: Annotated[DeviceSource, BeforeValidator(devices.device_source)] | None = Field(
        None,
        alias=devices.SOURCE,
        title="which source of devices counts where both are configured, the other one being compared with it; if "
        "unset, NinjaOne's API where its variables are set",
        description="ninja or inventory",
    )
    timezone: Annotated[ZoneInfo, BeforeValidator(schedule.timezone)] = Field(
        ZoneInfo("America/Chicago"),
        alias="QBR_TIMEZONE",
        title="the business time zone, in which a month begins",
        description="the IANA name of a time zone, such as America/Chicago",
    )
    schedule_cron: Annotated[str, BeforeValidator(schedule.cron)] = Field(
        "30 22 * * *",
        alias="QBR_SCHEDULE_CRON",
        title="when the nightly collection begins, in QBR_TIMEZONE",
        description="a cron expression of five fields, such as 30 22 * * *",
    )
    months_to_collect: WholeNumber = Field(
        13,
        alias="QBR_MONTHS_TO_COLLECT",
        title="how many months a night collects",
        ge=1,
        le=120,
        description="a number of months from 1 to 120",
    )
    start_month: Annotated[Month, BeforeValidator(schedule.start_month)] = Field(
        Month(2024, 1),
        alias="QBR_START_MONTH",
        title="the first month that can be collected",
        description="a month from 2000-01 on, such as 2024-01",
    )
    collection_enabled: Truth = Field(
        False,
        alias="QBR_COLLECTION_ENABLED",
        title="whether the schedule collects; while false, it skips each night and says why",
        description="true or false",
    )
    inputs_due_day: WholeNumber = Field(
        10,
        alias="QBR_INPUTS_DUE_DAY",
        title="the day of the next month by which manual inputs are due",
        ge=1,
        le=28,
        description="a day of the month from 1 to 28",
    )
    kept_days: WholeNumber = Field(
        30,
        alias="QBR_KEPT_DAYS",
        title="how many days Dagster's runs and ticks, and alerts that were sent, are kept",
        ge=8,
        le=3650,
        description="a number of days from 8 to 3650",
    )
    kept_row_months: WholeNumber | None = Field(
        None,
        alias="QBR_KEPT_ROW_MONTHS",
        title="for how many months back the rows behind the numbers are kept; if unset, all are",
        ge=14,
        le=1200,
        description="a number of months from 14 to 1200",
    )
    owners: Annotated[tuple[str, ...], BeforeValidator(texts.owners)] = Field(
        ("team:service-desk",),
        alias="QBR_OWNERS",
        title="who answers for the assets, as the Dagster UI shows it",
        description='a JSON list of e-mail addresses or teams, such as ["team:service-desk", "ann@example.com"]',
    )

    @property
    def device_rule(self) -> DeviceRule:
        """The rule by which devices are counted."""
        return DeviceRule(self.device_classes, self.device_month)

    @property
    def review(self) -> ReviewSettings:
        """What reviews are given of it."""
        return ReviewSettings(
            self.start_month,
            self.months_to_collect,
            self.inputs_due_day,
            self.reactive_boards,
            self.closed_statuses,
            schedule.time_of_day(self.schedule_cron),
        )
