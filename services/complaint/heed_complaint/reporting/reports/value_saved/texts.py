"""Texts of the report on value saved."""

SAVED = {
    "saved.found": (
        "Resolving in time is expected to have saved {saved}, for {cost} of remedies and handling",
        "及时解决预期挽回{saved}，补救与处理成本{cost}",
    ),
    "saved.found_nothing": (
        "Nothing was resolved in time of which the expected value is known",
        "尚无及时解决且预期价值已知的投诉",
    ),
    "saved.subtitle": (
        "Expected value saved and cost, {grouping}, {since} to {until}, {currency}",
        "预期挽回价值与成本（{grouping}），{since} 至 {until}，{currency}",
    ),
    "saved.note": (
        (
            "Known for {known:,} of {complaints:,} {complaints:complaint|complaints}. "
            "An association, not a proven effect: easy cases are "
            "resolved quickly, too."
        ),
        "{complaints:,}件投诉中{known:,}件有预期价值。此为关联而非已证实的效果：易处理者本就解决得快。",
    ),
    "saved.total": ("{saved} saved in time, {cost} of costs", "按时挽回{saved}，成本{cost}"),
    "saved.saved": ("resolved in time", "按时解决"),
    "saved.late": ("resolved late: at most", "超时解决：至多"),
    "saved.lost": ("unresolved: lost", "未解决：损失"),
    "saved.remedies": ("remedies", "补救"),
    "saved.handling": ("handling", "处理"),
}
