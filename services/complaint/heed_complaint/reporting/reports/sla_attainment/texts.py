"""Texts of the report on SLA attainment."""

ATTAINMENT = {
    "milestone.acknowledgement": ("acknowledgement", "确认收到"),
    "milestone.first_contact": ("first contact", "联系"),
    "milestone.commitment": ("commitment", "承诺"),
    "milestone.progress": ("progress", "进展告知"),
    "milestone.resolution": ("resolution", "完成"),
    "milestone.call_back": ("call-back", "回访"),
    "attainment.found": (
        "Of decided deadlines, {met} met; {milestone} is weakest with {share}",
        "已判定的时限中{met}按时完成；最弱的是{milestone}，为{share}",
    ),
    "attainment.found_even": (
        "Of decided deadlines, {met} met; no milestone is weaker than the rest beyond chance",
        "已判定的时限中{met}按时完成；各环节差异未超出偶然",
    ),
    "attainment.undecided": (
        "No deadline is decided yet: {open:,} {open:is|are} running",
        "尚无已判定的时限：{open:,}个进行中",
    ),
    "attainment.none": ("No deadline applies to these complaints", "这些投诉没有适用的时限"),
    "attainment.none.note": (
        "Deadlines follow from the policies and agreements in force (GET /v1/sla/policies).",
        "时限由现行政策与协议决定（GET /v1/sla/policies）。",
    ),
    "attainment.found_all": (
        "All decided deadlines were met ({of:,})",
        "已判定的{of:,}个时限全部按时完成",
    ),
    "attainment.subtitle": (
        "Share met in time, {grouping}, {since} to {until}, with its 95% interval",
        "按时率（{grouping}），{since} 至 {until}，含95%置信区间",
    ),
    "attainment.note": (
        "Of decided deadlines only: met or missed, {decided:,}. Still open: {open:,}. No longer due: {cancelled:,}.",
        "仅计已判定的时限（按时或超时）：{decided:,}个。未完结：{open:,}个。不再需要：{cancelled:,}个。",
    ),
}
