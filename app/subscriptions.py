"""What follows from which activity: verb → the tasks that hear of it."""

NOTIFY = "notifications.fan_out"
DRAFT_ROUTINE = "orders.draft_routine"

SUBSCRIPTIONS: dict[str, tuple[str, ...]] = {
    "lead.received": (NOTIFY,),
    "quote.accepted": (NOTIFY,),
    "quote.declined": (NOTIFY,),
    "event.short": (NOTIFY,),
    "repair.opened": (NOTIFY,),
    "event.overdue": (NOTIFY,),
    "alert.low": (NOTIFY, DRAFT_ROUTINE),
    "alert.out": (NOTIFY, DRAFT_ROUTINE),
    "alert.ahead": (NOTIFY, DRAFT_ROUTINE),
    "order.requested_urgently": (NOTIFY,),
    "order.drafted_by_itself": (NOTIFY,),
    "job.assigned": (NOTIFY,),
    "job.moved": (NOTIFY,),
    "job.withdrawn": (NOTIFY,),
    "job.called_off": (NOTIFY,),
    "job.short": (NOTIFY,),
    "count.finished": (NOTIFY,),
    "count_plan.due": (NOTIFY,),
}
