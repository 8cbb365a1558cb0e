"""The reports in words, English or Chinese: labels, what was found, and what stands in the pictures."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from heed_common.languages import Language
from heed_common.plurals import fill
from heed_plots.numbers import money, percent

TEXTS: Mapping[str, tuple[str, str]] = {
    "tier.A": ("A", "A级"),
    "tier.B": ("B", "B级"),
    "tier.C": ("C", "C级"),
    "tier.D": ("D", "D级"),
    "tier.new": ("new", "新客户"),
    "class.true": ("true", "真忠诚"),
    "class.latent": ("latent", "潜在忠诚"),
    "class.spurious": ("spurious", "虚伪忠诚"),
    "class.none": ("none", "不忠诚"),
    "class.unknown": ("unknown", "未知"),
    "class.new": ("new", "新客户"),
    "band.low": ("low", "低"),
    "band.elevated": ("elevated", "偏高"),
    "band.high": ("high", "高"),
    "band.critical": ("critical", "极高"),
    "reason.price": ("price", "价格"),
    "reason.product": ("product", "产品"),
    "reason.service": ("service", "服务"),
    "reason.own_change": ("own change", "自变"),
    "reason.competitor": ("competitor", "竞争对手"),
    "reason.unknown": ("unknown", "未知"),
    "once": ("bought once", "只买一次"),
    "average": ("are like the average", "接近平均"),
    "recency.low": ("bought lately", "近期购买"),
    "recency.high": ("long silent", "久未购买"),
    "frequency.low": ("buy seldom", "购买少"),
    "frequency.high": ("buy often", "购买频繁"),
    "money.low": ("bring little", "贡献低"),
    "money.high": ("bring much", "贡献高"),
    "month": ("{start:%Y-%m}", "{start:%Y-%m}"),
    "quarter": ("{start:%Y} Q{quarter}", "{start:%Y}年{quarter}季度"),
    "nothing": ("There is nothing to report yet", "尚无可报告的数据"),
    "nothing.advice": (
        "Scores begin with purchases: record them (POST /v1/purchases) or import a file (POST /v1/imports/purchases).",
        "评分始于购买记录：请登记购买（POST /v1/purchases）或导入文件（POST /v1/imports/purchases）。",
    ),
    "not_fitted": ("No model has been fitted yet", "尚未拟合模型"),
    "not_fitted.advice": (
        "These groups come with a model: fit one (POST /v1/models:fit) when customers have bought more than once.",
        "分组随模型产生：客户有多次购买后，请拟合模型（POST /v1/models:fit）。",
    ),
    "total": ("Total", "合计"),
    "pyramid.worthless": ("No customer has brought or promises any value yet", "尚无客户带来或预期带来价值"),
    "pyramid.found": (
        "Of all customers, {share} in tiers A and B hold {value_share} of the value",
        "A、B级客户占{share}，拥有{value_share}的价值",
    ),
    "bucket.nothing": ("No customer was active on either day", "期初与期末均无活跃客户"),
    "bucket.nothing.advice": (
        (
            "Active is who bought within {days} days before. Choose other days (from=, until=), or record purchases "
            "(POST /v1/purchases)."
        ),
        "活跃指此前{days}天内购买过。请更换日期（from=、until=），或登记购买（POST /v1/purchases）。",
    ),
    "bucket.unclear": (
        "Lost and won differ by no more than chance: {lost:,} {lost:customer|customers} lost, {won:,} won",
        "流失{lost:,}人、赢得{won:,}人，差异未超出偶然",
    ),
    "bucket.leaks": (
        "The bucket leaks: {lost:,} {lost:customer|customers} lost, {won:,} won",
        "漏桶在漏：流失{lost:,}人，赢得{won:,}人",
    ),
    "bucket.fills": (
        "The bucket fills: {won:,} {won:customer|customers} won, {lost:,} lost",
        "漏桶在满：赢得{won:,}人，流失{lost:,}人",
    ),
    "retention.found": (
        "Of new customers, {first} buy again in the next {period}, {later} in {period} {count}",
        "新客户次{period}购买者占{first}，第{count}个{period}为{later}",
    ),
    "retention.found_one": (
        "Of new customers, {first} buy again in the next {period}",
        "新客户次{period}购买者占{first}",
    ),
    "retention.too_few": (
        "Too few to tell who buys again: {count:,} new {count:customer|customers}",
        "新客户仅{count:,}人，尚不足以判断复购",
    ),
    "retention.nothing": ("No customer came in these periods", "这些时期内没有新客户"),
    "retention.advice": (
        (
            "Customers count from their first purchase, in whole {period}s until {through}; {earlier:,} came earlier. "
            "Ask for more {period}s (periods=)."
        ),
        "客户自首次购买起计，按整{period}统计至{through}；另有{earlier:,}人更早到来。可增加期数（periods=）。",
    ),
    "period.month": ("month", "月"),
    "period.quarter": ("quarter", "季度"),
    "migration.found": (
        "{up:,} {up:customer|customers} moved up, {down:,} down; {stayed} stayed in their tier",
        "{up:,}名客户升级，{down:,}名降级；{stayed}等级不变",
    ),
    "migration.nothing": ("No customer had a score on both days", "没有客户在两日均有评分"),
    "migration.advice": (
        (
            "Scores are kept from the first event on. Choose a later first day (from=); {new:,} "
            "{new:customer|customers} came since {since}."
        ),
        "评分自首个事件起保存。请选择较晚的起始日（from=）；{since}以来新增{new:,}名客户。",
    ),
    "at_risk.all": (
        "{count} {count:customer holds|customers hold} all value at risk: {amount}",
        "{count}名客户占全部风险价值，共{amount}",
    ),
    "at_risk.none": ("No value is at risk", "没有风险价值"),
    "at_risk.found": (
        "{count} {count:customer holds|customers hold} {share} of all value at risk: {amount}",
        "前{count}名客户占全部风险价值的{share}，共{amount}",
    ),
    "clusters.found": (
        "{share} of the customers bring {margin_share} of the margin: they {label}",
        "{share}的客户带来{margin_share}的毛利：{label}",
    ),
    "rfm.found": (
        "Recent and frequent buyers: {share} of the customers, {margin_share} of the margin",
        "近期且频繁的购买者：占客户{share}，毛利{margin_share}",
    ),
    "pyramid.seen": ("Customers and their value by tier, {currency}", "各级客户数与客户价值，{currency}"),
    "pyramid.customers": ("customers", "客户数"),
    "pyramid.value": (
        "value: last 365 days (dark), next 12 months (light)",
        "价值：最近365天（深色）、未来12个月（浅色）",
    ),
    "pyramid.at_risk": ("{amount} at risk", "风险 {amount}"),
    "pyramid.note": (
        "{customers:,} {customers:customer|customers} worth {value}; {at_risk} of what is to come is at risk.",
        "共{customers:,}名客户，价值{value}；其中未来价值有{at_risk}面临流失风险。",
    ),
    "bucket.seen": ("Active customers, {since} to {until}", "活跃客户，{since} 至 {until}"),
    "bucket.start": ("start", "期初"),
    "bucket.lost": ("lost", "流失"),
    "bucket.won_back": ("won back", "赢回"),
    "bucket.new": ("new", "新客户"),
    "bucket.end": ("end", "期末"),
    "bucket.each": ("{amount} a year each", "年毛利各{amount}"),
    "bucket.expected": ("{amount} expected of them", "预期价值{amount}"),
    "bucket.cost": ("cost {amount}", "成本{amount}"),
    "bucket.note": (
        "Active: bought within {days} days before. Amounts: margin of 365 days. Retention rate {rate}.",
        "活跃：{days}天内购买过。毛利按365天计。保持率{rate}。",
    ),
    "retention.seen": (
        "Share of each cohort that buys so many {period}s after its first purchase",
        "各批客户首次购买后第几个{period}仍购买的比例",
    ),
    "retention.all": ("all", "全部"),
    "retention.size": ("customers", "客户数"),
    "retention.after": ("{period}s since the first purchase", "首次购买后的{period}数"),
    "retention.note": (
        "Whole {period}s until {through}. Customers who came before the first cohort: {earlier:,}.",
        "截至{through}的完整{period}；另有{earlier:,}名客户更早到来。",
    ),
    "migration.seen": (
        "Where the customers of {since} (rows) stood on {until} (columns)",
        "{since}的客户（行）在{until}的去向（列）",
    ),
    "migration.tiers": ("Value tier", "价值等级"),
    "migration.loyalty": ("Loyalty class", "忠诚类别"),
    "migration.note": (
        "Number of customers, and their share of the row. Outlined: stayed. Left of it better, right of it worse.",
        "人数及占该行的比例。方框：不变；左侧变好，右侧变差。",
    ),
    "at_risk.seen": ("Potential value times churn risk, {currency}", "潜在价值 × 流失风险，{currency}"),
    "at_risk.row": ("{probability}, {reason}", "{probability}，{reason}"),
    "at_risk.note": (
        (
            "Beside each bar: churn risk and its reason. At risk in all: {total}. In the same order with names: "
            "GET /v1/customers?sort=-value_at_risk."
        ),
        "条旁为流失风险及其原因。风险价值合计{total}。同序的客户名单：GET /v1/customers?sort=-value_at_risk。",
    ),
    "clusters.seen": (
        "Groups of alike buyers among {customers:,} {customers:customer|customers} on {day}, typical member of each",
        "{day}的{customers:,}名客户中的同类购买者群体及其典型成员",
    ),
    "clusters.share": ("of customers", "占客户"),
    "clusters.margin": ("of margin", "占毛利"),
    "clusters.recency": ("days silent", "距上次购买天数"),
    "clusters.days": ("purchase days", "购买天数"),
    "clusters.each": ("margin each, {currency}", "人均毛利，{currency}"),
    "clusters.note": (
        "k-means on logarithms of recency, frequency and money; who bought once is a group of its own. Model {model}.",
        "对近度、频度、金额的对数作k均值聚类；只买一次者自成一组。模型 {model}。",
    ),
    "rfm.seen": (
        "{customers:,} {customers:customer|customers} by recency and frequency, {day}: share, margin each, {currency}",
        "{day}按近度与频度划分的{customers:,}名客户：占比、人均毛利，{currency}",
    ),
    "rfm.recency": ("last purchase, days ago", "距上次购买天数"),
    "rfm.frequency": ("purchase days", "购买天数"),
    "rfm.note": (
        "Fifths of the customers at the fit of model {model}. Outlined: the upper two fifths of both.",
        "按模型 {model} 拟合时的客户五等分；方框：两项均属前五分之二。",
    ),
}
MIDDLE = 0.5
"""From this distance on a coordinate is worth a word: a medium effect."""


def translate(language: Language, key: str, **values: object) -> str:
    """The text with its places filled."""
    return fill(TEXTS[key][language == "zh"], **values)


def label(language: Language, kind: str, code: str) -> str:
    """A code of an open list may be one that is not known here: it stands for itself."""
    known = TEXTS.get(f"{kind}.{code}")
    return code if known is None else known[language == "zh"]


def cluster(language: Language, place: int, apart: Mapping[str, float]) -> str:
    """What distinguishes the group, the strongest first."""
    if place == 0:
        return translate(language, "once")
    telling = sorted((name for name, far in apart.items() if abs(far) >= MIDDLE), key=lambda name: -abs(apart[name]))
    found = [translate(language, f"{name}.{'high' if apart[name] > 0 else 'low'}") for name in telling]
    return (", " if language == "en" else "、").join(found) or translate(language, "average")


def at_risk(language: Language, amounts: Sequence[Decimal], total: Decimal, currency: str) -> str:
    """How much of all value at risk is theirs."""
    if not amounts:
        return translate(language, "nothing")
    amount = sum(amounts, Decimal(0))
    if amount <= 0 or total <= 0:
        return translate(language, "at_risk.none")
    shown = money(language, amount, currency)
    if amount >= total:
        return translate(language, "at_risk.all", count=len(amounts), amount=shown)
    return translate(language, "at_risk.found", count=len(amounts), share=percent(amount, total), amount=shown)
