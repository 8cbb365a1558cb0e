"""Texts of the report on fairness."""

FAIRNESS = {
    "fairness.tier": ("value tier", "价值等级"),
    "fairness.customer_kind": ("kind of customer", "客户类型"),
    "fairness.region": ("region", "地区"),
    "fairness.outcome.time": ("time", "时间"),
    "fairness.outcome.remedy": ("remedies", "补救"),
    "fairness.alike": (
        "Like complaints are treated alike: no group differs beyond chance",
        "同类投诉得到同等对待：各组差异未超出偶然",
    ),
    "fairness.negligible": (
        "Groups differ beyond chance, but by next to nothing (effect at most {effect:.3f})",
        "各组差异超出偶然，但微乎其微（效应至多{effect:.3f}）",
    ),
    "fairness.time": (
        "Like complaints take longest for {most}, least for {least}: {dimension} matters (effect {effect:.2f})",
        "同类投诉中{most}等待最久，{least}最短：{dimension}有影响（效应 {effect:.2f}）",
    ),
    "fairness.remedy": (
        "On like complaints {most} are given most, {least} least: {dimension} matters (effect {effect:.2f})",
        "同类投诉中{most}所得补救最多，{least}最少：{dimension}有影响（效应 {effect:.2f}）",
    ),
    "fairness.nothing": (
        "There are too few resolved complaints to compare like with like",
        "已解决的投诉太少，无法作同类比较",
    ),
    "fairness.nothing.note": (
        (
            "Two groups of a dimension (tier, kind of customer, region) need {least} resolved complaints each, of the "
            "same category and severity. Resolved so far: {compared:,}."
        ),
        "同一维度（等级、客户类型、地区）须有两组，各有{least}件同类别、同严重程度的已解决投诉。目前已解决{compared:,}件。",
    ),
    "fairness.subtitle": (
        "Mean place among like complaints (same category and severity), {since} to {until}",
        "在同类投诉（同类别、同严重程度）中的平均位次，{since} 至 {until}",
    ),
    "fairness.left": ("quicker · time to resolve · slower", "较快 · 解决时间 · 较慢"),
    "fairness.right": ("less · remedies · more", "较少 · 补救 · 较多"),
    "fairness.test": ("p {p} after correction, effect {effect:.3f}", "校正后 p {p}，效应 {effect:.3f}"),
    "fairness.no_test": ("too few to compare", "太少，无法比较"),
    "fairness.note": (
        (
            "{compared:,} resolved {compared:complaint|complaints} in {strata:,} {strata:kind|kinds}. "
            "Rank test within kinds "
            "(van Elteren, Kruskal–Wallis), corrected by Holm; effect: ε²."
        ),
        "{strata:,}类中已解决投诉{compared:,}件。类内秩检验（van Elteren、Kruskal–Wallis），Holm校正；效应为ε²。",
    ),
}
