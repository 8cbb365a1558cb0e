"""Texts of the report on resolution rates."""

RATES = {
    "rates.found": (
        "Of completed complaints, {fixed} fixed the first time; of promises, {kept} kept",
        "已办结投诉中{fixed}一次修复；承诺兑现率{kept}",
    ),
    "rates.found_without_promises": (
        "Of completed complaints, {fixed} fixed the first time, {contact} at the first contact",
        "已办结投诉中{fixed}一次修复，{contact}首次联系即解决",
    ),
    "rates.none": (
        "None of {complaints:,} {complaints:complaint|complaints} is completed yet",
        "{complaints:,}件投诉均未办结",
    ),
    "rates.none.note": (
        "Rates are of completed complaints: complete one (action “complete”, POST /v1/complaints/…/transitions).",
        "比率以已办结投诉为基数：请先办结（POST /v1/complaints/…/transitions，action为complete）。",
    ),
    "rates.subtitle": (
        "Rates, {grouping}, {since} to {until}, with their 95% interval",
        "比率（{grouping}），{since} 至 {until}，含95%置信区间",
    ),
    "rates.first_contact": ("at first contact", "首次联系解决"),
    "rates.reopened": ("reopened", "重新开启"),
    "rates.fixed_first_time": ("fixed first time", "一次修复"),
    "rates.promises_kept": ("promises kept", "承诺兑现"),
    "rates.solved": ("customer: solved", "客户：已解决"),
    "rates.pleasant": ("customer: pleasant", "客户：愉快"),
    "rates.note": (
        (
            "Of {completed:,} {completed:complaint|complaints} completed at least once. "
            "First contact: completed within {minutes} {minutes:minute|minutes} "
            "of it, with no promise, wait or return."
        ),
        "共{completed:,}件至少办结一次。首次联系解决：联系后{minutes}分钟内办结，无承诺、无等待、未重开。",
    ),
}
