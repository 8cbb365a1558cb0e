"""Texts of the report on durations."""

TIMES = {
    "times.contact": ("to the first contact", "至首次联系"),
    "times.first_resolution": ("to the first resolution", "至首次解决"),
    "times.resolution": ("to the resolution that holds", "至最终解决"),
    "times.found": (
        "Half of the customers are contacted within {contact} and helped within {resolution}",
        "半数客户在{contact}内得到联系，在{resolution}内得到解决",
    ),
    "times.found_contact": (
        "Half of the customers are contacted within {contact}; less than half are helped yet",
        "半数客户在{contact}内得到联系；获得解决者尚不足半数",
    ),
    "times.found_neither": ("Less than half of the customers were contacted yet", "得到联系的客户尚不足半数"),
    "times.too_few": (
        "Too few to tell how long customers wait: {count:,} {count:complaint|complaints}",
        "投诉仅{count:,}件，尚不足以判断客户等待多久",
    ),
    "times.subtitle": (
        "Time on the wall clock, {grouping}, {since} to {until}: median (dot, 95% interval), 90th percentile (line)",
        "自然时间（{grouping}），{since} 至 {until}：中位数（点，95%区间）与第90百分位（竖线）",
    ),
    "times.working": ("working time {median}", "工作时间{median}"),
    "times.row": ("{median} · 90%: {high}", "{median} · 90%：{high}"),
    "times.undecided": (
        "half not reached: {decided:,} done, {open:,} not",
        "未达半数：已完成{decided:,}件，未完成{open:,}件",
    ),
    "times.note": (
        (
            "Kaplan–Meier: {open:,} that {open:waits|wait} and {ended:,} that ended otherwise count as long as they "
            "waited. "
            "Working time: of what is decided."
        ),
        "Kaplan–Meier估计：{open:,}件仍在等待、{ended:,}件以其他方式结束者按已等待时长计入。工作时间仅计已完成者。",
    ),
    "times.axis": ("hours, logarithmic", "小时，对数刻度"),
}
