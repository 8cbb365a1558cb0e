"""Texts of the Pareto report."""

PARETO = {
    "pareto.found": (
        "{count} of {all} {by} account for {share} of {measure}",
        "{all}项{by}中的{count}项占{measure}的{share}",
    ),
    "pareto.plural.category": ("categories", "类别"),
    "pareto.plural.subcategory": ("categories", "类别"),
    "pareto.plural.cause": ("causes", "原因"),
    "pareto.plural.responsibility": ("responsibilities", "责任方"),
    "pareto.plural.product": ("products", "产品"),
    "pareto.plural.service_point": ("service points", "服务网点"),
    "pareto.measure.count": ("the complaints", "投诉"),
    "pareto.measure.cost": ("the cost of remedies", "补救成本"),
    "pareto.not_found_yet": (
        "Nothing was found out yet about {without:,} {without:complaint|complaints} received in these days",
        "这段时间内的{without:,}件投诉尚未查明",
    ),
    "pareto.subtitle": (
        "Complaints by {by}, {since} to {until}: {measure}",
        "按{by}统计的投诉，{since} 至 {until}：{measure}",
    ),
    "pareto.subtitle.count": ("number", "件数"),
    "pareto.subtitle.cost": ("cost of remedies, {currency}", "补救成本，{currency}"),
    "pareto.line": ("80%", "80%"),
    "pareto.cumulative": ("cumulative share", "累计占比"),
    "pareto.note": (
        (
            "{complaints:,} {complaints:complaint|complaints} received; "
            "{without:,} of them with no {by} found yet are in no share. "
            "Cost: granted remedies, as they cost the firm."
        ),
        "共收到{complaints:,}件投诉；其中{without:,}件尚未查明{by}，不计入占比。成本：已给予补救的企业成本。",
    ),
    "pareto.benchmark": (
        "Not understood or distrusted: {share} of known causes (practice says 80%)",
        "不了解产品或不信任销售员：占已知原因的{share}（经验值80%）",
    ),
}
