"""What follows from which activity: verb → the tasks that hear of it."""

NOTIFY = "notifications.fan_out"

SUBSCRIPTIONS: dict[str, tuple[str, ...]] = {
    "lead.received": (NOTIFY,),
    "quote.accepted": (NOTIFY,),
    "quote.declined": (NOTIFY,),
    "event.short": (NOTIFY,),
    "repair.opened": (NOTIFY,),
    "event.overdue": (NOTIFY,),
    "alert.low": (NOTIFY,),
    "alert.out": (NOTIFY,),
    "alert.ahead": (NOTIFY,),
}
