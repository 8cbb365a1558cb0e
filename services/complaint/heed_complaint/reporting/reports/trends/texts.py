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
        "{label} has been on one side of its median for longer than by chance, until {start}",
        "{label}截至{start}持续处于中位数同一侧，超出偶然",
    ),
    "trends.quiet": (
        "Nothing out of the ordinary: all {count:,} numbers are within what chance does",
        "无异常：全部{count:,}个数均在偶然波动范围内",
    ),
    "trends.too_short": (
        "Too few to tell what is ordinary: limits need {least_periods} {every}s and {least} complaints",
        "数据太少，无法判断何为正常：控制限至少需要{least_periods}{every}和{least}件投诉",
    ),
    "trends.every.week": ("week", "周"),
    "trends.every.month": ("month", "月"),
    "trends.subtitle": (
        "Complaints received a {every}, {since} to {until}, with limits of chance",
        "每{every}收到的投诉，{since} 至 {until}，含偶然波动界限",
    ),
    "trends.note": (
        (
            "Limits by Poisson’s distribution: where nothing happens, all numbers of 19 in 20 such reports are within "
            "them. Unusual groups first."
        ),
        "界限按泊松分布围绕均值计算：若无异常，20份此类报告中有19份的全部数字均在界限之内。异常组在前。",
    ),
    "trends.group": ("{label} · {count}", "{label} · {count}"),
    "trends.group_too_few": ("{label} · {count} · too few to judge", "{label} · {count} · 太少，无法判断"),
}
