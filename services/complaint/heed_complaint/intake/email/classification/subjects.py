"""Subjects that mail programs and servers write automatically, in the usual languages. Pure.

They are the weakest mark: only the fixed phrases of programs count, at the beginning and set off from what follows, so
that a person who complains about a failed delivery is not taken for a server.
"""

import re

AUTOMATIC_REPLIES = (
    *("automatic reply", "auto[- ]?reply", "auto[- ]?response", "automatic response", "automated reply"),
    *("out of (?:the )?office(?: auto[- ]?reply)?", "away from (?:the )?office", "vacation reply"),
    *("automatische antwort", "abwesenheitsnotiz", "abwesenheitsassistent", "abwesenheit", "automatische rückantwort"),
    *("réponse automatique", "absence du bureau", "message d['’]absence", "absent\\(?e?\\)? du bureau"),
    *("respuesta autom[áa]tica", "fuera de (?:la )?oficina", "resposta autom[áa]tica", "fora do escrit[óo]rio"),
    *("risposta automatica", "fuori ufficio", "automatisch antwoord", "automatische reactie", "afwezigheidsbericht"),
    *("odpowiedź automatyczna", "autoodpowiedź", "autosvar", "automatiskt svar", "automatisk svar"),
    *("automaattinen vastaus", "poissaoloilmoitus", "автоматический ответ", "автоответ", "автовідповідь"),
    *("otomatik yanıt", "automatická odpověď", "automatikus válasz", "răspuns automat", "αυτόματη απάντηση"),
    *("自动回复", "自動回覆", "自動回復", "自动答复", "自動答覆", "外出自动回复", "休假自动回复"),
    *("自動応答", "自動返信", "不在通知", "자동 ?회신", "자동 ?응답", "부재 ?중"),
)
BOUNCES = (
    *("undelivered mail returned to sender", "undeliverable(?: mail| message)?", "failure notice"),
    *("returned mail: see transcript for details", "mail system error(?: - returned mail)?"),
    *(
        "delivery status notification(?: ?\\((?:failure|delay)\\))?",
        "mail delivery (?:failed|failure|subsystem|system)",
    ),
    *("(?:nachricht|mail) unzustellbar", "échec de la remise(?: du message)?", "mensaje no entregado"),
    *("mensagem não entregue", "messaggio non recapitabile", "bericht onbestelbaar", "недоставленное сообщение"),
    *("系统退信", "系統退信", "退信通知", "邮件退信", "郵件退信", "无法投递的邮件", "メール配信不能"),
)
SET_OFF = r"\s*(?:[\]】)）」:：(（]|\bre:|$)"


def _phrases(phrases: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\s*[\[【(（「]?\s*(?:{'|'.join(phrases)}){SET_OFF}", re.IGNORECASE)


AUTOMATIC_REPLY = _phrases(AUTOMATIC_REPLIES)
BOUNCE = _phrases(BOUNCES)


def is_automatic_reply(subject: str) -> bool:
    """Return whether the subject is that of an automatic reply."""
    return AUTOMATIC_REPLY.match(subject) is not None


def is_bounce(subject: str) -> bool:
    """Return whether the subject is that of a notice of failed or delayed delivery."""
    return BOUNCE.match(subject) is not None
