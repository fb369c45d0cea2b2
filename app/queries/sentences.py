"""What the feed says of each deed, and where the thing it was done to stands."""

from dataclasses import dataclass

from app.permissions import Permission

P = Permission


@dataclass(frozen=True)
class Saying:
    """How a verb reads after the name of who did it; `{}` is the thing."""

    text: str
    icon: str
    tone: str = ""


SAYINGS: dict[str, Saying] = {
    "accessory.added": Saying("added an accessory to {}", "plus"),
    "accessory.removed": Saying("removed an accessory of {}", "minus"),
    "alert.acknowledged": Saying("plans to order {}", "eye"),
    "alert.ahead": Saying("sees {} run short before the next delivery", "triangle-alert", "amber"),
    "alert.dismissed": Saying("dismissed the alert about {}", "circle-slash"),
    "alert.low": Saying("found {} low", "triangle-alert", "amber"),
    "alert.out": Saying("found none left of {}", "circle-alert", "red"),
    "alert.resolved": Saying("saw {} in stock again", "circle-check", "green"),
    "alert.snoozed": Saying("put the alert about {} off", "clock"),
    "asset.added": Saying("added asset {}", "barcode"),
    "asset.changed": Saying("changed asset {}", "pencil"),
    "asset.moved": Saying("moved {}", "move-right"),
    "asset.retired": Saying("retired {}", "archive"),
    "catalogue.imported": Saying("imported {}", "upload", "green"),
    "category.removed": Saying("removed category {}", "trash-2"),
    "category.renamed": Saying("renamed category {}", "pencil"),
    "code.added": Saying("added a code to {}", "qr-code"),
    "code.removed": Saying("removed a code of {}", "qr-code"),
    "company.added": Saying("added {}", "building-2"),
    "company.changed": Saying("changed {}", "building-2"),
    "company.released": Saying("lifted the stop on {}", "unlock", "green"),
    "company.stopped": Saying("put {} on stop", "ban", "red"),
    "condition.found_good": Saying("found {} good", "circle-check", "green"),
    "condition.noted": Saying("noted what {} needs", "eye", "amber"),
    "contact.added": Saying("added {}", "contact"),
    "contact.changed": Saying("changed {}", "contact"),
    "cost.added": Saying("added a cost to {}", "coins"),
    "cost.changed": Saying("changed a cost of {}", "coins"),
    "cost.removed": Saying("removed a cost of {}", "coins"),
    "costs.taken_over": Saying("took the costs of {} over", "coins"),
    "count.cancelled": Saying("gave count {} up", "circle-slash"),
    "count.decided": Saying("decided about differences of count {}", "list-checks"),
    "count.finished": Saying("handed count {} in", "list-checks", "blue"),
    "count.posted": Saying("posted count {}", "check-check", "green"),
    "count.reversed": Saying("took count {} back", "undo-2", "red"),
    "count.sent_back": Saying("had lines of count {} counted again", "rotate-ccw", "amber"),
    "count.started": Saying("began count {}", "list-checks", "blue"),
    "count_plan.added": Saying("planned to count {} again and again", "calendar-clock"),
    "count_plan.changed": Saying("changed when {} is counted", "calendar-clock"),
    "count_plan.due": Saying("found a count due: {}", "alarm-clock", "amber"),
    "count_plan.ended": Saying("ended the plan to count {}", "archive"),
    "deal.changed": Saying("changed deal {}", "briefcase"),
    "deal.chased": Saying("chased {}", "phone"),
    "deal.opened": Saying("opened deal {}", "briefcase", "blue"),
    "deal.lost": Saying("lost {}", "circle-x", "red"),
    "deal.won": Saying("won {}", "circle-check", "green"),
    "event.cancelled": Saying("cancelled {}", "circle-slash", "red"),
    "event.changed": Saying("changed {}", "calendar-days"),
    "event.closed": Saying("closed {}", "lock"),
    "event.created": Saying("created {}", "calendar-plus", "blue"),
    "event.dates_moved": Saying("moved the dates of {}", "calendar-range", "amber"),
    "event.overdue": Saying("found gear of {} overdue", "alarm-clock", "red"),
    "event.phase_moved": Saying("moved {} to its next phase", "truck", "blue"),
    "document.added": Saying("added a file to {}", "paperclip"),
    "document.removed": Saying("removed a file of {}", "paperclip"),
    "event.short": Saying("found {} short", "triangle-alert", "red"),
    "factor_table.added": Saying("added factor table {}", "table"),
    "factor_table.changed": Saying("changed factor table {}", "table"),
    "factor_table.removed": Saying("removed factor table {}", "table"),
    "handover.made": Saying("wrote {}", "file-text", "green"),
    "handover.voided": Saying("took {} back", "undo-2", "amber"),
    "invoice.changed": Saying("changed invoice {}", "receipt-text"),
    "invoice.draft_deleted": Saying("threw a draft invoice away", "trash-2"),
    "invoice.drafted": Saying("drafted an invoice", "receipt-text"),
    "invoice.issued": Saying("issued invoice {}", "receipt-text", "blue"),
    "invoice.paid": Saying("recorded a payment for {}", "badge-check", "green"),
    "job.assigned": Saying("gave {} to its technician", "hard-hat"),
    "job.called_off": Saying("told the technician that {} is cancelled", "circle-slash"),
    "job.cancelled": Saying("cancelled {}", "circle-slash", "red"),
    "job.changed": Saying("changed {}", "pencil"),
    "job.done": Saying("finished {}", "circle-check", "green"),
    "job.moved": Saying("told the technician that {} has changed", "hard-hat"),
    "job.noted": Saying("wrote a note on {}", "sticky-note"),
    "job.parts_allocated": Saying("set parts aside for {}", "package-check"),
    "job.parts_planned": Saying("planned the usual parts of {}", "list-plus"),
    "job.photographed": Saying("took a photo on {}", "camera"),
    "job.planned": Saying("planned {}", "calendar-plus", "blue"),
    "job.reopened": Saying("reopened {}", "rotate-ccw"),
    "job.short": Saying("found {} short of parts", "triangle-alert", "red"),
    "job.started": Saying("began {}", "wrench", "blue"),
    "job.withdrawn": Saying("gave {} to somebody else", "hard-hat"),
    "job_part.allocated": Saying("set {} aside", "package-check"),
    "job_part.cancelled": Saying("took {} off", "minus"),
    "job_part.changed": Saying("changed the plan to {}", "pencil"),
    "job_part.deallocated": Saying("gave {} free again", "unlock"),
    "job_part.planned": Saying("planned {}", "list-plus"),
    "job_part.returned": Saying("returned {}", "undo-2"),
    "job_part.substituted": Saying("let {} stand in", "replace", "amber"),
    "job_part.taken_back": Saying("took back the use of {}", "rotate-ccw", "amber"),
    "job_part.used": Saying("used {}", "package-minus"),
    "job_type.added": Saying("added job type {}", "list-plus"),
    "job_type.changed": Saying("changed job type {}", "pencil"),
    "labels.drawn": Saying("drew {}", "tags"),
    "lead.disqualified": Saying("disqualified {}", "circle-slash"),
    "lead.qualified": Saying("qualified {}", "circle-check", "green"),
    "lead.received": Saying("brought in enquiry {}", "inbox", "blue"),
    "lead.reopened": Saying("reopened enquiry {}", "rotate-ccw"),
    "line.added": Saying("added {} to a pull list", "list-plus"),
    "line.changed": Saying("changed {} on a pull list", "pencil"),
    "line.cut": Saying("cut {} to what is free", "scissors", "amber"),
    "line.hired": Saying("hired {} in", "handshake", "violet"),
    "line.removed": Saying("took {} off a pull list", "list"),
    "line.substituted": Saying("substituted {}", "replace", "amber"),
    "line.supplied": Saying("supplied {} from elsewhere", "warehouse"),
    "location.added": Saying("added location {}", "map-pin"),
    "location.archived": Saying("archived location {}", "archive"),
    "location.changed": Saying("changed location {}", "map-pin"),
    "location.laid_out": Saying("laid out {}", "layout-grid"),
    "location.moved": Saying("moved location {}", "move-right"),
    "order.cancelled": Saying("cancelled order {}", "circle-slash", "red"),
    "order.changed": Saying("changed order {}", "receipt-text"),
    "order.closed_short": Saying("closed order {} short", "package-minus", "amber"),
    "order.completed": Saying("received all of order {}", "package-check", "green"),
    "order.discarded": Saying("threw draft order {} away", "trash-2"),
    "order.drafted": Saying("drafted order {}", "receipt-text"),
    "order.drafted_by_itself": Saying("put on order {} what ran low", "receipt-text", "blue"),
    "order.filled": Saying("put products on order {}", "receipt-text"),
    "order.placed": Saying("ordered {} by phone", "phone", "blue"),
    "order.received": Saying("received from order {}", "package-plus", "green"),
    "order.requested": Saying("asked for something on order {}", "receipt-text"),
    "order.requested_urgently": Saying("asked urgently for something on order {}", "receipt-text", "red"),
    "order.sent": Saying("sent order {}", "send", "blue"),
    "order.sent_again": Saying("sent order {} again", "send", "blue"),
    "organization.changed": Saying("changed the settings of {}", "settings"),
    "organization.founded": Saying("set {} up", "flag"),
    "package.changed": Saying("changed package {}", "boxes"),
    "password.changed": Saying("changed their password", "key-round"),
    "password.set": Saying("chose a password", "key-round"),
    "product.added": Saying("added product {}", "package-plus"),
    "product.archived": Saying("archived {}", "archive"),
    "product.changed": Saying("changed product {}", "pencil"),
    "product.restored": Saying("brought {} back", "rotate-ccw"),
    "quote.accepted": Saying("accepted {}", "circle-check", "green"),
    "quote.changed": Saying("changed quote {}", "file-text"),
    "quote.declined": Saying("declined {}", "circle-x", "red"),
    "quote.discarded": Saying("threw quote {} away", "trash-2"),
    "quote.drafted": Saying("drafted quote {}", "file-text"),
    "quote.expired": Saying("saw quote {} expire", "clock", "amber"),
    "quote.replaced": Saying("replaced quote {}", "file-diff"),
    "quote.repriced": Saying("repriced quote {}", "percent"),
    "quote.revised": Saying("revised quote {}", "file-diff"),
    "quote.sent": Saying("sent quote {}", "send", "blue"),
    "quote.viewed": Saying("looked at quote {}", "eye", "blue"),
    "quote_line.moved": Saying("moved a line of quote {}", "move"),
    "quote_line.removed": Saying("removed a line of quote {}", "minus"),
    "repair.closed": Saying("closed repair {}", "wrench", "green"),
    "repair.described": Saying("told more about repair {}", "pencil"),
    "repair.expected": Saying("said when repair {} will be done", "calendar-clock"),
    "repair.kept_in": Saying("took {} out of stock until it is mended", "lock", "red"),
    "repair.opened": Saying("reported damage: {}", "wrench", "red"),
    "repair.photographed": Saying("showed what is broken: {}", "camera"),
    "repair.started": Saying("began work on repair {}", "wrench", "blue"),
    "repair.usable": Saying("let {} be used although it is being repaired", "unlock", "amber"),
    "repair.written_off": Saying("wrote repair {} off", "circle-x", "red"),
    "reservation.overbooked": Saying("promised what was not free: {}", "triangle-alert", "red"),
    "reservation.released": Saying("released a reservation: {}", "unlock"),
    "reservation.taken": Saying("took a reservation: {}", "lock"),
    "role.changed": Saying("changed what {} may do", "shield"),
    "set_up.step_left_out": Saying("left a step of the set-up guide out: {}", "flag"),
    "set_up.step_taken_up": Saying("took a step of the set-up guide up again: {}", "flag"),
    "stock.adjusted": Saying("adjusted {}", "sliders-horizontal", "amber"),
    "stock.issued": Saying("issued {}", "package-minus"),
    "stock.posted": Saying("posted {}", "history"),
    "stock.put_away": Saying("put away {}", "map-pin"),
    "stock.received": Saying("received {}", "package-plus", "green"),
    "stock.reversed": Saying("reversed a movement of {}", "rotate-ccw", "amber"),
    "stock.transferred": Saying("moved {}", "move-right"),
    "substitute.added": Saying("named a substitute for {}", "replace"),
    "substitute.removed": Saying("took a substitute of {} off", "replace"),
    "supplier.added": Saying("named {} as a supplier", "truck"),
    "supplier.changed": Saying("changed how {} is bought", "truck"),
    "supplier.dropped": Saying("took a supplier off {}", "truck"),
    "supplier.named": Saying("named who sells {}", "truck"),
    "task.retried": Saying("had {} tried again", "rotate-ccw"),
    "tax_class.added": Saying("added VAT rate {}", "percent"),
    "tax_class.changed": Saying("changed VAT rate {}", "percent"),
    "tax_class.removed": Saying("removed VAT rate {}", "percent"),
    "token.issued": Saying("made API token {}", "key-round"),
    "token.revoked": Saying("revoked API token {}", "key-round"),
    "user.added": Saying("added {}", "user-plus"),
    "user.changed": Saying("changed {}", "user"),
    "venue.added": Saying("added venue {}", "map-pin"),
}


@dataclass(frozen=True)
class Kind:
    """A sort of thing: its module, who may see it, and where it stands."""

    module: str
    permission: Permission
    path: str = ""


KINDS: dict[str, Kind] = {
    "event": Kind("Events", P.EVENTS_READ, "/planning/events/{}"),
    "pull_line": Kind("Events", P.EVENTS_READ),
    "event_cost": Kind("Events", P.EVENT_COSTS_READ),
    "reservation": Kind("Events", P.EVENTS_READ),
    "scan": Kind("Warehouse", P.SCANS_READ),
    "handover": Kind("Warehouse", P.SCANS_READ, "/warehouse/handovers/{}"),
    "job": Kind("Jobs", P.JOBS_READ, "/jobs/{}"),
    "job_type": Kind("Jobs", P.JOBS_READ, "/jobs/types/{}"),
    "assignment": Kind("Warehouse", P.SCANS_READ),
    "repair": Kind("Warehouse", P.REPAIRS_READ, "/warehouse/repairs/{}"),
    "product": Kind("Inventory", P.PRODUCTS_READ, "/inventory/products/{}"),
    "alert": Kind("Inventory", P.ALERTS_READ, "/inventory/alerts/{}"),
    "asset": Kind("Inventory", P.STOCK_READ, "/inventory/assets/{}"),
    "location": Kind("Inventory", P.STOCK_READ, "/inventory/locations/{}"),
    "category": Kind("Inventory", P.PRODUCTS_READ),
    "purchase_order": Kind("Inventory", P.ORDERS_READ, "/inventory/orders/{}"),
    "count_session": Kind("Inventory", P.COUNTS_READ, "/inventory/counts/{}"),
    "count_plan": Kind("Inventory", P.COUNTS_READ, "/inventory/counts"),
    "stock_transaction": Kind("Inventory", P.STOCK_READ),
    "import_run": Kind("Inventory", P.IMPORTS_RUN),
    "deal": Kind("CRM", P.DEALS_READ, "/crm/deals/{}"),
    "lead": Kind("CRM", P.LEADS_READ, "/crm/leads/{}"),
    "quote": Kind("CRM", P.QUOTES_READ, "/crm/quotes/{}"),
    "company": Kind("CRM", P.CLIENTS_READ, "/crm/companies/{}"),
    "contact": Kind("CRM", P.CLIENTS_READ, "/crm/contacts/{}"),
    "venue": Kind("CRM", P.CLIENTS_READ),
    "invoice": Kind("CRM", P.INVOICES_READ, "/crm/invoices/{}"),
    "payment": Kind("CRM", P.PAYMENTS_READ),
    "user": Kind("Settings", P.USERS_READ, "/settings/people/{}"),
    "role": Kind("Settings", P.USERS_READ, "/settings/roles?role={}"),
    "organization": Kind("Settings", P.USERS_READ, "/settings"),
    "tax_class": Kind("Settings", P.USERS_READ, "/settings"),
    "factor_table": Kind("Settings", P.USERS_READ, "/settings"),
    "api_token": Kind("Settings", P.TOKENS_MANAGE, "/settings/tokens"),
    "outbox": Kind("Settings", P.TASKS_MANAGE, "/settings/tasks"),
}
"""The sorts of things that deeds are done to, by the name of their table."""
MODULES = tuple(dict.fromkeys(kind.module for kind in KINDS.values()))


def saying_of(verb: str) -> Saying:
    """How a verb reads; one that nobody has put into words yet is read from its own parts."""
    if known := SAYINGS.get(verb):
        return known
    noun, _, deed = verb.partition(".")
    return Saying(f"{deed.replace('_', ' ')} {noun.replace('_', ' ')} {{}}", "circle-dot")


def sentence(verb: str, label: str) -> str:
    """What somebody did, without their name."""
    return saying_of(verb).text.replace("{}", label).strip()


def place_of(subject_type: str, subject_id: int) -> str:
    """Where the thing stands; empty when it has no page of its own."""
    kind = KINDS.get(subject_type)
    return kind.path.format(subject_id) if kind else ""
