"""What must always be true, each as one query that finds the rows where it is not.

The numbers I1, I2 … are those of the design; the SQL is the same for SQLite and PostgreSQL. `:now` is the
present, `:lately` a time after which finished work is still remembered.
"""

from dataclasses import dataclass

from app.models import Base
from app.subscriptions import SUBSCRIPTIONS


@dataclass(frozen=True)
class Invariant:
    """A sentence that must be true, and the query that finds where it is not."""

    id: str
    sentence: str
    sql: str


def foreign_rows() -> str:
    """A query over every reference of every table, found from the tables themselves."""
    pairs = [
        f"SELECT '{table.name}.{column.name}' AS reference, here.id AS id, here.organization_id AS organization_id,"
        f" there.organization_id AS other_organization_id"
        f' FROM "{table.name}" AS here JOIN "{column.info["refers_to"]}" AS there ON there.id = here.{column.name}'
        f" WHERE there.organization_id <> here.organization_id"
        for table in Base.metadata.sorted_tables
        for column in table.c
        if "refers_to" in column.info
    ]
    return " UNION ALL ".join(pairs)


def is_kept(moment: str) -> str:
    """True of what is not older than the ledger's beginning: of that, the lines may be gone."""
    return f"{moment} >= COALESCE((SELECT begins_at FROM ledger_reach), {moment})"


def promised_tasks() -> str:
    """The activities that promise a task, by verb."""
    pairs = [(verb, kind) for verb, kinds in SUBSCRIPTIONS.items() for kind in kinds]
    return " UNION ALL ".join(f"SELECT '{verb}' AS verb, '{kind}' AS kind" for verb, kind in pairs)


LEDGER_BY_PLACE = """
    SELECT organization_id, product_id, asset_id, to_id AS location_id, quantity, happened_at FROM stock_transaction
    WHERE to_id IS NOT NULL
    UNION ALL
    SELECT organization_id, product_id, asset_id, from_id, -quantity, happened_at FROM stock_transaction
    WHERE from_id IS NOT NULL
    UNION ALL
    SELECT organization_id, product_id, asset_id, location_id, quantity, happened_at FROM brought_forward"""
"""What came to a place and left it; of lines that are gone, what they summed to."""
DROPPED = "(SELECT dropped_id FROM ledger_reach)"

COUNTED_BY_PLACE = """
    SELECT posted.organization_id, line.count_id, posted.product_id, posted.asset_id,
        posted.to_id AS location_id, posted.quantity
    FROM stock_transaction AS posted JOIN count_line AS line ON line.id = posted.count_line_id
    WHERE posted.to_id IS NOT NULL AND posted.reverses_id IS NULL
    UNION ALL
    SELECT posted.organization_id, line.count_id, posted.product_id, posted.asset_id, posted.from_id,
        -posted.quantity
    FROM stock_transaction AS posted JOIN count_line AS line ON line.id = posted.count_line_id
    WHERE posted.from_id IS NOT NULL AND posted.reverses_id IS NULL"""

INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        "I1",
        "For every product and place, the ledger sums to the stock level.",
        f"""
        SELECT organization_id, product_id, location_id, SUM(ledger) AS ledger, SUM(level) AS level FROM (
            SELECT organization_id, product_id, location_id, quantity AS ledger, 0 AS level
            FROM ({LEDGER_BY_PLACE}) AS moved
            UNION ALL
            SELECT organization_id, product_id, location_id, 0, quantity FROM stock_level) AS compared
        GROUP BY organization_id, product_id, location_id HAVING SUM(ledger) <> SUM(level)""",
    ),
    Invariant(
        "I1b",
        "For every product, what there is in all is the sum of its levels.",
        """
        SELECT product.organization_id, product.id AS product_id, product.sku, product.on_hand,
            COALESCE(SUM(level.quantity), 0) AS levels
        FROM product LEFT JOIN stock_level AS level
            ON level.organization_id = product.organization_id AND level.product_id = product.id
        GROUP BY product.organization_id, product.id, product.sku, product.on_hand
        HAVING COALESCE(SUM(level.quantity), 0) <> product.on_hand""",
    ),
    Invariant(
        "I1c",
        "Every line of the ledger follows from the one before: what there was, what was moved, what there is then.",
        """
        SELECT organization_id, id AS transaction_id, product_id, total_after, followed FROM (
            SELECT organization_id, id, product_id, total_after,
                SUM(rise) OVER (PARTITION BY organization_id, product_id ORDER BY id) AS followed
            FROM (SELECT organization_id, id, product_id, total_after, CASE WHEN from_id IS NULL THEN quantity
                    WHEN to_id IS NULL THEN -quantity ELSE 0 END AS rise
                FROM stock_transaction
                UNION ALL
                SELECT organization_id, 0, product_id, 0, SUM(quantity) FROM brought_forward
                GROUP BY organization_id, product_id) AS moved) AS lines
        WHERE id > 0 AND total_after <> followed""",
    ),
    Invariant(
        "I1d",
        "Every line of the ledger tells rightly what its places held after it.",
        """
        SELECT organization_id, transaction_id, product_id, location_id, told, followed FROM (
            SELECT organization_id, id AS transaction_id, product_id, location_id, told, SUM(change) OVER (
                PARTITION BY organization_id, product_id, location_id ORDER BY id) AS followed
            FROM (SELECT organization_id, id, product_id, to_id AS location_id, quantity AS change, to_after AS told
                FROM stock_transaction WHERE to_id IS NOT NULL
                UNION ALL
                SELECT organization_id, id, product_id, from_id, -quantity, from_after
                FROM stock_transaction WHERE from_id IS NOT NULL
                UNION ALL
                SELECT organization_id, 0, product_id, location_id, SUM(quantity), 0 FROM brought_forward
                GROUP BY organization_id, product_id, location_id) AS touched) AS lines
        WHERE transaction_id > 0 AND (told IS NULL OR told <> followed)""",
    ),
    Invariant(
        "I1e",
        "Whatever takes a movement back names one of the same product, and it is kept that it was taken back.",
        f"""
        SELECT back.organization_id, back.id AS transaction_id, back.reverses_id, back.product_id
        FROM stock_transaction AS back
        LEFT JOIN stock_transaction AS first ON first.id = back.reverses_id
        LEFT JOIN reversal ON reversal.organization_id = back.organization_id
            AND reversal.transaction_id = back.reverses_id
        WHERE back.reverses_id IS NOT NULL
            AND (first.id IS NULL AND back.reverses_id > {DROPPED} OR first.product_id <> back.product_id
                OR reversal.transaction_id IS NULL)""",
    ),
    Invariant(
        "I1f",
        "Every opening balance is the sum of all movements that happened before it.",
        f"""
        SELECT organization_id, starts_at, product_id, location_id, SUM(opening) AS opening, SUM(moved) AS moved
        FROM (SELECT organization_id, starts_at, product_id, location_id, quantity AS opening, 0 AS moved
            FROM opening_balance
            UNION ALL
            SELECT moved.organization_id, opened.starts_at, moved.product_id, moved.location_id, 0, moved.quantity
            FROM (SELECT DISTINCT organization_id, starts_at FROM opening_value) AS opened
            JOIN ({LEDGER_BY_PLACE}) AS moved ON moved.organization_id = opened.organization_id
                AND moved.happened_at < opened.starts_at) AS compared
        WHERE {is_kept("starts_at")}
        GROUP BY organization_id, starts_at, product_id, location_id HAVING SUM(opening) <> SUM(moved)""",
    ),
    Invariant(
        "I1g",
        "What there was of a product in all is the sum of its opening balances, and its average the one set last.",
        f"""
        SELECT opened.organization_id, opened.starts_at, opened.product_id, opened.quantity, opened.average
        FROM opening_value AS opened
        LEFT JOIN (SELECT organization_id, starts_at, product_id, SUM(quantity) AS quantity FROM opening_balance
            GROUP BY organization_id, starts_at, product_id) AS placed
            ON placed.organization_id = opened.organization_id AND placed.starts_at = opened.starts_at
            AND placed.product_id = opened.product_id
        LEFT JOIN stock_transaction AS setter ON setter.id = opened.set_by_id
        WHERE {is_kept("opened.starts_at")} AND (
            opened.quantity <> COALESCE(placed.quantity, 0)
            OR COALESCE(setter.average_after, -1) <> COALESCE(opened.average, -1)
                AND COALESCE(opened.set_by_id, {DROPPED} + 1) > {DROPPED}
            OR EXISTS (SELECT 1 FROM stock_transaction AS later
                WHERE later.organization_id = opened.organization_id AND later.product_id = opened.product_id
                AND later.average_after IS NOT NULL AND later.id > COALESCE(opened.set_by_id, 0)
                AND later.happened_at < opened.starts_at))""",
    ),
    Invariant(
        "I2",
        "No place holds less than nothing.",
        "SELECT organization_id, product_id, location_id, quantity FROM stock_level WHERE quantity < 0",
    ),
    Invariant(
        "I3",
        "Every asset is in one place, and it is the place where the ledger has it.",
        f"""
        SELECT asset.organization_id, asset.id AS asset_id, asset.tag, asset.location_id,
            found.location_id AS ledger_location_id, found.quantity
        FROM asset LEFT JOIN (
            SELECT organization_id, asset_id, location_id, SUM(quantity) AS quantity
            FROM ({LEDGER_BY_PLACE}) AS moved WHERE asset_id IS NOT NULL
            GROUP BY organization_id, asset_id, location_id HAVING SUM(quantity) <> 0) AS found
        ON found.organization_id = asset.organization_id AND found.asset_id = asset.id
        WHERE CASE WHEN found.quantity IS NULL THEN asset.location_id IS NOT NULL
            ELSE found.quantity <> 1 OR asset.location_id IS NULL OR found.location_id <> asset.location_id END""",
    ),
    Invariant(
        "I4",
        "From now on, no more of a product is promised at any moment than its warehouse owns,"
        " but for what was overbooked on purpose.",
        """
        WITH held AS (
            SELECT organization_id, product_id, warehouse_id, ends_at,
                CASE WHEN starts_at < :now THEN :now ELSE starts_at END AS starts_at,
                quantity - overbooked_quantity - returned_quantity AS quantity
            FROM reservation
            WHERE released_at IS NULL AND ends_at > :now AND quantity > overbooked_quantity + returned_quantity),
        turn AS (
            SELECT organization_id, product_id, warehouse_id, starts_at AS at, quantity FROM held
            UNION ALL
            SELECT organization_id, product_id, warehouse_id, ends_at, -quantity FROM held),
        sweep AS (
            SELECT organization_id, product_id, warehouse_id, at, SUM(quantity) OVER (
                PARTITION BY organization_id, product_id, warehouse_id ORDER BY at, quantity
                ROWS UNBOUNDED PRECEDING) AS promised
            FROM turn),
        peak AS (
            SELECT organization_id, product_id, warehouse_id, MAX(promised) AS promised FROM sweep
            GROUP BY organization_id, product_id, warehouse_id),
        owned AS (
            SELECT level.organization_id, level.product_id, location.warehouse_id, SUM(level.quantity) AS quantity
            FROM stock_level AS level JOIN location ON location.id = level.location_id
            GROUP BY level.organization_id, level.product_id, location.warehouse_id)
        SELECT peak.organization_id, peak.product_id, peak.warehouse_id, peak.promised,
            COALESCE(owned.quantity, 0) AS owned
        FROM peak LEFT JOIN owned ON owned.organization_id = peak.organization_id
            AND owned.product_id = peak.product_id AND owned.warehouse_id = peak.warehouse_id
        WHERE peak.promised > COALESCE(owned.quantity, 0)""",
    ),
    Invariant(
        "I5",
        "No asset is assigned twice at the same time.",
        """
        SELECT one.organization_id, one.asset_id, one.id AS assignment_id, other.id AS other_assignment_id
        FROM assignment AS one JOIN assignment AS other
            ON other.organization_id = one.organization_id AND other.asset_id = one.asset_id AND other.id > one.id
            AND other.starts_at < one.ends_at AND other.ends_at > one.starts_at
        WHERE one.state IN ('prepped', 'out') AND other.state IN ('prepped', 'out')""",
    ),
    Invariant(
        "I6",
        "What a line counts as out is the sum of its scans; every scan back is counted, and nothing returns"
        " that did not leave. (Consumables that were used up count as back without a scan.)",
        """
        SELECT reservation.organization_id, reservation.id AS reservation_id, reservation.out_quantity,
            reservation.returned_quantity, counted.went_out, counted.came_in
        FROM reservation LEFT JOIN (
            SELECT organization_id, line_id,
                SUM(CASE WHEN mode = 'out' THEN change ELSE 0 END) AS went_out,
                SUM(CASE WHEN mode = 'in' THEN change ELSE 0 END) AS came_in
            FROM scan WHERE line_id IS NOT NULL GROUP BY organization_id, line_id) AS counted
        ON counted.organization_id = reservation.organization_id AND counted.line_id = reservation.line_id
        WHERE reservation.line_id IS NOT NULL AND (reservation.out_quantity <> COALESCE(counted.went_out, 0)
            OR reservation.returned_quantity < COALESCE(counted.came_in, 0)
            OR reservation.returned_quantity > reservation.out_quantity)""",
    ),
    Invariant(
        "I6b",
        "An open repair keeps its pieces out of stock, unless they are used meanwhile; an ended one keeps none.",
        """
        SELECT repair.organization_id, repair.id AS repair_id, repair.number, repair.state, repair.quantity,
            repair.is_usable, claim.out_quantity, claim.returned_quantity, claim.released_at
        FROM repair LEFT JOIN reservation AS claim
            ON claim.organization_id = repair.organization_id AND claim.repair_id = repair.id
        WHERE CASE WHEN repair.state IN ('open', 'in_progress')
            THEN claim.id IS NULL OR claim.released_at IS NOT NULL
                OR claim.out_quantity - claim.returned_quantity
                    <> CASE WHEN repair.is_usable THEN 0 ELSE repair.quantity END
            ELSE claim.out_quantity > claim.returned_quantity END""",
    ),
    Invariant(
        "I6c",
        "What is in quarantine is kept out of stock, and what was released is not.",
        """
        SELECT quarantine.organization_id, quarantine.id AS quarantine_id, quarantine.number, quarantine.quantity,
            claim.out_quantity, claim.returned_quantity, claim.released_at
        FROM quarantine LEFT JOIN reservation AS claim
            ON claim.organization_id = quarantine.organization_id AND claim.quarantine_id = quarantine.id
        WHERE CASE WHEN quarantine.released_at IS NULL
            THEN claim.id IS NULL OR claim.released_at IS NOT NULL
                OR claim.out_quantity - claim.returned_quantity <> quarantine.quantity
            ELSE claim.out_quantity > claim.returned_quantity END""",
    ),
    Invariant(
        "I6d",
        "What was mended has passed its last test, and nothing that has ended is still with a repairer.",
        """
        SELECT repair.organization_id, repair.id AS repair_id, repair.number, repair.state
        FROM repair
        WHERE (repair.state = 'repaired' AND EXISTS (
                SELECT 1 FROM repair_test AS last WHERE last.repair_id = repair.id AND NOT last.is_passed
                AND last.id = (SELECT MAX(id) FROM repair_test WHERE repair_test.repair_id = repair.id)))
            OR (repair.state IN ('repaired', 'written_off') AND EXISTS (
                SELECT 1 FROM repair_sending AS away
                WHERE away.repair_id = repair.id AND away.returned_at IS NULL))""",
    ),
    Invariant(
        "I7",
        "Every scan was recorded once.",
        """
        SELECT organization_id, uuid, COUNT(*) AS times FROM scan
        GROUP BY organization_id, uuid HAVING COUNT(*) > 1""",
    ),
    Invariant(
        "I8",
        "Every activity that promises a task has one outbox row for it.",
        f"""
        SELECT activity.organization_id, activity.id AS activity_id, activity.verb, promised.kind
        FROM activity JOIN ({promised_tasks()}) AS promised ON promised.verb = activity.verb
        WHERE activity.happened_at > :lately AND 1 <> (
            SELECT COUNT(*) FROM outbox
            WHERE outbox.organization_id = activity.organization_id AND outbox.kind = promised.kind
                AND outbox.dedupe_key = 'activity:' || activity.id)""",
    ),
    Invariant(
        "I11a",
        "Nothing is out on an event that is closed.",
        """
        SELECT event.organization_id, event.id AS event_id, event.number, event.phase,
            reservation.id AS reservation_id, reservation.out_quantity, reservation.returned_quantity
        FROM event JOIN reservation
            ON reservation.organization_id = event.organization_id AND reservation.event_id = event.id
        WHERE event.phase = 'closed' AND reservation.out_quantity > reservation.returned_quantity""",
    ),
    Invariant(
        "I11b",
        "Archived products have no stock.",
        """
        SELECT product.organization_id, product.id AS product_id, product.sku, SUM(level.quantity) AS quantity
        FROM product JOIN stock_level AS level
            ON level.organization_id = product.organization_id AND level.product_id = product.id
        WHERE product.archived_at IS NOT NULL
        GROUP BY product.organization_id, product.id, product.sku HAVING SUM(level.quantity) <> 0""",
    ),
    Invariant(
        "I18a",
        "Every product that was ever in stock and is at or below its reorder level has one open alert that says"
        " what is true, unless somebody dismissed it and nothing got worse.",
        """
        SELECT product.organization_id, product.id AS product_id, product.sku, product.on_hand, product.reorder_level,
            waits.id AS alert_id, waits.kind
        FROM product LEFT JOIN alert AS waits
            ON waits.organization_id = product.organization_id AND waits.product_id = product.id
            AND waits.closed_at IS NULL AND NOT waits.is_ahead
        WHERE product.archived_at IS NULL AND NOT product.is_package AND product.was_stocked
            AND product.on_hand <= product.reorder_level
            AND CASE WHEN waits.id IS NOT NULL
                THEN waits.kind <> CASE WHEN product.on_hand <= 0 THEN 'out' ELSE 'low' END
                ELSE NOT EXISTS (
                    SELECT 1 FROM alert AS latest
                    WHERE latest.state = 'dismissed' AND (latest.kind = 'out' OR product.on_hand > 0)
                        AND latest.id = (SELECT MAX(id) FROM alert AS known
                            WHERE known.organization_id = product.organization_id
                                AND known.product_id = product.id AND NOT known.is_ahead)) END""",
    ),
    Invariant(
        "I18b",
        "No alert about a level is open of a product that is above it, has none, is archived, or was never in stock.",
        """
        SELECT product.organization_id, product.id AS product_id, product.sku, product.on_hand, product.reorder_level,
            alert.id AS alert_id
        FROM alert JOIN product
            ON product.organization_id = alert.organization_id AND product.id = alert.product_id
        WHERE alert.closed_at IS NULL AND NOT alert.is_ahead
            AND (product.archived_at IS NOT NULL OR product.is_package OR NOT product.was_stocked
                OR product.reorder_level IS NULL OR product.on_hand > product.reorder_level)""",
    ),
    Invariant(
        "I12a",
        "An issued invoice is the sum of its lines, and gross is net and tax.",
        """
        SELECT invoice.organization_id, invoice.id AS invoice_id, invoice.number, invoice.net, invoice.tax,
            invoice.gross, COALESCE(SUM(line.net), 0) AS lines
        FROM invoice LEFT JOIN invoice_line AS line
            ON line.organization_id = invoice.organization_id AND line.invoice_id = invoice.id
        WHERE invoice.state = 'issued'
        GROUP BY invoice.organization_id, invoice.id, invoice.number, invoice.net, invoice.tax, invoice.gross
        HAVING COALESCE(SUM(line.net), 0) <> invoice.net OR invoice.net + invoice.tax <> invoice.gross""",
    ),
    Invariant(
        "I12b",
        "What an invoice counts as paid is the sum of its payments.",
        """
        SELECT invoice.organization_id, invoice.id AS invoice_id, invoice.number, invoice.paid,
            COALESCE(SUM(payment.amount), 0) AS payments
        FROM invoice LEFT JOIN payment
            ON payment.organization_id = invoice.organization_id AND payment.invoice_id = invoice.id
        GROUP BY invoice.organization_id, invoice.id, invoice.number, invoice.paid
        HAVING COALESCE(SUM(payment.amount), 0) <> invoice.paid""",
    ),
    Invariant(
        "I12c",
        "Invoice numbers have no gaps.",
        """
        SELECT series.organization_id, series.series, series.year, series.last_number, COUNT(*) AS issued
        FROM number_series AS series JOIN invoice ON invoice.organization_id = series.organization_id
            AND invoice.number LIKE series.series || '-' || series.year || '-%'
        GROUP BY series.organization_id, series.series, series.year, series.last_number
        HAVING COUNT(*) <> series.last_number""",
    ),
    Invariant(
        "I17a",
        "What a line of a purchase order counts as received is the sum of its receipts less what was taken back."
        " (Of orders that are older than the ledger's beginning, the receipts may be gone.)",
        f"""
        SELECT line.organization_id, line.id AS order_line_id, line.order_id, line.received_quantity,
            COALESCE(came.quantity, 0) AS ledger
        FROM order_line AS line JOIN purchase_order AS orders
            ON orders.organization_id = line.organization_id AND orders.id = line.order_id
        LEFT JOIN (
            SELECT organization_id, order_line_id,
                SUM(CASE WHEN to_id IS NULL THEN -quantity ELSE quantity END) AS quantity
            FROM stock_transaction WHERE order_line_id IS NOT NULL
            GROUP BY organization_id, order_line_id) AS came
        ON came.organization_id = line.organization_id AND came.order_line_id = line.id
        WHERE line.received_quantity <> COALESCE(came.quantity, 0)
            AND {is_kept("orders.created_at")}""",
    ),
    Invariant(
        "I17b",
        "A purchase order stands where its lines do: nothing came of a draft, of one that was ordered or"
        " cancelled; all came of one that was received, unless it was closed short.",
        """
        SELECT orders.organization_id, orders.id AS order_id, orders.number, orders.state, sums.came, sums.missing
        FROM purchase_order AS orders LEFT JOIN (
            SELECT organization_id, order_id, SUM(received_quantity) AS came,
                SUM(CASE WHEN quantity > received_quantity THEN quantity - received_quantity ELSE 0 END) AS missing
            FROM order_line GROUP BY organization_id, order_id) AS sums
        ON sums.organization_id = orders.organization_id AND sums.order_id = orders.id
        WHERE CASE orders.state
            WHEN 'received' THEN COALESCE(sums.missing, 1) > 0 AND orders.closed_reason = ''
            WHEN 'partly_received' THEN COALESCE(sums.came, 0) = 0 OR sums.missing = 0
            WHEN 'ordered' THEN COALESCE(sums.came, 0) > 0 OR sums.missing IS NULL
            ELSE COALESCE(sums.came, 0) > 0 END""",
    ),
    Invariant(
        "I15a",
        "A job part's claim is what was allocated less what was used and returned.",
        """
        SELECT part.organization_id, part.id AS job_part_id, part.job_id, part.quantity_allocated,
            part.quantity_used, part.quantity_returned, COALESCE(claim.quantity, 0) AS claimed
        FROM job_part AS part LEFT JOIN reservation AS claim
            ON claim.organization_id = part.organization_id AND claim.job_part_id = part.id
            AND claim.released_at IS NULL
        WHERE part.quantity_allocated - part.quantity_used - part.quantity_returned
            <> COALESCE(claim.quantity, 0)""",
    ),
    Invariant(
        "I15b",
        "What was used of a job part is the sum of its issues less what was taken back."
        " (Of parts that are older than the ledger's beginning, the issues may be gone.)",
        f"""
        SELECT part.organization_id, part.id AS job_part_id, part.quantity_used, COALESCE(moved.used, 0) AS issued
        FROM job_part AS part LEFT JOIN (
            SELECT organization_id, job_part_id, SUM(CASE WHEN to_id IS NULL THEN quantity ELSE -quantity END) AS used
            FROM stock_transaction WHERE job_part_id IS NOT NULL GROUP BY organization_id, job_part_id) AS moved
        ON moved.organization_id = part.organization_id AND moved.job_part_id = part.id
        WHERE part.quantity_used <> COALESCE(moved.used, 0) AND {is_kept("part.created_at")}""",
    ),
    Invariant(
        "I15c",
        "Jobs that are done or cancelled hold no claims.",
        """
        SELECT job.organization_id, job.id AS job_id, job.number, job.state, claim.id AS reservation_id,
            claim.quantity
        FROM job JOIN job_part AS part ON part.organization_id = job.organization_id AND part.job_id = job.id
        JOIN reservation AS claim
            ON claim.organization_id = part.organization_id AND claim.job_part_id = part.id
        WHERE job.state IN ('done', 'cancelled') AND claim.released_at IS NULL AND claim.quantity > 0""",
    ),
    Invariant(
        "I15d",
        "What the parts of a job cost stands once among the costs of its event, while that is open.",
        """
        SELECT job.organization_id, job.id AS job_id, job.number, event.number AS event_number,
            cost.event_id AS cost_event_id, cost.actual, COALESCE(used.cost, 0) AS parts_cost
        FROM job JOIN event ON event.organization_id = job.organization_id AND event.id = job.event_id
        LEFT JOIN event_cost AS cost ON cost.organization_id = job.organization_id AND cost.job_id = job.id
        LEFT JOIN (
            SELECT organization_id, job_id, SUM(cost) AS cost FROM job_part GROUP BY organization_id, job_id) AS used
        ON used.organization_id = job.organization_id AND used.job_id = job.id
        WHERE event.phase NOT IN ('closed', 'cancelled') AND (
            COALESCE(cost.actual, 0) <> COALESCE(used.cost, 0)
            OR (cost.id IS NOT NULL AND cost.event_id <> job.event_id))""",
    ),
    Invariant(
        "I16a",
        "What a posted count wrote into the ledger of a line's place is what the line says was posted.",
        f"""
        SELECT line.organization_id, line.count_id, line.id AS line_id, line.posted_difference,
            COALESCE(SUM(moved.quantity), 0) AS ledger
        FROM count_line AS line JOIN count_session AS session ON session.id = line.count_id
        LEFT JOIN ({COUNTED_BY_PLACE}) AS moved
            ON moved.organization_id = line.organization_id AND moved.count_id = line.count_id
            AND moved.product_id = line.product_id AND moved.location_id = line.location_id
            AND COALESCE(moved.asset_id, 0) = COALESCE(line.asset_id, 0)
        WHERE session.state IN ('posted', 'reversed') AND line.posted_difference IS NOT NULL
            AND {is_kept("session.started_at")}
        GROUP BY line.organization_id, line.count_id, line.id, line.posted_difference
        HAVING COALESCE(SUM(moved.quantity), 0) <> line.posted_difference""",
    ),
    Invariant(
        "I16b",
        "A count that is not posted has written nothing into the ledger.",
        """
        SELECT session.organization_id, session.id AS count_id, session.number, session.state,
            moved.id AS transaction_id
        FROM count_session AS session
        JOIN count_line AS line ON line.organization_id = session.organization_id AND line.count_id = session.id
        JOIN stock_transaction AS moved
            ON moved.organization_id = line.organization_id AND moved.count_line_id = line.id
        WHERE session.state NOT IN ('posted', 'reversed')""",
    ),
    Invariant(
        "I16c",
        "No count has two lines for the same thing in the same place.",
        """
        SELECT organization_id, count_id, product_id, location_id, asset_id, COUNT(*) AS lines FROM count_line
        GROUP BY organization_id, count_id, product_id, location_id, asset_id HAVING COUNT(*) > 1""",
    ),
    Invariant(
        "I20a",
        "Inspection numbers have no gaps.",
        """
        SELECT series.organization_id, series.series, series.year, series.last_number, COUNT(made.id) AS made
        FROM number_series AS series LEFT JOIN inspection AS made ON made.organization_id = series.organization_id
            AND made.number LIKE series.series || '-' || series.year || '-%'
        WHERE series.series = 'INS'
        GROUP BY series.organization_id, series.series, series.year, series.last_number
        HAVING COUNT(made.id) <> series.last_number""",
    ),
    Invariant(
        "I20b",
        "An inspection is of the product of its asset, and one that counts no more says why.",
        """
        SELECT made.organization_id, made.id AS inspection_id, made.number, made.product_id,
            asset.product_id AS of_asset
        FROM inspection AS made LEFT JOIN asset
            ON asset.organization_id = made.organization_id AND asset.id = made.asset_id
        WHERE asset.product_id <> made.product_id OR (made.voided_at IS NOT NULL AND made.voided_reason = '')""",
    ),
    Invariant(
        "I21a",
        "A case that is out on an event stands at its site, itself or in another case; one that is stored does not.",
        """
        WITH RECURSIVE above (case_id, location_id, parent_id) AS (
            SELECT boxed.id, place.id, place.parent_id
            FROM "case" AS boxed JOIN location AS place ON place.id = boxed.location_id
            UNION ALL
            SELECT above.case_id, place.id, place.parent_id FROM above JOIN location AS place
                ON place.id = above.parent_id)
        SELECT boxed.organization_id, boxed.id AS case_id, boxed.state, boxed.event_id FROM "case" AS boxed
        WHERE (boxed.state = 'out') <> EXISTS (
            SELECT 1 FROM above JOIN location AS place ON place.id = above.location_id
            LEFT JOIN event ON event.site_id = place.id
            WHERE above.case_id = boxed.id AND place.kind = 'event_site'
                AND (boxed.event_id IS NULL OR event.id = boxed.event_id))""",
    ),
    Invariant(
        "I21b",
        "Every place that is a case has a row that says so, and no other place has one.",
        """
        SELECT place.organization_id, place.id AS location_id, place.kind, boxed.id AS case_id
        FROM location AS place LEFT JOIN "case" AS boxed ON boxed.location_id = place.id
        WHERE (place.kind = 'case') <> (boxed.id IS NOT NULL)""",
    ),
    Invariant(
        "I21c",
        "Only a sealed case that is stored keeps claims on what is in it.",
        """
        SELECT boxed.organization_id, boxed.id AS case_id, claim.id AS reservation_id, boxed.state, boxed.sealed_at
        FROM case_claim AS link JOIN "case" AS boxed ON boxed.id = link.case_id
        JOIN reservation AS claim ON claim.id = link.reservation_id
        WHERE claim.released_at IS NULL AND (boxed.sealed_at IS NULL OR boxed.state <> 'stored')""",
    ),
    Invariant(
        "I21d",
        "What a sealed and stored case holds itself is claimed by it.",
        """
        SELECT boxed.organization_id, boxed.id AS case_id, level.product_id, level.quantity,
            COALESCE(claimed.quantity, 0) AS claimed
        FROM "case" AS boxed JOIN stock_level AS level ON level.location_id = boxed.location_id AND level.quantity > 0
        LEFT JOIN (SELECT link.case_id, claim.product_id, SUM(claim.quantity) AS quantity
            FROM case_claim AS link JOIN reservation AS claim ON claim.id = link.reservation_id
            WHERE claim.released_at IS NULL GROUP BY link.case_id, claim.product_id) AS claimed
        ON claimed.case_id = boxed.id AND claimed.product_id = level.product_id
        WHERE boxed.sealed_at IS NOT NULL AND boxed.state = 'stored'
            AND COALESCE(claimed.quantity, 0) < level.quantity""",
    ),
    Invariant("I13", "No row refers to a row of another organization.", foreign_rows()),
)
