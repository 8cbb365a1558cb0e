"""Texts of the Pareto report."""

PARETO = {
    "pareto.found": (
        "{count} of {all} {by} {count:accounts|account} for {share} of {measure}",
        "{all}项{by}中的{count}项占{measure}的{share}",
    ),
    "pareto.found_one": (
        "One {by} accounts for all of {measure}: {label}",
        "{measure}全部属于同一{by}：{label}",
    ),
    "pareto.too_few": (
        "Too few to tell where most come from: {count:,} {count:complaint|complaints}",
        "投诉仅{count:,}件，尚不足以判断主要来源",
    ),
    "pareto.no_cost": ("No remedy has cost anything yet", "尚无补救成本"),
    "pareto.no_cost.note": (
        (
            "Of {complaints:,} {complaints:complaint|complaints} none has a granted remedy with a cost. "
            "The report by number (measure=count) shows where they come from."
        ),
        "{complaints:,}件投诉均无已给予且有成本的补救。按件数的报告（measure=count）显示投诉来源。",
    ),
    "pareto.not_found_yet.note": (
        "Record the {by} with the complaint or when it is completed: the report counts from then on.",
        "请在登记投诉或办结时记录{by}：本报告自此开始统计。",
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
        "Complaints {grouping}, {since} to {until}: {measure}",
        "投诉（{grouping}），{since} 至 {until}：{measure}",
    ),
    "pareto.subtitle.count": ("number", "件数"),
    "pareto.subtitle.cost": ("cost of remedies, {currency}", "补救成本，{currency}"),
    "pareto.line": ("80%", "80%"),
    "pareto.cumulative": ("cumulative share", "累计占比"),
    "pareto.note": (
        "{complaints:,} {complaints:complaint|complaints} received. Cost: granted remedies, as they cost the firm.",
        "共收到{complaints:,}件投诉。成本：已给予补救的企业成本。",
    ),
    "pareto.note_without": (
        (
            "{complaints:,} {complaints:complaint|complaints} received; "
            "{without:,} of them {without:has|have} no known {by} and {without:is|are} in no share. "
            "Cost: granted remedies, as they cost the firm."
        ),
        "共收到{complaints:,}件投诉；其中{without:,}件尚未查明{by}，不计入占比。成本：已给予补救的企业成本。",
    ),
    "pareto.benchmark": (
        "Product not understood or seller distrusted: {share} of known causes (practice says 80%)",
        "不了解产品或不信任销售员：占已知原因的{share}（经验值80%）",
    ),
}
