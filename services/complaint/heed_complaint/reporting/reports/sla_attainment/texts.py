"""Texts of the report on SLA attainment."""

ATTAINMENT = {
    "milestone.acknowledgement": ("acknowledgement", "确认收到"),
    "milestone.first_contact": ("first contact", "联系"),
    "milestone.commitment": ("commitment", "承诺"),
    "milestone.progress": ("progress", "进展告知"),
    "milestone.resolution": ("resolution", "完成"),
    "milestone.call_back": ("call-back", "回访"),
    "attainment.found": (
        "{met} of the clocks that are decided were met; {milestone} is weakest with {share}",
        "已判定的时限中{met}按时完成；最弱的是{milestone}，为{share}",
    ),
    "attainment.found_all": (
        "All clocks that are decided were met ({of:,})",
        "已判定的{of:,}个时限全部按时完成",
    ),
    "attainment.subtitle": (
        "Share met in time by {by}, {since} to {until}, with its 95% interval",
        "按{by}统计的按时率，{since} 至 {until}，含95%置信区间",
    ),
    "attainment.note": (
        "Of decided clocks only: met or missed, {decided:,}. Still open: {open:,}. Not owed any more: {cancelled:,}.",
        "仅计已判定的时限（按时或超时）：{decided:,}个。未完结：{open:,}个。不再需要：{cancelled:,}个。",
    ),
}
