"""Texts of the report on remedies."""

REMEDIES = {
    "remedies.found": (
        "{complaints:,} of {all:,} {all:complaint|complaints} {complaints:was|were} given something, at {each} each",
        "{all:,}件投诉中{complaints:,}件得到补救，平均每件{each}",
    ),
    "remedies.found_none": ("No remedy was given on {all:,} {all:complaint|complaints}", "{all:,}件投诉均未给予补救"),
    "remedies.found_none.note": (
        "Remedies are requested with POST /v1/complaints/…/remedies; waiting for approval: {pending:,}.",
        "补救通过POST /v1/complaints/…/remedies申请；待批准{pending:,}次。",
    ),
    "remedies.subtitle": (
        "Granted remedies, {grouping}, {since} to {until}: cost to the firm, {currency}",
        "已给予的补救（{grouping}），{since} 至 {until}：企业成本，{currency}",
    ),
    "remedies.row": (
        "{cost} · {count:,} on {complaints:,} {complaints:complaint|complaints}",
        "{cost} · {count:,}次，{complaints:,}件投诉",
    ),
    "remedies.note": (
        "In all {cost}, worth {amount} to the customers. Over the limit: {over:,}; waiting for approval: {pending:,}.",
        "总成本{cost}，对客户的价值{amount}。超出限额{over:,}次；待批准{pending:,}次。",
    ),
}
