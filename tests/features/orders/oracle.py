"""Every feature of order lines for one customer and one cutoff, in plain loops, from the feature dictionary.

It shares nothing with the kernel: no arrays, no prefix sums, no declared measures.
"""

import math
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Line = dict[str, Any]
NAN = float("nan")
DAY = timedelta(days=1)
WINDOWS = (30, 90, 365)
RHYTHM_WINDOWS = (7, 14, 28, 60, *WINDOWS)


def features_at(lines: list[Line], cutoff: datetime, zone: str) -> dict[str, float] | None:
    """All features by name; None where nothing of the customer was known before the cutoff."""
    known = [line for line in lines if line["ordered_at"] < cutoff and was_known(line, cutoff)]
    if not known:
        return None
    known.sort(key=lambda line: (line["ordered_at"], line["order_id"], line["line_id"]))
    history = History(known, cutoff, ZoneInfo(zone))
    found = history.over_all_history()
    for days in RHYTHM_WINDOWS:
        found |= {f"{name}_{days}d": value for name, value in history.rhythm(days).items()}
    for days in WINDOWS:
        for group in (history.orders_over, history.lines_over, history.prices_over, history.habits_over):
            found |= {f"{name}_{days}d": value for name, value in group(days).items()}
    return found


def was_known(line: Line, cutoff: datetime) -> bool:
    ingested = line.get("ingested_at")
    return ingested is None or ingested < cutoff


def over(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator else NAN


def deviation(numbers: list[int]) -> float:
    if not numbers:
        return NAN
    n, total = len(numbers), sum(numbers)
    return math.sqrt((n * sum(x * x for x in numbers) - total * total) / (n * n))


def listed(line: Line) -> int:
    return max(line["list_amount"] or 0, line["amount"])


def milli_units(line: Line) -> int:
    return 1000 if line["quantity"] is None else math.floor(1000 * abs(line["quantity"]) + 0.5)


def points(line: Line) -> int:
    return max(math.floor((line["points_redeemed"] or 0) + 0.5), 0)


def price_position(line: Line) -> int:
    """Thousandths of a deviation above the type's mean log price, at most three deviations."""
    units = max(milli_units(line), 1)
    log_price = math.log(max(listed(line), 1) * 1000.0 / units) * 1000
    spread = max(line["type_price_deviation"] or 0, 50)
    return min(max(round((log_price - (line["type_price_mean"] or 0)) / spread * 1000), -3000), 3000)


class History:
    def __init__(self, lines: list[Line], cutoff: datetime, zone: ZoneInfo) -> None:
        self.lines, self.cutoff = lines, cutoff
        self.orders: list[dict[str, Any]] = []  # in the order in which they start
        new_products: set[str] = set()
        for line in lines:
            if line["amount"] <= 0:
                continue
            order = next((o for o in self.orders if o["id"] == line["order_id"]), None)
            if order is None:
                local = line["ordered_at"].astimezone(zone)
                order = {"id": line["order_id"], "at": line["ordered_at"], "local": local, "value": 0}
                order |= {"store": line["store_id"], "channel": line["channel"], "lines": []}
                self.orders.append(order)
            order["value"] += line["amount"]
            order["lines"].append(line)
        self.first_buys = []
        for line in lines:
            product = line["product_id"]
            if line["amount"] > 0 and product is not None and product not in new_products:
                new_products.add(product)
                self.first_buys.append(line)
        self.days: list[dict[str, Any]] = []  # first order of each calendar day, with the gap before it
        for order in self.orders:
            date = order["local"].date()
            if self.days and self.days[-1]["date"] == date:
                continue
            gap = (date - self.days[-1]["date"]).days if self.days else None
            self.days.append({"date": date, "at": order["at"], "gap": gap})

    def inside(self, at: datetime, days: int) -> bool:
        return self.cutoff - days * DAY <= at < self.cutoff

    def window(self, days: int) -> list[Line]:
        return [line for line in self.lines if self.inside(line["ordered_at"], days)]

    def sold(self, days: int) -> list[Line]:
        return [line for line in self.window(days) if line["amount"] > 0]

    def orders_in(self, days: int) -> list[dict[str, Any]]:
        return [order for order in self.orders if self.inside(order["at"], days)]

    def days_in(self, days: int) -> list[dict[str, Any]]:
        return [day for day in self.days if self.inside(day["at"], days)]

    def sales(self, days: int) -> int:
        return sum(line["amount"] for line in self.sold(days))

    def over_all_history(self) -> dict[str, float]:
        gaps = [day["gap"] for day in self.days if day["gap"] is not None]
        since = (self.cutoff - self.orders[-1]["at"]) / DAY if self.orders else NAN
        tenure = (self.cutoff - self.orders[0]["at"]) / DAY if self.orders else NAN
        cadence, spread = over(sum(gaps), len(gaps)), deviation(gaps)
        found = {
            "days_since_last_order": since,
            "tenure_days": tenure,
            "cadence_days": cadence,
            "cadence_deviation_days": spread,
            "last_gap_days": gaps[-1] if gaps else NAN,
            "gap_over_cadence": since / cadence if gaps else NAN,
            "gap_surprise": (since - cadence) / max(spread, 1.0) if gaps else NAN,
            "repeat_order_count": max(len(self.orders) - 1, 0),
            "repeat_order_day_count": max(len(self.days) - 1, 0),
            "variety_trend_30_90": over(self.distinct("product_type", 30), self.distinct("product_type", 90)),
            "discount_trend_30_90": self.depth(30) - self.depth(90),
        }
        for short, long in ((30, 90), (90, 365)):
            days = min(max(tenure, short), long) if self.orders else NAN
            counts = len(self.days_in(short)), len(self.days_in(long))
            sales = self.sales(short), self.sales(long)
            found[f"order_trend_{short}_{long}"] = over(counts[0] * days, counts[1] * short)
            found[f"spend_trend_{short}_{long}"] = over(sales[0] * days, sales[1] * short)
        return found

    def rhythm(self, days: int) -> dict[str, float]:
        spend = sum(line["amount"] for line in self.window(days))
        return {"order_day_count": len(self.days_in(days)), "total_spend": spend}

    def orders_over(self, days: int) -> dict[str, float]:
        orders, sold = self.orders_in(days), self.sold(days)
        gaps = [day["gap"] for day in self.days_in(days) if day["gap"] is not None]
        touched = [
            o["value"] for o in self.orders if any(self.inside(x["ordered_at"], days) for x in o["lines"])
        ]
        units = sum(milli_units(line) for line in sold)
        return {
            "mean_gap": over(sum(gaps), len(gaps)),
            "gap_deviation": deviation(gaps),
            "longest_gap": max(gaps, default=NAN),
            "order_count": len(orders),
            "mean_order_value": over(self.sales(days), len(orders)),
            "largest_order_value": max(touched, default=NAN),
            "lines_per_order": over(len(sold), len(orders)),
            "units_per_order": over(units, len(orders)) / 1000,
        }

    def lines_over(self, days: int) -> dict[str, float]:
        sold, sales = self.sold(days), self.sales(days)
        back = [line for line in self.window(days) if line["amount"] < 0]
        used = [points(line) for line in self.window(days)]
        coupons = [max(line["coupon_amount"] or 0, 0) for line in sold]
        new = [line for line in self.first_buys if self.inside(line["ordered_at"], days)]
        paid_with_points = [line for line in sold if points(line) > 0]
        return {
            "line_count": len(sold),
            "mean_line_value": over(sales, len(sold)),
            "product_count": self.distinct("product_id", days),
            "product_type_count": self.distinct("product_type", days),
            "category_count": self.distinct("category", days),
            "brand_count": self.distinct("brand", days),
            "store_count": self.distinct("store_id", days),
            "channel_count": self.distinct("channel", days),
            "new_product_share": over(len(new), len(sold)),
            "return_count": len(back),
            "return_share": over(-sum(line["amount"] for line in back), sales),
            "coupon_line_share": over(sum(1 for coupon in coupons if coupon), len(sold)),
            "coupon_share": over(sum(coupons), sales),
            "points_redeemed": sum(used),
            "points_line_share": over(len(paid_with_points), len(sold)),
        }

    def distinct(self, column: str, days: int) -> int:
        return len({line[column] for line in self.sold(days)} - {None})

    def depth(self, days: int) -> float:
        sold = self.sold(days)
        return over(sum(listed(x) - x["amount"] for x in sold), sum(listed(x) for x in sold))

    def prices_over(self, days: int) -> dict[str, float]:
        sold = self.sold(days)
        full = sum(line["amount"] for line in sold if listed(line) == line["amount"])
        own = [line for line in sold if line["is_private_label"]]
        compared = [line for line in sold if (line["type_lines"] or 0) > 0]
        excess = own_excess = 0
        for line in compared:
            usual = listed(line) * (line["type_discount_ppm"] or 0) // 1_000_000
            excess += listed(line) - line["amount"] - usual
            own_excess += 1_000_000 * bool(line["is_private_label"]) - (line["type_private_ppm"] or 0)
        return {
            "discount_depth": self.depth(days),
            "discounted_line_share": over(sum(1 for x in sold if listed(x) > x["amount"]), len(sold)),
            "full_price_share": over(full, self.sales(days)),
            "excess_discount_depth": over(excess, sum(listed(line) for line in compared)),
            "price_rank": over(sum(price_position(line) for line in compared), len(compared)) / 1000,
            "private_label_share": over(len(own), len(sold)),
            "excess_private_label_share": over(own_excess, len(compared)) / 1_000_000,
        }

    def habits_over(self, days: int) -> dict[str, float]:
        orders = self.orders_in(days)
        n = len(orders)
        weekdays = [sum(1 for o in orders if o["local"].weekday() == day) for day in range(7)]
        return {
            "store_switch_share": over(self.switches("store", days), n),
            "channel_switch_share": over(self.switches("channel", days), n),
            "weekend_share": over(weekdays[5] + weekdays[6], n),
            "morning_share": over(sum(1 for o in orders if o["local"].hour < 12), n),
            "evening_share": over(sum(1 for o in orders if o["local"].hour >= 18), n),
            "weekday_concentration": over(sum(count * count for count in weekdays), n * n),
        }

    def switches(self, place: str, days: int) -> int:
        found = 0
        for before, order in zip(self.orders, self.orders[1:], strict=False):
            known = before[place] is not None and order[place] is not None
            if known and before[place] != order[place] and self.inside(order["at"], days):
                found += 1
        return found
