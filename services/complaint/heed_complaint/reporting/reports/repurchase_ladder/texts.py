"""Texts of the repurchase ladder."""

LADDER = {
    "ladder.not_complained": ("did not complain", "未投诉"),
    "ladder.unresolved": ("complained, unresolved", "投诉未解决"),
    "ladder.resolved": ("resolved", "已解决"),
    "ladder.resolved_quickly": ("resolved quickly", "迅速解决"),
    "ladder.found": (
        "Resolved quickly, {quick} buy again within {days} {days:day|days}; unresolved, {unresolved}",
        "迅速解决者{quick}在{days}天内再次购买；未解决者{unresolved}",
    ),
    "ladder.found_alike": (
        "Quickly resolved or not: no difference beyond chance ({quick} and {unresolved} buy again)",
        "是否迅速解决：再次购买的差异未超出偶然（{quick}与{unresolved}）",
    ),
    "ladder.found_part": (
        "Of those whose complaint is decided, {share} buy again within {days} {days:day|days}",
        "投诉已有结果的客户中，{share}在{days}天内再次购买",
    ),
    "ladder.not_over": (
        "The {days} {days:day is|days are} not over for any customer yet",
        "尚无客户满{days}天观察期",
    ),
    "ladder.none_decided": (
        "No customer’s first complaint is decided yet: {undecided:,} {undecided:is|are} open",
        "尚无客户的首次投诉有结果：{undecided:,}人的仍未结",
    ),
    "ladder.advice": (
        (
            "A customer counts {days} {days:day|days} after the complaint was completed or given up, if purchases "
            "before it are recorded. Ask for a shorter horizon (horizon_days=…) or earlier days."
        ),
        "有投诉前购买记录的客户，自投诉办结或放弃起满{days}天后计入。可缩短观察期（horizon_days=…）或选择更早的日期。",
    ),
    "ladder.subtitle": (
        "Share that bought again within {days} {days:day|days}, {since} to {until}, beside TARP's survey",
        "{days}天内再次购买的比例，{since} 至 {until}，对照TARP调查",
    ),
    "ladder.measured": ("measured, 95% interval", "实测，95%区间"),
    "ladder.tarp": ("TARP, intentions in surveys", "TARP，调查意向"),
    "ladder.row": ("{share} of {of:,}", "{of:,}人中{share}"),
    "ladder.row_few": ("{count:,} of {of:,}: few", "{of:,}人中{count:,}人，人数少"),
    "ladder.none": ("none yet", "尚无"),
    "ladder.note": (
        (
            "From the day it was completed or given up; not complained: {delay:.0f} days after a purchase, satisfied "
            "customers too. Not over yet: {running:,}."
        ),
        "自办结或放弃之日起计；未投诉者自购买后第{delay:.0f}天起计，含满意客户。观察期未满：{running:,}人。",
    ),
}
