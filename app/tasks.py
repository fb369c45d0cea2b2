"""Which service function performs which task: the vocabulary of the outbox."""

from collections.abc import Callable
from typing import Any

from app import statistics
from app.outbox import Errand
from app.services import (
    alert_rounds,
    alerts_ahead,
    count_plans,
    deliveries,
    digests,
    documents,
    holds,
    label_files,
    ledger_keeping,
    long_imports,
    long_work,
    notifications,
    openings,
    overdue,
    partitions,
    report_files,
    return_reminders,
    routine_orders,
    tidying,
)

WORK = long_work.Workshop(
    {
        "import": long_imports.make_import,
        "labels": label_files.make_labels,
        "report": report_files.make_report,
    }
)
"""The sorts of long work."""

TASKS: dict[str, Callable[..., Any] | Errand] = {
    "mail.send": deliveries.SEND,
    "sms.send": deliveries.SEND_TEXT,
    "documents.typeset": documents.TYPESET,
    "notifications.fan_out": notifications.fan_out,
    "alerts.look_again": alert_rounds.look_again,
    "alerts.look_ahead": alerts_ahead.look_ahead,
    "alerts.call_digest": digests.call_digest,
    "alerts.send_digest": digests.send_digest,
    "holds.expire": holds.expire_holds,
    "quotes.expire": holds.expire_quotes,
    "returns.find_overdue": overdue.find_overdue,
    "returns.remind": return_reminders.remind_of_returns,
    "orders.draft_routine": routine_orders.draft_routine,
    "counts.remind": count_plans.remind_of_counts,
    "outbox.tidy": tidying.tidy_outbox,
    long_work.TASK: WORK.errand,
    "work.tidy": long_work.drop_old_files,
    "ledger.make_months": partitions.make_ahead,
    "ledger.open_years": openings.open_years,
    "tables.look_at": statistics.look_at_tables,
    "ledger.keep": ledger_keeping.KEEP,
}
