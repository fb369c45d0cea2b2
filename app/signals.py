"""What pages and programs that look on are told after a commit: this changed, ask again. Losing it loses nothing."""

import json
import time
from collections import defaultdict
from typing import Final

from redis.exceptions import RedisError

from app.extensions import db, redis_link
from app.scope import current_organization_id
from app.transactions import after_commit

CHANNEL: Final = "crosshire:live:"
"""Before the organization's number: one channel for each."""
MOST_NAMED: Final = 100
"""Products that are named one by one; of more, it is only said that stock has changed."""
ANY_STOCK: Final = json.dumps({"topic": "stock", "product_id": None, "location_ids": []})
SILENCE: Final = 5.0


class _Silence:
    """Until when nobody is told: a Redis that hangs must not slow every deed down."""

    until = 0.0


def stock_changed(product_id: int, *location_ids: int | None) -> None:
    """Once this transaction stands, tell that there is more or less of a product in these places."""
    changes = db.session().info.setdefault("signals", {})
    places = changes.setdefault(current_organization_id(), defaultdict(set))[product_id]
    places.update(place for place in location_ids if place is not None)
    after_commit(publish)


def publish() -> None:
    """Tell it to every process that holds connections."""
    changes = db.session().info.pop("signals", {})
    if time.monotonic() < _Silence.until:
        return
    try:
        with redis_link.client.pipeline(transaction=False) as pipe:
            for organization_id, products in changes.items():
                for message in messages(products):
                    pipe.publish(f"{CHANNEL}{organization_id}", message)
            pipe.execute()
    except RedisError:
        _Silence.until = time.monotonic() + SILENCE


def messages(products: dict[int, set[int]]) -> list[str]:
    """One message for each product, or one for a delivery of very many."""
    if len(products) > MOST_NAMED:
        return [ANY_STOCK]
    return [
        json.dumps({"topic": "stock", "product_id": product_id, "location_ids": sorted(places)})
        for product_id, places in sorted(products.items())
    ]
