"""Words: the console's Chinese for its English. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LANGUAGES: Final = ("zh-CN", "en")

CHINESE: Final[Mapping[str, str]] = {
    "Overview": "总览",
    "Connections": "连接",
    "Stories": "事件追踪",
    "Dead letters": "死信",
    "Rules": "规则与试算",
    "Audit": "审计",
    "Skip to content": "跳到正文",
    "Log out": "退出",
    "Language": "语言",
    "What moves now": "当前流量",
    "Refresh": "刷新",
    "Categories, exchange and connections with their rates; the table below says the same": (
        "品类、交换与连接及其速率；下表内容相同"
    ),
    "category": "品类",
    "taken": "接收",
    "refused": "拒收",
    "rate": "速率",
    "connection": "连接",
    "delivered": "已送达",
    "waiting": "积压",
    "breaker": "熔断器",
    "unknown": "未知",
    "tier": "层级",
    "region": "地区",
    "categories": "品类",
    "sees up to": "可见级别",
    "direction": "方向",
    "in": "入",
    "out": "出",
    "Provinces": "省份",
    "A square for each province, no map. Darker means more events taken; – means no connection.": (
        "每省一格，并非地图。颜色越深接收越多；– 表示没有连接。"
    ),
    "province": "省份",
    "Figures as a table": "数据表",
    "Find an event": "查找事件",
    "Event id, trace code, party, batch or place": "事件标识、追溯码、主体、批次或位置",
    "Find": "查找",
    "Nothing is known of it, or it does not concern you.": "未找到，或与您无关。",
    "This hub keeps no index; add the section 'index' to its settings.": (
        "该枢纽没有索引；请在配置中加入 index 一节。"
    ),
    "published by": "发布方",
    "at": "位于",
    "when": "时间",
    "verdict": "结论",
    "rules version": "规则版本",
    "occurred": "发生时间",
    "product": "产品",
    "What today's rules say": "按当前规则",
    "The raw record is gone from the log, or is not yours to see.": (
        "原始记录已不在日志中，或您无权查看。"
    ),
    "rule": "规则",
    "where": "位置",
    "reason": "原因",
    "Routes": "路由",
    "chose": "选中",
    "No route.": "没有路由。",
    "Deliveries and receipts": "投递与回执",
    "status": "状态",
    "reference": "对方编号",
    "tries": "次数",
    "answer": "答复",
    "None.": "无。",
    "code": "代码",
    "stage": "阶段",
    "any": "全部",
    "Filter": "筛选",
    "Choose": "选择",
    "text": "说明",
    "Dry run": "试运行",
    "Put back": "重放",
    "No dead letter fits.": "没有符合的死信。",
    "first reason; may end in *": "首个原因，可以 * 结尾",
    "would be put back": "将被重放",
    "Nothing has been done yet.": "尚未执行任何操作。",
    "were asked to be put back; who asked is on record.": "已请求重放；操作人已记录。",
    "The choice has changed since the dry run; look again.": "试运行之后选择已变化，请重新查看。",
    "Choose at least one dead letter.": "请至少选择一封死信。",
    "Original bytes and what is wrong in them": "原始内容与问题所在",
    "line": "行",
    "It would pass today: put it back.": "按当前规则可通过：可以重放。",
    "It would be refused again: it must be repaired first.": "仍会被拒收：须先修复。",
    "What if?": "试算",
    "Paste a document: verdict and routes, nothing is published.": (
        "粘贴文档：给出结论与路由，不会发布。"
    ),
    "publisher": "发布方",
    "document": "文档",
    "Judge": "试算",
    "event": "事件",
    "Rules in force": "现行规则",
    "title": "标题",
    "chooses": "选择",
    "when it holds": "条件",
    "Events taken in each province; the table below says the same": (
        "各省接收的事件数；下表内容相同"
    ),
    "Who did what": "操作记录",
    "what": "操作",
    "of": "对象",
    "login": "登录",
    "logout": "退出登录",
    "login-refused": "登录被拒",
    "put-back": "重放",
    "put back": "已重放",
    "run": "恢复运行",
    "pause": "暂停",
    "resume": "恢复",
    "drain": "排空",
    "restart": "重新启动",
    "services": "服务",
    "RUNNING": "运行中",
    "PAUSED": "已暂停",
    "CHANGING": "切换中",
    "UNASSIGNED": "无服务",
    "last error": "最近错误",
    "operate": "操作",
    "is asked to": "已请求",
    "Its services follow; who asked is on record.": "其服务随后执行；操作人已记录。",
    "from day (UTC)": "起始日（UTC）",
    "to day (UTC)": "截止日（UTC）",
    "Try all that are shown": "试运行所列全部",
    "Try a repair": "试修复",
    "What a publisher said is never changed here: see what would become of a repaired document, "
    "then let its publisher publish it.": (
        "此处从不改动发布方的内容：先看修复后的文档会得到什么结论，再由发布方重新发布。"
    ),
    "repaired document": "修复后的文档",
    "Compare and judge": "比较并试算",
    "What differs from the original": "与原文的差异",
    "Nothing.": "无差异。",
    "who": "操作人",
    "dead letter": "死信",
    "plan": "批次",
    "Not for your role.": "您的角色无此权限。",
    "There is no such page, or it does not concern you.": "没有该页面，或与您无关。",
    "This form is not one of ours, or too old: open the page again.": (
        "表单无效或已过期，请重新打开页面。"
    ),
    "Log in": "登录",
    "You are not logged in.": "您尚未登录。",
    "Product categories": "产品目录",
    "by": "依据",
}


def language_of(wanted: str, accepted: str) -> str:
    """The language to answer in.

    Args:
        wanted: what was chosen before; empty when nothing was.
        accepted: the header `Accept-Language` (RFC 9110 section 12.5.4).
    """
    if wanted in LANGUAGES:
        return wanted
    weighed = []
    for number, part in enumerate(accepted.split(",")):
        name, _, weight = part.strip().partition(";q=")
        try:
            weighed.append((-float(weight or 1), number, name.lower()))
        except ValueError:
            continue
    for _, _, name in sorted(weighed):
        if name.startswith("zh"):
            return "zh-CN"
        if name.startswith("en"):
            return "en"
    return "en"


def said(language: str, text: str) -> str:
    """A text of the console in a language."""
    return CHINESE[text] if language == "zh-CN" else text
