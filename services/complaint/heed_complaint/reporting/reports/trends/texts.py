"""Texts of the report on trends."""

TRENDS = {
    "trends.all": ("All complaints", "全部投诉"),
    "trends.above": (
        "{label} rose beyond chance: {count:,} in the {every} of {start} ({expected:.1f} expected)",
        "{label}异常增多：{start}起的一{every}{count:,}件（预期{expected:.1f}件）",
    ),
    "trends.below": (
        "{label} fell beyond chance: {count:,} in the {every} of {start} ({expected:.1f} expected)",
        "{label}异常减少：{start}起的一{every}{count:,}件（预期{expected:.1f}件）",
    ),
    "trends.shifted": (
        "{label} has been on one side of its mean for eight {every}s or more, until {start}",
        "{label}截至{start}已连续八{every}以上处于均值同一侧",
    ),
    "trends.quiet": (
        "Nothing out of the ordinary: all {count:,} numbers are within what chance does",
        "无异常：全部{count:,}个数均在偶然波动范围内",
    ),
    "trends.too_short": (
        "Too short to tell what is ordinary: limits need eight {every}s",
        "时间太短，无法判断何为正常：控制限至少需要八{every}",
    ),
    "trends.every.week": ("week", "周"),
    "trends.every.month": ("month", "月"),
    "trends.subtitle": (
        "Complaints received a {every}, {since} to {until}, with limits of chance",
        "每{every}收到的投诉，{since} 至 {until}，含偶然波动界限",
    ),
    "trends.note": (
        (
            "Limits: 99.7% of Poisson counts around the mean, wider where {every}s differ more from each other. "
            "Groups out of the ordinary first."
        ),
        "界限：均值附近泊松计数的99.7%；各{every}差异更大时相应放宽。异常组在前。",
    ),
}
